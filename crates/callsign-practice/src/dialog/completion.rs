//! The completion of a request, and the ids of its tool calls.

use std::collections::HashSet;

use serde_json::Value;

use super::state::DialogState;
use crate::hash::fnv1a;
use crate::request::{ChatRequest, ToolCall, ToolChoice};

/// The generated message, before it is truncated and serialized.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Completion {
    Text(String),
    ToolCalls(Vec<ToolCall>),
}

/// Generates the completion of a request. Equal requests get equal completions.
pub(crate) fn complete(request: &ChatRequest) -> Completion {
    let state = DialogState::of(request);
    let invocations = match &request.tool_choice {
        ToolChoice::None => Vec::new(),
        ToolChoice::Auto => state.due_calls(),
        ToolChoice::Required => state.forced_calls(None),
        ToolChoice::Function(name) => state.forced_calls(Some(name)),
    };
    if invocations.is_empty() {
        return Completion::Text(state.text());
    }
    let limit = if request.parallel_tool_calls { invocations.len() } else { 1 };
    let mut used_ids = request.call_ids.clone();
    let calls = invocations.into_iter().take(limit).enumerate();
    let calls = calls.map(|(index, (name, arguments))| {
        let id = fresh_id(request.digest, index, &mut used_ids);
        ToolCall { id, name, arguments: Value::Object(arguments) }
    });
    Completion::ToolCalls(calls.collect())
}

/// Returns a call id that the conversation does not use yet: nine ASCII letters and digits, the form that Mistral
/// models require.
fn fresh_id(seed: u64, index: usize, used: &mut HashSet<String>) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0_u64..)
        .map(|attempt| {
            let mut hash = fnv1a(&format!("{seed}/{index}/{attempt}"));
            let mut letter = || {
                let letter = ALPHABET[usize::try_from(hash % 62).unwrap_or(0)];
                hash /= 62;
                char::from(letter)
            };
            (0..9).map(|_| letter()).collect::<String>()
        })
        .find(|id| used.insert(id.clone()))
        .unwrap_or_default()
}
