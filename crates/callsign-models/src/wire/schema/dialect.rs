//! Selection of the schema format that a provider receives.

use std::borrow::Cow;

use callsign_types::error::Error;
use callsign_types::request::ToolDefinition;
use serde_json::{Value, json};

use super::inlined::{self, InlineError, inlined};
use super::strict::{to_strict, to_strict_output};
use crate::endpoint::profile::Profile;

/// Returns whether a tool's schema should be sent in strict form. The tool's own setting overrides
/// that of the profile. A schema that has no strict form is sent unchanged.
pub(crate) fn is_strict(tool: &ToolDefinition, profile: &Profile) -> bool {
    match tool.strict {
        Some(wants_strict) => wants_strict && (profile.takes_strict || profile.strict_schemas),
        None => profile.strict_schemas,
    }
}

/// Returns a tool's schema in the format of `profile`, and whether it is in strict form.
pub(crate) fn parameters<'a>(
    tool: &'a ToolDefinition,
    profile: &Profile,
) -> (Cow<'a, Value>, bool) {
    // References are inlined first, because a truncated schema may have no strict form.
    let parameters = without_references(Cow::Borrowed(&tool.parameters), profile);
    if is_strict(tool, profile)
        && let Ok(strict) = to_strict(&parameters)
    {
        return (Cow::Owned(strict), true);
    }
    (with_object_type(parameters), false)
}

/// Returns an output schema in the format of `profile`, and the value of `strict` next to it.
///
/// If the request prefers strict mode, the schema is sent in a strict form that allows the same
/// values, if there is one. If the request sets `strict`, the schema is sent as it is, unless the
/// profile converts all schemas.
pub(crate) fn output_schema<'a>(
    schema: &'a Value,
    strict: Option<bool>,
    prefer_strict: bool,
    profile: &Profile,
) -> (Cow<'a, Value>, Option<bool>) {
    let is_preferred = prefer_strict && strict.is_none();
    let converted = if is_preferred { to_strict_output(schema).ok() } else { None };
    let (schema, strict) = match converted {
        Some(converted) => (Cow::Owned(converted), Some(true)),
        None => (Cow::Borrowed(schema), strict),
    };
    let schema = without_references(schema, profile);
    if !profile.strict_schemas || strict != Some(true) {
        return (schema, strict);
    }
    match to_strict(&schema) {
        Ok(converted) => (Cow::Owned(converted), Some(true)),
        Err(_) => (schema, Some(false)),
    }
}

/// Checks that the schemas of all tools can be sent to a provider with this profile.
///
/// # Errors
/// Returns a `Configuration` error if references must be inlined and a schema is recursive or too
/// large, or if a tool requires strict mode and its schema has no strict form.
pub(crate) fn check_tools(tools: &[ToolDefinition], profile: &Profile) -> Result<(), Error> {
    for tool in tools {
        let (name, provider) = (&tool.name, &profile.name);
        if profile.inlined_schemas
            && let Err(error) = inlined::check_inlinable(&tool.parameters)
        {
            return Err(Error::configuration(match error {
                InlineError::Recursive(reference) => format!(
                    "tool `{name}` has a recursive argument type (`{reference}`), but {provider} \
                     does not accept schemas with references: use a flat list whose items refer \
                     to their parents, or a type with a fixed depth"
                ),
                InlineError::TooLarge => format!(
                    "the schema of tool `{name}` is too large without references, which {provider} \
                     does not accept: use fewer types, or split the tool"
                ),
            }));
        }
        if tool.strict == Some(true) && is_strict(tool, profile) {
            let schema = without_references(Cow::Borrowed(&tool.parameters), profile);
            to_strict(&schema).map_err(|unsupported| {
                Error::configuration(format!(
                    "the schema of tool `{name}` has no strict form: {unsupported}; change the \
                     schema, or remove `strict` from the tool"
                ))
            })?;
        }
    }
    Ok(())
}

/// Returns the schema, with references inlined if the profile does not accept them.
fn without_references<'a>(schema: Cow<'a, Value>, profile: &Profile) -> Cow<'a, Value> {
    if profile.inlined_schemas { Cow::Owned(inlined(&schema)) } else { schema }
}

/// Adds `"type": "object"` to a schema without a type. Some imported schemas omit it, and providers
/// reject them without it.
fn with_object_type(mut schema: Cow<'_, Value>) -> Cow<'_, Value> {
    let type_keywords = ["type", "$ref", "allOf", "anyOf", "oneOf"];
    if let Some(fields) = schema.as_object()
        && !type_keywords.iter().any(|keyword| fields.contains_key(*keyword))
        && let Some(fields) = schema.to_mut().as_object_mut()
    {
        fields.insert("type".to_owned(), "object".into());
        fields.entry("properties").or_insert_with(|| json!({}));
    }
    schema
}

#[cfg(test)]
mod tests;
