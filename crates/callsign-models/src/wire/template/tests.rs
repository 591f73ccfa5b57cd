#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use callsign_core::words::event::ModelEvent;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::wire::assemble::{Assembler, End};

/// The events of these pieces, read one after another.
fn read(pieces: &[String]) -> Vec<ModelEvent> {
    let (mut assembler, mut events) = (Assembler::new(Arc::default()), Vec::new());
    for piece in pieces {
        assembler.take_event("message", piece, &mut events).unwrap();
    }
    assembler.finish(End::Said, false, &mut events).unwrap();
    events
}

/// The pieces, and after each of them one of another shape, so that none is taken for one before.
fn apart(pieces: &[String]) -> Vec<String> {
    let blank = |at: usize| format!("{}{{\"choices\":[]}}", " ".repeat(at));
    let spaced = pieces.iter().enumerate().map(|(at, piece)| {
        // White space inside says nothing, and makes each piece begin in its own way.
        piece.replacen('{', &format!("{{{}", " ".repeat(at)), 1)
    });
    spaced.enumerate().flat_map(|(at, piece)| [piece, blank(at)]).collect()
}

#[track_caller]
fn check(pieces: &[String]) {
    assert_eq!(read(pieces), read(&apart(pieces)), "{pieces:#?}");
}

fn piece(delta: Value, beside: Value) -> String {
    let mut choice = json!({ "index": 0, "delta": delta });
    choice.as_object_mut().unwrap().extend(beside.as_object().unwrap().clone());
    json!({ "id": "x", "created": 1, "choices": [choice] }).to_string()
}

#[test]
fn texts_of_every_kind_are_read_as_if_each_were_the_first() {
    let texts = ["a", " b", "", "c\n\"d\"", "é\u{1F600}", "\\", "\u{7f}", "},\"x\":{", "e"];
    for name in ["content", "reasoning_content", "reasoning", "refusal"] {
        let pieces = texts.map(|text| piece(json!({ name: text }), json!({ "logprobs": null })));
        check(&pieces);
    }
    let pieces = texts.map(|text| {
        let call = json!({ "index": 0, "function": { "arguments": text } });
        piece(json!({ "tool_calls": [call] }), json!({}))
    });
    let call = json!({ "index": 0, "id": "c", "function": { "name": "f", "arguments": "" } });
    let first = piece(json!({ "tool_calls": [call] }), json!({}));
    check(&[vec![first], pieces.to_vec()].concat());
}

#[test]
fn what_is_more_than_a_text_is_read_each_time() {
    for beside in [
        json!({ "logprobs": { "content": [{ "token": "a" }] } }),
        json!({ "finish_reason": "stop" }),
        json!({ "index": 1 }),
    ] {
        let pieces = ["a", "b", "c"].map(|text| piece(json!({ "content": text }), beside.clone()));
        check(&pieces);
    }
    for delta in [
        json!({ "refusal": "no" }),
        json!({ "audio": { "data": "x" } }),
        json!({ "reasoning": "r" }),
    ] {
        let pieces = ["a", "b", "c"].map(|text| {
            let mut delta = delta.clone();
            delta["content"] = text.into();
            piece(delta, json!({}))
        });
        check(&pieces);
    }
}

#[test]
fn more_arguments_of_a_call_are_a_text_too() {
    let more = |text: &str| {
        let call = json!({ "index": 3, "function": { "arguments": text } });
        piece(json!({ "tool_calls": [call] }), json!({}))
    };
    let mut template = Template::default();
    let json = more("{\"a\": ");
    template.learn(&json, &serde_json::from_str(&json).unwrap());
    let place = Place::Arguments(Some(3));
    assert_eq!(template.text(&more("\"\n")), Some((place, "\"\n".into())));
    assert_eq!(template.text(&more("b")), Some((place, "b".into())));
    assert_eq!(template.text(&more("").replace(":3", ":4")), None);
}

#[test]
fn two_texts_at_once_are_not_taken_for_one() {
    let mut template = Template::default();
    let json = piece(json!({ "content": "a" }), json!({}));
    template.learn(&json, &serde_json::from_str(&json).unwrap());
    assert_eq!(template.text(&json), Some((Place::Content, "a".into())));
    for inside in ["a\",\"role\":\"x", "a\\", "\u{1}", "\\ud800", "\""] {
        let other = json.replace("\"a\"", &format!("\"{inside}\""));
        assert_eq!(template.text(&other), None, "{other}");
    }
    assert_eq!(
        template.text(&json.replace("\"a\"", "\"b\\n\"")),
        Some((Place::Content, "b\n".into()))
    );
    // The head and the tail do not overlap.
    assert_eq!(template.text(&json.replace("\"a\"", "\"")), None);
    assert_eq!(template.text(""), None);
}

/// A piece of a stream: mostly such as differ in their text alone, and sometimes another.
fn any_piece() -> impl Strategy<Value = String> {
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
    let beside = prop_oneof![
        4 => Just(json!({ "logprobs": null })),
        1 => Just(json!({ "finish_reason": "tool_calls" })),
    ];
    (delta, beside).prop_map(|(delta, beside)| piece(delta, beside))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_pieces_are_read_as_if_each_were_the_first(
        pieces in prop::collection::vec(any_piece(), 0..12),
    ) {
        check(&pieces);
    }
}
