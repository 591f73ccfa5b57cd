//! The check of a call's arguments against the tool's schema.

use std::borrow::Cow;
use std::sync::Arc;

pub(crate) use callsign_json::repair::repair as repaired;
use callsign_json::schema::coerce::{coerce, integers};
#[cfg(feature = "validate")]
use callsign_json::schema::validate::{Validator, Verdict};
use callsign_types::journal::entry::RecordedTool;
use serde_json::Value;

use super::registry::RegisteredTool;

/// Arguments that match the tool's schema.
#[derive(Clone, Debug)]
pub(crate) struct CheckedArguments {
    /// The text of a JSON object. It is the model's text, unless that was repaired or coerced.
    pub(crate) text: Arc<str>,
    /// The parsed text.
    pub(crate) value: Value,
}

/// Checks arguments, and coerces them if the tool allows that. A float such as `1.0` is an integer
/// where the schema wants one.
///
/// # Errors
/// Returns the reason if the arguments do not match. The model receives it.
pub(crate) fn check(tool: &RegisteredTool, json: &str) -> Result<CheckedArguments, String> {
    // For a tool without parameters, models send no arguments or `null`.
    let json: Cow<'_, str> = match json.trim() {
        "" | "null" => "{}".into(),
        json => json.into(),
    };
    let value: Value = serde_json::from_str(&json)
        .map_err(|error| format!("they are not valid JSON ({error}); send one JSON object"))?;
    if !value.is_object() {
        return Err("they are not a JSON object; send one JSON object".to_owned());
    }
    let spec = &tool.spec;
    let convert = if spec.coerce { coerce } else { integers };
    let coerced = convert(&spec.definition.parameters, &value);
    let checked = match coerced {
        Some(value) => CheckedArguments { text: value.to_string().into(), value },
        None => CheckedArguments { text: json.into(), value },
    };
    #[cfg(feature = "validate")]
    if tool.validator.check(&checked.value)? == Verdict::Unchecked {
        let name = tool.spec.name();
        tracing::warn!(tool = name, "arguments are too complex for their schema and not checked");
    }
    Ok(checked)
}

/// Returns `checked` if it is the check of `json`, and checks `json` otherwise.
///
/// # Errors
/// Returns the error of [`check`].
pub(crate) fn check_once<'a>(
    tool: &RegisteredTool,
    json: &str,
    checked: Option<&'a CheckedArguments>,
) -> Result<Cow<'a, CheckedArguments>, String> {
    match checked {
        Some(checked) if *checked.text == *json => Ok(Cow::Borrowed(checked)),
        _ => check(tool, json).map(Cow::Owned),
    }
}

/// Checks the arguments that a person has chosen against the schema that the journal has recorded,
/// if it has one.
///
/// # Errors
/// Returns the reason if they do not match.
pub(crate) fn check_recorded(tool: &RecordedTool, arguments: &Value) -> Result<(), String> {
    let Some(parameters) = &tool.parameters else { return Ok(()) };
    if !arguments.is_object() {
        return Err("they are not a JSON object".to_owned());
    }
    #[cfg(feature = "validate")]
    if let Ok(validator) = Validator::lenient(parameters) {
        let convert = if tool.coerce { coerce } else { integers };
        let converted = convert(parameters, arguments);
        validator.check(converted.as_ref().unwrap_or(arguments))?;
    }
    #[cfg(not(feature = "validate"))]
    let _ = parameters;
    Ok(())
}
