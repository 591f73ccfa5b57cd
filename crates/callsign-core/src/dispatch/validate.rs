//! Checks arguments against a tool's whole JSON schema, compiled once per tool.

use std::fmt;

use boon::{Compiler, SchemaIndex, Schemas, ValidationError};
use serde_json::Value;

use crate::traits::tool::ToolSpec;
use crate::words::error::Error;

/// The compiled schema of one tool.
pub(crate) struct Validator {
    schemas: Schemas,
    root: SchemaIndex,
}

impl Validator {
    pub(crate) fn new(spec: &ToolSpec) -> Result<Self, Error> {
        let invalid = |why: &dyn fmt::Display| {
            let name = spec.name();
            Error::configuration(format!("the schema of the tool `{name}` is not valid: {why}"))
        };
        let parameters = &*spec.definition.parameters;
        if parameters.get("type").and_then(Value::as_str) != Some("object") {
            return Err(invalid(&"its arguments have to be an object (`\"type\": \"object\"`)"));
        }
        let mut compiler = Compiler::new();
        let mut schemas = Schemas::new();
        let place = "callsign:arguments";
        compiler.add_resource(place, parameters.clone()).map_err(|error| invalid(&error))?;
        let root = compiler.compile(place, &mut schemas).map_err(|error| invalid(&error))?;
        Ok(Self { schemas, root })
    }

    /// What is wrong with these arguments, for the model to read.
    pub(crate) fn check(&self, arguments: &Value) -> Result<(), String> {
        let Err(error) = self.schemas.validate(arguments, self.root) else {
            return Ok(());
        };
        let mut faults = Vec::new();
        leaves(&error, &mut faults);
        faults.dedup();
        // What is wrong with the arguments as a whole, such as a key that is not known, first.
        faults.sort_by_key(|fault| fault.starts_with('`'));
        faults.truncate(5);
        Err(faults.join("; "))
    }
}

/// The faults that lie at the bottom, each with the path of the value.
fn leaves(error: &ValidationError<'_, '_>, faults: &mut Vec<String>) {
    if error.causes.is_empty() {
        let path = error.instance_location.to_string();
        let path = path.trim_start_matches('/').replace('/', ".");
        let kind = &error.kind;
        faults.push(if path.is_empty() { format!("{kind}") } else { format!("`{path}`: {kind}") });
    }
    for cause in &error.causes {
        leaves(cause, faults);
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Validator")
    }
}
