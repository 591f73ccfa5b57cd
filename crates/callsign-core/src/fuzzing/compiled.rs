//! A schema that is compiled, for benches.

use std::sync::Arc;

use serde_json::Value;

use crate::dispatch::validate::Validator;
use crate::words::error::Error;

/// A tool's schema, as it is compiled once and held against the arguments of each call.
#[derive(Debug)]
pub struct CompiledSchema(Validator);

impl CompiledSchema {
    /// Compiles a schema.
    ///
    /// # Errors
    /// Where it is not valid, or not an object's.
    pub fn new(schema: &Arc<Value>) -> Result<Self, Error> {
        let validator = Validator::of_answer(schema)?;
        // One that is plainly valid is compiled for its first arguments.
        let _ = validator.check(&Value::Null);
        Ok(Self(validator))
    }

    /// Holds arguments against it.
    ///
    /// # Errors
    /// What is wrong with them, as the model hears it.
    pub fn check(&self, arguments: &Value) -> Result<(), String> {
        self.0.check(arguments)
    }
}
