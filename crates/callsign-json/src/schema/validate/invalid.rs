//! Reasons why a schema is not valid.

use boon::CompileError;
use serde_json::Value;

use super::RESOURCE;
use super::collect::Collector;

/// Returns the reason why a schema cannot be compiled.
pub(super) fn reason(schema: &Value, error: &CompileError) -> String {
    match error {
        // The schema was validated against its meta-schema.
        CompileError::ValidationError { src, .. } => Collector::new(schema, schema).message(src),
        CompileError::JsonPointerNotFound(url) => {
            format!("a `$ref` points to `{}`, which does not exist", without_resource(url))
        }
        CompileError::AnchorNotFound { reference, .. } => {
            format!("a `$ref` points to `{}`, which does not exist", without_resource(reference))
        }
        CompileError::LoadUrlError { url, .. } | CompileError::UnsupportedUrlScheme { url } => {
            format!("it refers to another document, `{url}`: move that schema into `$defs`")
        }
        CompileError::InvalidRegex { url, regex, .. } => {
            format!("`{}`: `{regex}` is not a regular expression", without_resource(url))
        }
        CompileError::UnsupportedDraft { url } => {
            format!("its `$schema`, `{url}`, is not a supported version of JSON Schema")
        }
        other => without_resource(&other.to_string()),
    }
}

/// Removes the name under which the compiler knows the schema.
fn without_resource(text: &str) -> String {
    text.replace(RESOURCE, "")
}
