//! Replies as services send them, whole and in pieces.

use serde_json::json;

use crate::tools;

/// How many bytes servers send at once where pieces come quickly.
pub const PACKED: usize = 16 * 1024;

/// A whole reply that calls a tool.
#[must_use]
pub fn body_with_call() -> String {
    let call = json!({
        "id": "call_0",
        "type": "function",
        "function": { "name": tools::NAME, "arguments": tools::ARGUMENTS },
    });
    body(&json!({ "role": "assistant", "content": null, "tool_calls": [call] }), "tool_calls")
}

/// A whole reply that says something.
#[must_use]
pub fn body_with_text() -> String {
    let text = "The next flight from Miami to Seattle is DL123, on May 7th at 10:00AM.";
    body(&json!({ "role": "assistant", "content": text }), "stop")
}

fn body(message: &serde_json::Value, reason: &str) -> String {
    let choice =
        json!({ "index": 0, "message": message, "logprobs": null, "finish_reason": reason });
    let usage = json!({ "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120 });
    json!({
        "id": "chatcmpl-0",
        "object": "chat.completion",
        "created": 1_715_000_000,
        "model": "m",
        "choices": [choice],
        "usage": usage,
    })
    .to_string()
}

/// The data of the events of a reply that says something in so many pieces.
#[must_use]
pub fn text(pieces: usize) -> Vec<String> {
    let words = [" fly", " and", " the", " DL123"];
    let text =
        |at: usize| piece(&format!(r#"{{"content":"{}"}}"#, words[at % words.len()]), "null");
    (0..pieces).map(text).chain(end("\"stop\"")).collect()
}

/// The data of the events of a reply with a call whose arguments come in so many pieces, the first
/// and the last of which have the names of the fields.
#[must_use]
pub fn arguments(pieces: usize) -> Vec<String> {
    let begun = piece(
        &json!({ "role": "assistant", "content": null, "tool_calls": [{
            "index": 0,
            "id": "call_0",
            "type": "function",
            "function": { "name": tools::NAME, "arguments": "" },
        }] })
        .to_string(),
        "null",
    );
    let more = |arguments: &str| {
        let call = json!({ "index": 0, "function": { "arguments": arguments } });
        piece(&json!({ "tool_calls": [call] }).to_string(), "null")
    };
    let middle = (2..pieces).map(|_| more(" fly"));
    let (first, last) = (more(r#"{"origin_city":""#), more(r#"","destination_city":"Seattle"}"#));
    let arguments = [begun, first].into_iter().chain(middle).chain([last]);
    arguments.chain(end("\"tool_calls\"")).collect()
}

fn end(reason: &str) -> [String; 2] {
    [piece("{}", reason), "[DONE]".to_owned()]
}

fn piece(delta: &str, reason: &str) -> String {
    format!(
        r#"{{"id":"chatcmpl-0","object":"chat.completion.chunk","created":1715000000,"model":"m","choices":[{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{reason}}}]}}"#
    )
}

/// The events of such data, as the bytes of each.
#[must_use]
pub fn events(data: &[String]) -> Vec<Vec<u8>> {
    data.iter().map(|data| format!("data: {data}\n\n").into_bytes()).collect()
}
