//! Checks arguments against a tool's whole JSON schema, compiled once per tool.

mod collect;
mod examples;
mod fault;
mod invalid;
mod near;
mod plain;
mod required;
mod union;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, OnceLock};

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
    parameters: Arc<Value>,
    /// Compiled for the first call, where it is plain that the schema is valid.
    compiled: OnceLock<Result<Compiled, String>>,
}

struct Compiled {
    schemas: Schemas,
    root: SchemaIndex,
}

impl Validator {
    /// Compiles a tool's schema, and checks the examples in it.
    ///
    /// # Errors
    /// Where the schema is not valid, is not an object's, or has an example that breaks it.
    pub(crate) fn new(spec: &ToolSpec) -> Result<Self, Error> {
        let name = spec.name();
        Self::checked(&spec.definition.parameters, &|why| {
            Error::configuration(format!("the schema of the tool `{name}` is not valid: {why}"))
        })
    }

    /// Compiles the schema of an answer, and checks the examples in it.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(crate) fn of_answer(schema: &Arc<Value>) -> Result<Self, Error> {
        Self::checked(schema, &|why| {
            Error::configuration(format!("the schema of the answer is not valid: {why}"))
        })
    }

    fn checked(
        parameters: &Arc<Value>,
        invalid: &dyn Fn(&dyn fmt::Display) -> Error,
    ) -> Result<Self, Error> {
        if !takes_objects(parameters) {
            return Err(invalid(&"its arguments have to be an object (`\"type\": \"object\"`)"));
        }
        let validator = Self { parameters: parameters.clone(), compiled: OnceLock::new() };
        if !plain::is_plain(parameters) {
            validator.compiled().map_err(|fault| invalid(&fault))?;
        }
        required::check(parameters).map_err(|fault| invalid(&fault))?;
        Ok(validator)
    }

    fn compiled(&self) -> Result<&Compiled, &String> {
        self.compiled.get_or_init(|| Compiled::new(&self.parameters)).as_ref()
    }

    /// What is wrong with these arguments, for the model to read.
    pub(crate) fn check(&self, arguments: &Value) -> Result<(), String> {
        let Compiled { schemas, root } = self.compiled()?;
        let Err(error) = schemas.validate(arguments, *root) else {
            return Ok(());
        };
        Err(Collect::new(&self.parameters, arguments).told(&error))
    }
}

impl Compiled {
    /// Compiles a schema, and checks the examples in it.
    fn new(parameters: &Value) -> Result<Self, String> {
        let mut compiler = Compiler::new();
        let mut schemas = Schemas::new();
        let why = |error: CompileError| invalid::why(parameters, &error);
        compiler.add_resource(RESOURCE, parameters.clone()).map_err(why)?;
        let root = compiler.compile(RESOURCE, &mut schemas).map_err(why)?;
        examples::check(parameters, &mut compiler, &mut schemas)?;
        Ok(Self { schemas, root })
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
