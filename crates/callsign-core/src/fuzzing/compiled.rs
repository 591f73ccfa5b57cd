//! A compiled schema, for benches.

use std::sync::Arc;

use serde_json::Value;

use callsign_json::schema::validate::{InvalidSchema, Validator};

/// A tool's schema, compiled once, which validates the arguments of each call.
#[derive(Debug)]
pub struct CompiledSchema(Validator);

impl CompiledSchema {
    /// Compiles a schema.
    ///
    /// # Errors
    /// Returns an error if the schema is invalid or does not describe an object.
    pub fn new(schema: &Arc<Value>) -> Result<Self, InvalidSchema> {
        Validator::new(schema).map(Self)
    }

    /// Validates arguments.
    ///
    /// # Errors
    /// Returns the violations as text for the model.
    pub fn check(&self, arguments: &Value) -> Result<(), String> {
        self.0.check(arguments).map(drop)
    }
}
