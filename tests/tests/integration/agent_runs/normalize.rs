//! Normalization of messages, so that requests can be compared regardless of their form.

use serde_json::Value;

/// A message in a normalized form.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NormalizedMessage {
    role: String,
    text: String,
    /// The parts that are not text.
    parts: Vec<Value>,
    /// The names and arguments of the calls.
    calls: Vec<(String, Value)>,
    /// For a tool result: the index of its call among all calls.
    call: Option<usize>,
}

/// Normalizes messages in wire format.
///
/// Indices replace call ids, and results are sorted in the order of their calls.
pub(crate) fn normalize(messages: &[Value]) -> Vec<NormalizedMessage> {
    let mut normalized: Vec<NormalizedMessage> = Vec::new();
    let mut ids: Vec<(&str, bool)> = Vec::new();
    for message in messages {
        let mut calls = Vec::new();
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            ids.push((call["id"].as_str().unwrap_or_default(), false));
            let function = &call["function"];
            calls.push((function["name"].as_str().unwrap().to_owned(), arguments(function)));
        }
        let call = message.get("tool_call_id").map(|id| {
            // Some providers use an id again, so each id is used for one result only.
            let is_pending = |(known, has_result): &(&str, bool)| id == known && !has_result;
            let index = ids.iter().position(is_pending).unwrap();
            ids[index].1 = true;
            index
        });
        let (mut text, parts) = content(&message["content"]);
        if message["role"] == "assistant" {
            text = without_reasoning(text);
        }
        let role = message["role"].as_str().unwrap().to_owned();
        let message = NormalizedMessage { role, text, parts, calls, call };
        let previous = normalized.iter().rposition(|other| call.is_none() || other.call < call);
        normalized.insert(previous.map_or(0, |index| index + 1), message);
    }
    normalized
}

/// Removes the reasoning, which some of the recorded programs added to the text.
fn without_reasoning(text: String) -> String {
    let split = text.strip_prefix("<think>\n").and_then(|rest| rest.split_once("\n</think>"));
    split.map_or(text.clone(), |(_, answer)| answer.trim_start().to_owned())
}

/// Returns the arguments as a value. Text that is not JSON stays a string.
///
/// Absent and `null` arguments become an empty object, because Callsign sends that.
fn arguments(function: &Value) -> Value {
    match function["arguments"].as_str() {
        Some("" | "null") | None => Value::Object(Default::default()),
        Some(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
    }
}

/// Returns a part in its current form: the URL of an image is in an object.
fn part(mut part: Value) -> Value {
    if part["image_url"].is_string() {
        let url = part["image_url"].take();
        part["image_url"] = serde_json::json!({ "url": url });
    }
    part
}

/// Returns the text and the other parts of a content.
fn content(content: &Value) -> (String, Vec<Value>) {
    let Some(items) = content.as_array() else {
        return (content.as_str().unwrap_or_default().to_owned(), Vec::new());
    };
    let text = items.iter().filter(|item| item["type"] == "text");
    let text = text.filter_map(|item| item["text"].as_str()).collect();
    let is_reasoning = |item: &&Value| item["type"] == "thinking";
    let others = items.iter().filter(|item| item["type"] != "text" && !is_reasoning(item));
    (text, others.cloned().map(part).collect())
}
