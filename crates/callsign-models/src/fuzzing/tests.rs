//! The fuzz targets as property tests, with input that resembles real responses.

use proptest::prelude::*;
use proptest::sample::select;

use super::{body, events, history, stream};

/// Fragments of responses. Their combinations reach more code than random bytes.
const FRAGMENTS: [&str; 47] = [
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

fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let text = prop::collection::vec(select(FRAGMENTS.to_vec()), 0..24);
    let text = text.prop_map(|fragments| fragments.concat().into_bytes());
    let sizes = prop::collection::vec(any::<u8>(), 3);
    let bytes = prop::collection::vec(any::<u8>(), 0..60);
    prop_oneof![
        6 => (sizes, text).prop_map(|(sizes, text)| [sizes, text].concat()),
        1 => bytes,
    ]
}

/// A stream of valid chunks in arbitrary order.
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
    fn any_bytes_decode_to_events(input in fragments()) {
        events(&input);
    }

    #[test]
    fn any_stream_is_a_response_or_an_error(input in prop_oneof![fragments(), chunks()]) {
        stream(&input);
    }

    #[test]
    fn any_body_is_a_response_or_an_error(input in fragments()) {
        body(&input[input.len().min(3)..]);
    }

    #[test]
    fn any_text_is_a_history_or_an_error(input in fragments()) {
        history(&input[input.len().min(3)..]);
    }
}

#[test]
fn valid_body_and_history_are_accepted() {
    let call = r#"{"id":"a","type":"function","function":{"name":"t","arguments":"{}"}}"#;
    let message = format!(r#"{{"role":"assistant","content":"x","tool_calls":[{call},{call}]}}"#);
    body(format!(r#"{{"choices":[{{"message":{message},"finish_reason":"stop"}}]}}"#).as_bytes());
    history(format!("[{message},{message}]").as_bytes());
}
