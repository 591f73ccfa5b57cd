//! What a list of messages says, whatever the form it says it in.

use serde_json::Value;

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plain {
    role: String,
    text: String,
    /// The parts that are no text.
    parts: Vec<Value>,
    /// The names and arguments of the calls.
    calls: Vec<(String, Value)>,
    /// Which of all calls it answers.
    answers: Option<usize>,
}

/// Reads messages in the wire's format. Ids are told by the calls that they stand for, and
/// results are in the order of their calls.
pub(crate) fn plain(messages: &[Value]) -> Vec<Plain> {
    let mut out: Vec<Plain> = Vec::new();
    let mut ids: Vec<(&str, bool)> = Vec::new();
    for message in messages {
        let mut calls = Vec::new();
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            ids.push((call["id"].as_str().unwrap_or_default(), false));
            let function = &call["function"];
            calls.push((function["name"].as_str().unwrap().to_owned(), arguments(function)));
        }
        let answers = message.get("tool_call_id").map(|id| {
            let open = |(known, answered): &(&str, bool)| id == known && !answered;
            let at = ids.iter().position(open).unwrap();
            ids[at].1 = true;
            at
        });
        let (mut text, parts) = content(&message["content"]);
        if message["role"] == "assistant" {
            text = without_thoughts(text);
        }
        let role = message["role"].as_str().unwrap().to_owned();
        let plain = Plain { role, text, parts, calls, answers };
        let before = out.iter().rposition(|other| answers.is_none() || other.answers < answers);
        out.insert(before.map_or(0, |at| at + 1), plain);
    }
    out
}

/// The text without the model's thoughts, which some of the recorded programs wrote into it.
fn without_thoughts(text: String) -> String {
    let behind = text.strip_prefix("<think>\n").and_then(|rest| rest.split_once("\n</think>"));
    behind.map_or(text.clone(), |(_, said)| said.trim_start().to_owned())
}

/// The arguments as a value, where none and null are an empty object, because that is what goes
/// back. A text that is no JSON stands for itself.
fn arguments(function: &Value) -> Value {
    match function["arguments"].as_str() {
        Some("" | "null") | None => Value::Object(Default::default()),
        Some(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
    }
}

/// A part in its newer form: an image's address is in an object.
fn part(mut part: Value) -> Value {
    if part["image_url"].is_string() {
        let url = part["image_url"].take();
        part["image_url"] = serde_json::json!({ "url": url });
    }
    part
}

fn content(content: &Value) -> (String, Vec<Value>) {
    let Some(items) = content.as_array() else {
        return (content.as_str().unwrap_or_default().to_owned(), Vec::new());
    };
    let text = items.iter().filter(|item| item["type"] == "text");
    let text = text.filter_map(|item| item["text"].as_str()).collect();
    let thinks = |item: &&Value| item["type"] == "thinking";
    let others = items.iter().filter(|item| item["type"] != "text" && !thinks(item));
    (text, others.cloned().map(part).collect())
}
