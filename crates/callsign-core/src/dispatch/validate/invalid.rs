//! What is wrong with a schema itself, in words.

use boon::CompileError;
use serde_json::Value;

use super::RESOURCE;
use super::collect::Collect;

/// Why this schema can't be compiled.
pub(super) fn why(schema: &Value, error: &CompileError) -> String {
    match error {
        // It was checked against the schema of schemas, so that its own parts are what is wrong.
        CompileError::ValidationError { src, .. } => Collect::new(schema, schema).told(src),
        CompileError::JsonPointerNotFound(url) => {
            format!("a `$ref` names `{}`, and there is nothing", inside(url))
        }
        CompileError::AnchorNotFound { reference, .. } => {
            format!("a `$ref` names `{}`, and there is nothing", inside(reference))
        }
        CompileError::LoadUrlError { url, .. } | CompileError::UnsupportedUrlScheme { url } => {
            format!("it refers to `{url}`: put what is meant under its own `$defs`")
        }
        CompileError::InvalidRegex { url, regex, .. } => {
            format!("`{}`: `{regex}` is not a regular expression", inside(url))
        }
        CompileError::UnsupportedDraft { url } => {
            format!("its `$schema`, `{url}`, is no version of JSON Schema that is known")
        }
        other => inside(&other.to_string()),
    }
}

/// The same without the name under which the compiler knows the schema.
fn inside(text: &str) -> String {
    text.replace(RESOURCE, "")
}
