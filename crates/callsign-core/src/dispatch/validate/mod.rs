//! Checks arguments against a tool's whole JSON schema, compiled once per tool.

mod collect;
mod examples;
mod fault;
mod invalid;
mod near;
mod required;
mod union;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use boon::{CompileError, Compiler, SchemaIndex, Schemas};
use serde_json::Value;

use self::collect::Collect;
use crate::traits::tool::ToolSpec;
use crate::words::error::Error;

/// How many faults a model is told at once.
const MOST_FAULTS: usize = 5;

/// The name of the schema among the compiler's resources.
const RESOURCE: &str = "callsign:arguments";

/// The compiled schema of one tool, or of an answer.
pub(crate) struct Validator {
    schemas: Schemas,
    root: SchemaIndex,
    parameters: Arc<Value>,
}

impl Validator {
    /// Compiles a tool's schema, and checks the examples in it.
    ///
    /// # Errors
    /// Where the schema is not valid, is not an object's, or has an example that breaks it.
    pub(crate) fn new(spec: &ToolSpec) -> Result<Self, Error> {
        let name = spec.name();
        Self::compile(&spec.definition.parameters, &|why| {
            Error::configuration(format!("the schema of the tool `{name}` is not valid: {why}"))
        })
    }

    /// Compiles the schema of an answer, and checks the examples in it.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(crate) fn of_answer(schema: &Arc<Value>) -> Result<Self, Error> {
        Self::compile(schema, &|why| {
            Error::configuration(format!("the schema of the answer is not valid: {why}"))
        })
    }

    fn compile(
        parameters: &Arc<Value>,
        invalid: &dyn Fn(&dyn fmt::Display) -> Error,
    ) -> Result<Self, Error> {
        let parameters = parameters.clone();
        if !takes_objects(&parameters) {
            return Err(invalid(&"its arguments have to be an object (`\"type\": \"object\"`)"));
        }
        let mut compiler = Compiler::new();
        let mut schemas = Schemas::new();
        let resource = Value::clone(&parameters);
        let why = |error: CompileError| invalid(&invalid::why(&parameters, &error));
        compiler.add_resource(RESOURCE, resource).map_err(why)?;
        let root = compiler.compile(RESOURCE, &mut schemas).map_err(why)?;
        required::check(&parameters).map_err(|fault| invalid(&fault))?;
        examples::check(&parameters, &mut compiler, &mut schemas)
            .map_err(|fault| invalid(&fault))?;
        Ok(Self { schemas, root, parameters })
    }

    /// What is wrong with these arguments, for the model to read.
    pub(crate) fn check(&self, arguments: &Value) -> Result<(), String> {
        let Err(error) = self.schemas.validate(arguments, self.root) else {
            return Ok(());
        };
        Err(Collect::new(&self.parameters, arguments).told(&error))
    }
}

/// Whether a schema is that of an object. One that says nothing of the type is: arguments are
/// never anything else.
fn takes_objects(schema: &Value) -> bool {
    match schema.get("type") {
        None => schema.is_object() && schema.get("enum").is_none() && schema.get("const").is_none(),
        Some(Value::Array(types)) => types.iter().any(|name| name == "object"),
        Some(name) => name == "object",
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Validator")
    }
}
