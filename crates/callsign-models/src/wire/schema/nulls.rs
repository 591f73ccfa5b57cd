//! Removal of nulls that stand for absent properties in strict form.

use std::sync::Arc;

use callsign_types::message::ToolCall;
use callsign_types::request::ToolDefinition;
use serde_json::{Map, Value};

use super::dialect::is_strict;
use super::matching::{Matcher, NullHandling, is_required, property};
use crate::endpoint::profile::Profile;

/// Removes nulls from a call's arguments that only the strict form of the schema required: those of
/// properties that are optional and not nullable.
///
/// In a union, the first member that the value matches without such nulls decides. If the value
/// matches a member as it is, nothing is removed. The arguments are not rewritten if nothing is
/// removed, if they are not valid JSON, or if neither the tool nor the profile wants strict form.
pub(crate) fn remove_strict_nulls(
    call: &mut ToolCall,
    tools: &Arc<[ToolDefinition]>,
    profile: &Profile,
) {
    let Some(tool) = tools.iter().find(|tool| *tool.name == *call.name) else { return };
    if !is_strict(tool, profile) {
        return;
    }
    let Ok(mut arguments) = serde_json::from_str::<Value>(&call.arguments) else { return };
    if remove(&mut arguments, &tool.parameters, &mut Matcher::new(&tool.parameters)) {
        call.arguments = arguments.to_string();
    }
}

/// Removes the nulls in `value`. Returns whether there were any.
fn remove(value: &mut Value, schema: &Value, matcher: &mut Matcher<'_>) -> bool {
    let is_nested = matches!(value, Value::Array(_) | Value::Object(_));
    if !is_nested || !matcher.enter() {
        return false;
    }
    let mut removed = false;
    if let Some(target) = matcher.target(schema) {
        removed |= remove(value, target, matcher);
    }
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        removed |= remove(value, part, matcher);
    }
    for name in ["anyOf", "oneOf"] {
        let Some(members) = schema.get(name).and_then(Value::as_array) else { continue };
        if !members.iter().any(|member| matcher.matches(value, member, NullHandling::Literal))
            && let Some(member) =
                members.iter().find(|member| matcher.matches(value, member, NullHandling::AsAbsent))
        {
            removed |= remove(value, member, matcher);
        }
    }
    removed |= match value {
        Value::Array(items) => remove_in_items(items, schema, matcher),
        Value::Object(fields) => remove_in_fields(fields, schema, matcher),
        _ => false,
    };
    matcher.leave();
    removed
}

fn remove_in_items(items: &mut [Value], schema: &Value, matcher: &mut Matcher<'_>) -> bool {
    let Some(of) = schema.get("items") else { return false };
    items.iter_mut().fold(false, |removed, item| remove(item, of, matcher) | removed)
}

fn remove_in_fields(
    fields: &mut Map<String, Value>,
    schema: &Value,
    matcher: &mut Matcher<'_>,
) -> bool {
    let before = fields.len();
    fields.retain(|name, value| {
        let is_absent = value.is_null()
            && !is_required(schema, name)
            && property(schema, name).is_some_and(|schema| matcher.forbids_null(schema));
        !is_absent
    });
    let mut removed = fields.len() < before;
    for (name, value) in fields {
        removed |= property(schema, name).is_some_and(|schema| remove(value, schema, matcher));
    }
    removed
}
