//! The bodies of replies.

use serde_json::{Value, json};

/// The body of a reply.
#[derive(Clone, Debug)]
pub(super) enum ReplyBody {
    /// The bytes, sent with a `Content-Length`.
    Whole(Vec<u8>),
    /// The bytes, sent in chunks.
    Stream(Vec<u8>),
    /// The bytes, sent in chunks again and again.
    Endless(Vec<u8>),
}

/// Returns a chat completion with this text as an event stream, one event for each word.
pub(super) fn stream_reply(text: &str) -> Vec<u8> {
    let chunk = |delta: Value, reason: Value| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": reason });
        let chunk = json!({
            "id": "fault-1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "fault",
            "choices": [choice],
        });
        format!("data: {chunk}\n\n")
    };
    let words = text.split_inclusive(' ');
    let mut out: String =
        words.map(|word| chunk(json!({ "content": word }), Value::Null)).collect();
    out.push_str(&chunk(json!({}), "stop".into()));
    out.push_str("data: [DONE]\n\n");
    out.into_bytes()
}

/// Returns a chat completion with this text as one JSON object.
pub(super) fn json_reply(text: &str) -> Vec<u8> {
    let message = json!({ "role": "assistant", "content": text });
    let reply = json!({
        "id": "fault-1",
        "object": "chat.completion",
        "created": 0,
        "model": "fault",
        "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 },
    });
    reply.to_string().into_bytes()
}

/// Returns the length of the first `events` events, or of all bytes if there are fewer.
pub(super) fn after_events(bytes: &[u8], events: usize) -> usize {
    let ends = bytes.windows(2).enumerate().filter(|(_, two)| two == b"\n\n");
    // The 0th end is the beginning.
    let mut ends = std::iter::once(0).chain(ends.map(|(at, _)| at + 2));
    ends.nth(events).unwrap_or(bytes.len())
}

/// Returns the position after the first byte of the first multi-byte character, or the middle if
/// there is no such character.
pub(super) fn inside_character(bytes: &[u8]) -> usize {
    let first = bytes.iter().position(|byte| *byte >= 0xC0);
    first.map_or(bytes.len() / 2, |at| at + 1)
}
