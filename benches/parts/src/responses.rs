//! Responses in wire format, whole and streamed.

use serde_json::json;

use crate::tools;

/// The size of a server's writes if chunks are available quickly, in bytes.
pub const WRITE_SIZE: usize = 16 * 1024;

/// Returns the body of a response with a tool call.
#[must_use]
pub fn body_with_call() -> String {
    let call = json!({
        "id": "call_0",
        "type": "function",
        "function": { "name": tools::NAME, "arguments": tools::ARGUMENTS },
    });
    body(&json!({ "role": "assistant", "content": null, "tool_calls": [call] }), "tool_calls")
}

/// Returns the body of a response with text.
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

/// Returns the event data of a response with `chunks` chunks of text.
#[must_use]
pub fn text(chunks: usize) -> Vec<String> {
    let words = [" fly", " and", " the", " DL123"];
    let text =
        |index: usize| chunk(&format!(r#"{{"content":"{}"}}"#, words[index % words.len()]), "null");
    (0..chunks).map(text).chain(end("\"stop\"")).collect()
}

/// Returns the event data of a response with a call whose arguments have `chunks` chunks.
///
/// The first and the last chunk contain the names of the properties.
#[must_use]
pub fn arguments(chunks: usize) -> Vec<String> {
    let start = chunk(
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
        chunk(&json!({ "tool_calls": [call] }).to_string(), "null")
    };
    let middle = (2..chunks).map(|_| more(" fly"));
    let (first, last) = (more(r#"{"origin_city":""#), more(r#"","destination_city":"Seattle"}"#));
    let arguments = [start, first].into_iter().chain(middle).chain([last]);
    arguments.chain(end("\"tool_calls\"")).collect()
}

fn end(reason: &str) -> [String; 2] {
    [chunk("{}", reason), "[DONE]".to_owned()]
}

fn chunk(delta: &str, reason: &str) -> String {
    format!(
        r#"{{"id":"chatcmpl-0","object":"chat.completion.chunk","created":1715000000,"model":"m","choices":[{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{reason}}}]}}"#
    )
}

/// Returns the bytes of one server-sent event per item of `data`.
#[must_use]
pub fn events(data: &[String]) -> Vec<Vec<u8>> {
    data.iter().map(|data| format!("data: {data}\n\n").into_bytes()).collect()
}
