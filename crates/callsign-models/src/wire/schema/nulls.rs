//! Removal of nulls that stand for absent properties in strict form.

use std::sync::Arc;

use callsign_json::schema::nulls::remove_absent;
use callsign_types::message::ToolCall;
use callsign_types::request::ToolDefinition;
use serde_json::Value;

use super::dialect::is_strict;
use crate::endpoint::profile::Profile;

/// Removes nulls from a call's arguments that only the strict form of the schema required: those of
/// properties that are optional and not nullable.
///
/// The arguments are not rewritten if nothing is removed, if they are not valid JSON, or if neither
/// the tool nor the profile wants strict form.
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
    if remove_absent(&mut arguments, &tool.parameters) {
        call.arguments = arguments.to_string();
    }
}
