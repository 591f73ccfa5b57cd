//! Validation of values against JSON schemas.

mod collect;
mod examples;
mod fast_path;
mod invalid;
mod required;
mod suggest;
mod union;
mod violation;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, OnceLock};

use boon::{CompileError, Compiler, SchemaIndex, Schemas};
use serde_json::Value;

use self::collect::Collector;

/// The number of violations in one message. A model fixes more in several steps.
const MAX_VIOLATIONS: usize = 5;

/// The name of the schema among the compiler's resources.
const RESOURCE: &str = "callsign:arguments";

/// An error for a schema that is not valid. It displays the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSchema(String);

impl fmt::Display for InvalidSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidSchema {}

/// A validator for one JSON schema.
pub struct Validator {
    schema: Arc<Value>,
    /// Compiled when it is first used, if the fast path shows that the schema is valid.
    compiled: OnceLock<Result<Compiled, String>>,
}

struct Compiled {
    schemas: Schemas,
    root: SchemaIndex,
}

impl Validator {
    /// Creates a validator for the schema of an object.
    ///
    /// # Errors
    /// Returns an error if the schema is not valid, does not describe an object, requires a key
    /// that it does not allow, or has an example that it does not allow.
    pub fn new(schema: &Arc<Value>) -> Result<Self, InvalidSchema> {
        if !describes_object(schema) {
            let reason = "it must describe an object (`\"type\": \"object\"`)";
            return Err(InvalidSchema(reason.to_owned()));
        }
        let validator = Self { schema: schema.clone(), compiled: OnceLock::new() };
        if !fast_path::is_valid(schema) {
            validator.compiled().map_err(|reason| InvalidSchema(reason.clone()))?;
        }
        required::check(schema).map_err(InvalidSchema)?;
        Ok(validator)
    }

    fn compiled(&self) -> Result<&Compiled, &String> {
        self.compiled.get_or_init(|| Compiled::new(&self.schema)).as_ref()
    }

    /// Validates a value.
    ///
    /// # Errors
    /// Returns a message for the model that names the first violations.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let Compiled { schemas, root } = self.compiled()?;
        let Err(error) = schemas.validate(value, *root) else {
            return Ok(());
        };
        Err(Collector::new(&self.schema, value).message(&error))
    }
}

impl Compiled {
    /// Compiles a schema, and checks the examples in it.
    fn new(schema: &Value) -> Result<Self, String> {
        let mut compiler = Compiler::new();
        let mut schemas = Schemas::new();
        let reason = |error: CompileError| invalid::reason(schema, &error);
        compiler.add_resource(RESOURCE, schema.clone()).map_err(reason)?;
        let root = compiler.compile(RESOURCE, &mut schemas).map_err(reason)?;
        examples::check(schema, &mut compiler, &mut schemas)?;
        Ok(Self { schemas, root })
    }
}

/// Returns whether a schema describes an object. A schema without a type does, because arguments
/// are always objects.
fn describes_object(schema: &Value) -> bool {
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
