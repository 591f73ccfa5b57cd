//! Which form of a schema a service gets.

use std::borrow::Cow;

use callsign_core::words::error::Error;
use callsign_core::words::request::ToolDefinition;
use serde_json::{Value, json};

use super::inlined::{self, Cut, inlined};
use super::strict::strict;
use crate::endpoint::profile::Profile;

/// Whether a tool's schema goes in the strict form to a service of this profile, where it can be
/// said in it: what the tool wants comes before what the profile does by itself.
pub(crate) fn is_strict(tool: &ToolDefinition, profile: &Profile) -> bool {
    match tool.strict {
        Some(wanted) => wanted && (profile.takes_strict || profile.strict_schemas),
        None => profile.strict_schemas,
    }
}

/// A tool's schema as a service of this profile takes it, and whether it is in the strict form.
pub(crate) fn parameters<'a>(
    tool: &'a ToolDefinition,
    profile: &Profile,
) -> (Cow<'a, Value>, bool) {
    // Without references first: what they were cut short to may not be said strictly.
    let parameters = without_references(&tool.parameters, profile);
    if is_strict(tool, profile)
        && let Ok(strict) = strict(&parameters)
    {
        return (Cow::Owned(strict), true);
    }
    (an_object(parameters), false)
}

/// The schema of an answer as a service of this profile takes it, and whether it is in the strict
/// form, which is wanted or not.
pub(crate) fn answer<'a>(
    schema: &'a Value,
    is_wanted: bool,
    profile: &Profile,
) -> (Cow<'a, Value>, bool) {
    let schema = without_references(schema, profile);
    match is_wanted.then(|| strict(&schema)) {
        Some(Ok(strict)) => (Cow::Owned(strict), true),
        _ => (schema, false),
    }
}

/// Whether a service of this profile can be told of all these tools as they want it.
///
/// # Errors
/// A configuration error that names the tool, what can't be said, and what to do instead.
pub(crate) fn check(tools: &[ToolDefinition], profile: &Profile) -> Result<(), Error> {
    for tool in tools {
        let (name, service) = (&tool.name, &profile.name);
        if profile.inlined_schemas
            && let Err(cut) = inlined::whole(&tool.parameters)
        {
            return Err(Error::configuration(match cut {
                Cut::Recursive(reference) => format!(
                    "the tool `{name}` takes a type that holds itself (`{reference}`), and \
                     {service} takes no schemas with references: take a list whose items name \
                     their parents, or a type that ends at some depth"
                ),
                Cut::TooLarge => format!(
                    "the schema of the tool `{name}` is too large without references, and \
                     {service} takes none: let the tool take fewer types, or make several of it"
                ),
            }));
        }
        if tool.strict == Some(true) && is_strict(tool, profile) {
            let schema = without_references(&tool.parameters, profile);
            strict(&schema).map_err(|what| {
                Error::configuration(format!(
                    "the schema of the tool `{name}` can't be strict: {what}; say it otherwise, \
                     or take `strict` from the tool"
                ))
            })?;
        }
    }
    Ok(())
}

/// The schema, without references where the profile wants none.
fn without_references<'a>(schema: &'a Value, profile: &Profile) -> Cow<'a, Value> {
    if profile.inlined_schemas { Cow::Owned(inlined(schema)) } else { Cow::Borrowed(schema) }
}

/// The schema with its type said: arguments are an object, and services refuse a schema that
/// leaves it out, as some do that come from elsewhere.
fn an_object(mut schema: Cow<'_, Value>) -> Cow<'_, Value> {
    let says_otherwise = ["type", "$ref", "allOf", "anyOf", "oneOf"];
    if let Some(said) = schema.as_object()
        && !says_otherwise.iter().any(|keyword| said.contains_key(*keyword))
        && let Some(said) = schema.to_mut().as_object_mut()
    {
        said.insert("type".to_owned(), "object".into());
        said.entry("properties").or_insert_with(|| json!({}));
    }
    schema
}

#[cfg(test)]
mod tests;
