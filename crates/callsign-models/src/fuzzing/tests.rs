//! The same properties in the ordinary run, with bytes that look like the wire's.

use proptest::prelude::*;
use proptest::sample::select;

use super::{body, events, history, stream};

/// Pieces of the wire, which make more sense next to each other than bytes do.
const PIECES: [&str; 47] = [
    "data: ",
    "data:",
    "event: error",
    ": ping",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\r\n\r\n",
    "[DONE]",
    "\u{FEFF}",
    "\u{E9}",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "true",
    "0",
    "1",
    "-1.5e3",
    "\"",
    "\"choices\":[{\"index\":0,",
    "\"delta\":{",
    "\"message\":{",
    "\"content\":",
    "\"hello\"",
    "\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{",
    "\"name\":\"t\"",
    "\"arguments\":\"{\\\"x\\\"",
    "\"arguments\":{\"x\":1}",
    "\"finish_reason\":\"stop\"",
    "\"finish_reason\":\"tool_calls\"",
    "\"finish_reason\":\"error\"",
    "\"usage\":{\"prompt_tokens\":1}",
    "\"error\":{\"message\":\"m\"}",
    "\\u00e9",
    "\\ud83d",
    "\"role\":\"assistant\"",
    "\"role\":\"tool\"",
    "\"role\":\"user\"",
    "\"tool_call_id\":\"a\"",
    "\"function_call\":{",
    "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"t\",\"arguments\":\"{\"}}]}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}",
];

fn wire() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(select(PIECES.to_vec()), 0..24);
    let pieces = pieces.prop_map(|pieces| pieces.concat().into_bytes());
    let sizes = prop::collection::vec(any::<u8>(), 3);
    let bytes = prop::collection::vec(any::<u8>(), 0..60);
    prop_oneof![
        6 => (sizes, pieces).prop_map(|(sizes, pieces)| [sizes, pieces].concat()),
        1 => bytes,
    ]
}

/// A stream of chunks that can be read, in an order that makes sense or not.
fn chunks() -> impl Strategy<Value = Vec<u8>> {
    let inner = select(vec![
        "\"content\":\"x\\u00e9\"",
        "\"reasoning_content\":\"h\"",
        "\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"t\",\"arguments\":\"{\"}}]",
        "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"}\"}}]",
        "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"x\\\":1\"}}]",
        "\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"y\"}}]",
        "\"tool_calls\":[{\"id\":\"b\",\"function\":{\"name\":\"t\",\"arguments\":{\"x\":1}}},null]",
        "\"tool_calls\":[{\"function\":{\"name\":\"get_\"}}]",
        "\"tool_calls\":[{\"function\":{\"name\":\"flight_info\"}}]",
        "\"refusal\":\"no\",\"content\":[{\"type\":\"text\",\"text\":\"y\"}]",
        "",
    ]);
    let reason =
        select(vec!["null", "null", "null", "\"stop\"", "\"length\"", "\"error\"", "\"\""]);
    let end = select(vec!["\n\n", "\r\n\r\n", "\r\r"]);
    let chunk = (inner, reason, end).prop_map(|(inner, reason, end)| {
        format!("data: {{\"choices\":[{{\"delta\":{{{inner}}},\"finish_reason\":{reason}}}]}}{end}")
    });
    let done = select(vec!["data: [DONE]\n\n", ""]);
    let sizes = prop::collection::vec(any::<u8>(), 3);
    (sizes, prop::collection::vec(chunk, 0..9), done)
        .prop_map(|(sizes, chunks, done)| [sizes, chunks.concat().into(), done.into()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_bytes_are_events(input in wire()) {
        events(&input);
    }

    #[test]
    fn any_stream_is_a_reply_or_a_fault(input in prop_oneof![wire(), chunks()]) {
        stream(&input);
    }

    #[test]
    fn any_body_is_a_reply_or_a_fault(input in wire()) {
        body(&input[input.len().min(3)..]);
    }

    #[test]
    fn any_text_is_a_history_or_none(input in wire()) {
        history(&input[input.len().min(3)..]);
    }
}

#[test]
fn bodies_and_histories_that_are_some() {
    let call = r#"{"id":"a","type":"function","function":{"name":"t","arguments":"{}"}}"#;
    let said = format!(r#"{{"role":"assistant","content":"x","tool_calls":[{call},{call}]}}"#);
    body(format!(r#"{{"choices":[{{"message":{said},"finish_reason":"stop"}}]}}"#).as_bytes());
    history(format!("[{said},{said}]").as_bytes());
}
