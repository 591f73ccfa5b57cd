#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use callsign_types::event::ModelEvent;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::wire::assembler::{EndOfInput, ResponseAssembler};

/// Assembles the chunks in order.
fn read(chunks: &[String]) -> Vec<ModelEvent> {
    let (mut assembler, mut events) = (ResponseAssembler::new(Arc::default()), Vec::new());
    for chunk in chunks {
        assembler.push_event("message", chunk, &mut events).unwrap();
    }
    assembler.finish(EndOfInput::Complete, false, &mut events).unwrap();
    events
}

/// Returns the chunks such that none matches the template of another.
fn without_templates(chunks: &[String]) -> Vec<String> {
    let empty = |at: usize| format!("{}{{\"choices\":[]}}", " ".repeat(at));
    let padded = chunks.iter().enumerate().map(|(at, chunk)| {
        // The whitespace has no meaning, and gives each chunk its own prefix.
        chunk.replacen('{', &format!("{{{}", " ".repeat(at)), 1)
    });
    padded.enumerate().flat_map(|(at, chunk)| [chunk, empty(at)]).collect()
}

#[track_caller]
fn check(chunks: &[String]) {
    assert_eq!(read(chunks), read(&without_templates(chunks)), "{chunks:#?}");
}

fn chunk(delta: Value, choice_fields: Value) -> String {
    let mut choice = json!({ "index": 0, "delta": delta });
    choice.as_object_mut().unwrap().extend(choice_fields.as_object().unwrap().clone());
    json!({ "id": "x", "created": 1, "choices": [choice] }).to_string()
}

#[test]
fn texts_in_every_field_are_read_as_without_the_template() {
    let texts = ["a", " b", "", "c\n\"d\"", "é\u{1F600}", "\\", "\u{7f}", "},\"x\":{", "e"];
    for name in ["content", "reasoning_content", "reasoning", "refusal"] {
        let chunks = texts.map(|text| chunk(json!({ name: text }), json!({ "logprobs": null })));
        check(&chunks);
    }
    let chunks = texts.map(|text| {
        let call = json!({ "index": 0, "function": { "arguments": text } });
        chunk(json!({ "tool_calls": [call] }), json!({}))
    });
    let call = json!({ "index": 0, "id": "c", "function": { "name": "f", "arguments": "" } });
    let first = chunk(json!({ "tool_calls": [call] }), json!({}));
    check(&[vec![first], chunks.to_vec()].concat());
}

#[test]
fn chunks_with_other_effects_are_parsed_in_full() {
    for choice_fields in [
        json!({ "logprobs": { "content": [{ "token": "a" }] } }),
        json!({ "finish_reason": "stop" }),
        json!({ "index": 1 }),
    ] {
        let chunks =
            ["a", "b", "c"].map(|text| chunk(json!({ "content": text }), choice_fields.clone()));
        check(&chunks);
    }
    for delta in [
        json!({ "refusal": "no" }),
        json!({ "audio": { "data": "x" } }),
        json!({ "reasoning": "r" }),
    ] {
        let chunks = ["a", "b", "c"].map(|text| {
            let mut delta = delta.clone();
            delta["content"] = text.into();
            chunk(delta, json!({}))
        });
        check(&chunks);
    }
}

#[test]
fn arguments_match_a_template() {
    let more = |text: &str| {
        let call = json!({ "index": 3, "function": { "arguments": text } });
        chunk(json!({ "tool_calls": [call] }), json!({}))
    };
    let mut template = ChunkTemplate::default();
    let json = more("{\"a\": ");
    template.learn(&json, &serde_json::from_str(&json).unwrap(), Some(0));
    let field = TextField::Arguments(Some(3));
    assert_eq!(template.match_text(&more("\"\n")), Some((field, "\"\n".into())));
    assert_eq!(template.match_text(&more("b")), Some((field, "b".into())));
    assert_eq!(template.match_text(&more("").replace(":3", ":4")), None);
}

#[test]
fn only_one_valid_string_matches_a_template() {
    let mut template = ChunkTemplate::default();
    let json = chunk(json!({ "content": "a" }), json!({}));
    template.learn(&json, &serde_json::from_str(&json).unwrap(), Some(0));
    assert_eq!(template.match_text(&json), Some((TextField::Content, "a".into())));
    for inside in ["a\",\"role\":\"x", "a\\", "\u{1}", "\\ud800", "\""] {
        let other = json.replace("\"a\"", &format!("\"{inside}\""));
        assert_eq!(template.match_text(&other), None, "{other}");
    }
    assert_eq!(
        template.match_text(&json.replace("\"a\"", "\"b\\n\"")),
        Some((TextField::Content, "b\n".into()))
    );
    // The prefix and the suffix must not overlap.
    assert_eq!(template.match_text(&json.replace("\"a\"", "\"")), None);
    assert_eq!(template.match_text(""), None);
}

/// A chunk of a stream. Most differ only in their text.
fn any_chunk() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        3 => "[ -~]{0,12}",
        1 => any::<String>(),
        1 => Just("\",\"role\":\"assistant".to_owned()),
    ];
    let index = prop_oneof![4 => Just(json!(0)), 1 => Just(json!(1)), 1 => Just(json!("0"))];
    let arguments = |index: Value, text: String| json!({ "tool_calls": [{ "index": index, "function": { "arguments": text } }] });
    let delta = prop_oneof![
        2 => text.clone().prop_map(|text| json!({ "content": text })),
        1 => text.clone().prop_map(|text| json!({ "reasoning": text })),
        4 => (index.clone(), text.clone()).prop_map(move |(index, text)| arguments(index, text)),
        1 => text.clone().prop_map(|text| {
            json!({ "tool_calls": [{ "function": { "arguments": text } }] })
        }),
        1 => (index, text).prop_map(|(index, text)| {
            let function = json!({ "name": "f", "arguments": text });
            json!({ "tool_calls": [{ "index": index, "id": "c", "function": function }] })
        }),
    ];
    let choice_fields = prop_oneof![
        4 => Just(json!({ "logprobs": null })),
        1 => Just(json!({ "finish_reason": "tool_calls" })),
    ];
    (delta, choice_fields).prop_map(|(delta, fields)| chunk(delta, fields))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_chunks_are_read_as_without_templates(
        chunks in prop::collection::vec(any_chunk(), 0..12),
    ) {
        check(&chunks);
    }
}
