use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

use callsign_core::words::content::{Content, Part};
use callsign_core::words::message::Message;
use callsign_core::words::messages::Messages;
use callsign_core::words::result::CallOutcome;
use flate2::read::GzDecoder;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::export::export_messages;
use super::history::{Imported, import_json, import_messages};

mod unusual;

/// What services insist on, counted anew from the wire's JSON.
fn check_sendable(messages: &Messages) {
    let mut ids = Vec::new();
    let mut open: Vec<String> = Vec::new();
    for message in export_messages(messages).as_array().expect("a list") {
        if message["role"] == "tool" {
            assert!(!open.is_empty(), "the result of no call: {message}");
            assert_eq!(message["tool_call_id"], open.remove(0), "{message}");
            continue;
        }
        assert!(open.is_empty(), "{open:?} have no result before {message}");
        let calls = message["tool_calls"].as_array().cloned().unwrap_or_default();
        let said = ["content", "refusal", "audio"].map(|name| &message[name]);
        let says = said.iter().any(|said| !said.is_null());
        assert!(says || !calls.is_empty(), "says nothing: {message}");
        for call in &calls {
            let id = call["id"].as_str().expect("an id").to_owned();
            assert!(!id.is_empty() && !ids.contains(&id), "not unique: {call}");
            let name = call["function"]["name"].as_str().expect("a name");
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            assert!((1..=64).contains(&name.len()) && name.chars().all(allowed), "{call}");
            let arguments = call["function"]["arguments"].as_str().expect("a text");
            serde_json::from_str::<Map<String, Value>>(arguments).expect("an object");
            ids.push(id.clone());
            open.push(id);
        }
    }
    assert!(open.is_empty(), "{open:?} have no result");
}

/// Imports it, and checks what holds of every import.
#[track_caller]
fn import(history: &Value) -> Imported {
    let imported = import_messages(history).expect("a list");
    check_sendable(&imported.messages);
    assert_eq!(import_json(&history.to_string()).expect("a list"), imported, "not deterministic");
    let again = import_messages(&export_messages(&imported.messages)).expect("a list");
    assert_eq!(again.report, [], "of {}", export_messages(&imported.messages));
    assert_eq!(again.messages, imported.messages, "not idempotent");
    imported
}

/// The history is imported with this report, and exported as this.
#[track_caller]
fn check(history: Value, report: &[&str], exported: Value) {
    let imported = import(&history);
    let told: Vec<_> = imported.report.iter().map(ToString::to_string).collect();
    assert_eq!(told, report);
    assert_eq!(export_messages(&imported.messages), exported);
}

fn call(id: impl Into<Value>, name: &str, arguments: impl Into<Value>) -> Value {
    let function = json!({ "name": name, "arguments": arguments.into() });
    json!({ "id": id.into(), "type": "function", "function": function })
}

fn calls(calls: impl IntoIterator<Item = Value>) -> Value {
    json!({ "role": "assistant", "content": null, "tool_calls": calls.into_iter().collect::<Value>() })
}

fn result(id: &str, content: &str) -> Value {
    json!({ "role": "tool", "tool_call_id": id, "content": content })
}

fn user(text: &str) -> Value {
    json!({ "role": "user", "content": text })
}

#[test]
fn a_history_that_can_be_sent_stays_as_it_is() {
    let history = json!([
        { "role": "system", "content": "Be brief." },
        { "role": "developer", "content": "Be kind." },
        { "role": "user", "content": [
            { "type": "text", "text": "What is this?" },
            { "type": "image_url", "image_url": { "url": "https://e/x.png", "detail": "low" } },
            { "type": "input_audio", "input_audio": { "data": "AAAA", "format": "wav" } },
            { "type": "audio_url", "audio_url": { "url": "https://e/x.mp3" } },
            { "type": "file", "file": { "file_id": "f" } },
        ] },
        { "role": "assistant", "content": "Let me see.", "reasoning_content": "Hm.",
          "annotations": [1], "tool_calls": [call("a", "t", "{\"x\": 1}"), {
            "id": "b", "type": "function", "extra_content": { "s": 1 },
            "function": { "name": "u", "arguments": "{}", "thought": "y" } }] },
        result("a", "one"),
        result("b", ""),
        { "role": "assistant", "content": null, "refusal": "No." },
        user("Why?"),
        { "role": "assistant", "content": "Because." },
    ]);
    check(history.clone(), &[], history.clone());
    check(json!({ "model": "m", "messages": history }), &[], history);
}

#[test]
fn the_older_calls_of_functions_become_calls_of_tools() {
    let function = json!({ "name": "t", "arguments": "{\"x\":1}" });
    let asked = json!({ "role": "assistant", "content": null, "function_call": function });
    let answered = json!({ "role": "function", "name": "t", "content": "one" });
    check(
        json!([user("a"), asked, answered, asked, answered]),
        &[
            "message 1: the id `` of a call became `c00000000`",
            "message 3: the id `` of a call became `c00000001`",
        ],
        json!([
            user("a"),
            calls([call("c00000000", "t", "{\"x\":1}")]),
            result("c00000000", "one"),
            calls([call("c00000001", "t", "{\"x\":1}")]),
            result("c00000001", "one"),
        ]),
    );
}

#[test]
fn results_find_their_calls() {
    let both = calls([call("a", "t", "{}"), call("b", "u", "{}")]);
    let settled = json!([both, result("a", "one"), result("b", "two")]);
    check(
        json!([both, result("b", "two"), result("a", "one")]),
        &[
            "message 1: the result was put behind its call `b`",
            "message 2: the result was put behind its call `a`",
        ],
        settled.clone(),
    );
    let nameless = |name: &str, content: &str| json!({ "role": "tool", "name": name, "content": content, "tool_call_id": null });
    check(
        json!([both, nameless("u", "two"), nameless("v", "one")]),
        &[
            "message 1: a result without an id was taken for that of the call `b`",
            "message 1: the result was put behind its call `b`",
            "message 2: a result without an id was taken for that of the call `a`",
            "message 2: the result was put behind its call `a`",
        ],
        settled,
    );
    check(
        json!([result("x", "stray"), both, result("a", "one"), result("a", "again"), user("?")]),
        &[
            "message 0: left out, because it is the result of no call (`x`)",
            "message 1: the call `b` has no result, and got one that says so",
            "message 3: left out, because it is the result of no call (`a`)",
        ],
        json!([
            both,
            result("a", "one"),
            result("b", "The result of this call was not carried over."),
            user("?"),
        ]),
    );
}

#[test]
fn ids_names_and_arguments_are_mended() {
    let odd = calls([
        call(Value::Null, "t", json!({ "x": 1 })),
        call("a", "get flight!", "{'x': 1}"),
        call(7, "", ""),
        call("a", "t", Value::Null),
    ]);
    let imported = import(&json!([odd]));
    let told: Vec<_> = imported.report.iter().map(ToString::to_string).collect();
    let kinds = [
        "message 0: the id `` of a call became `c00000000`",
        "message 0: the name \"get flight!\" of a call became `get_flight_`",
        "message 0: the arguments \"{'x': 1}\" of a call are no object, and became empty",
        "message 0: the name \"\" of a call became `unnamed`",
        "message 0: the id `a` of a call became `c00000003`",
    ];
    for kind in kinds {
        assert!(told.iter().any(|told| told == kind), "{kind} is not in {told:#?}");
    }
    let Some(Message::Assistant(message)) = imported.messages.get(0) else { unreachable!() };
    let ids: Vec<_> = message.tool_calls.iter().map(|call| &*call.id).collect();
    assert_eq!(ids, ["c00000000", "a", "7", "c00000003"]);
    let arguments: Vec<_> = message.tool_calls.iter().map(|call| &*call.arguments).collect();
    assert_eq!(arguments, ["{\"x\":1}", "{}", "{}", "{}"]);
}

#[test]
fn forms_of_content_that_are_in_use() {
    let imported = import(&json!([
        { "role": "system", "content": [{ "type": "text", "text": "Be " }, "brief.", null] },
        { "role": "user", "content": ["a", { "text": "b" }, { "type": "image_url", "image_url": "u" }] },
        { "role": "assistant", "content": [
            { "type": "thinking", "thinking": [{ "type": "text", "text": "Hm." }] },
            { "type": "text", "text": "c" }, { "type": "output_audio", "id": 1 } ],
          "reasoning": "Hm.", "refusal": false },
        { "role": "assistant", "tool_calls": call("x", "t", "{}") },
        { "role": "tool", "tool_call_id": "x", "content": [{ "type": "text", "text": "d" }] },
    ]));
    assert_eq!(imported.report, []);
    let messages: Vec<_> = imported.messages.iter().cloned().collect();
    assert_eq!(messages[0], Message::system("Be brief."));
    let parts = vec![Part::text("a"), Part::text("b"), Part::image_url("u")];
    assert_eq!(messages[1], Message::user(parts));
    let Message::Assistant(said) = &messages[2] else { unreachable!() };
    assert_eq!((&*said.text, &*said.reasoning, &said.refusal), ("c", "Hm.", &None));
    assert_eq!(said.extra["content"], json!([{ "type": "output_audio", "id": 1 }]));
    assert_eq!(messages[4], Message::tool("x", Content::from("d")));
}

#[test]
fn what_has_no_place_is_told() {
    check(
        json!([
            { "role": "user", "name": "Ada", "content": { "a": 1 } },
            3,
            { "role": "narrator", "content": "Meanwhile." },
            { "role": "user", "content": null },
            { "role": "assistant", "content": "", "reasoning": "Hm." },
            { "role": "human", "content": [{ "type": "text", "text": "b", "cache_control": {} }, 4] },
            { "role": "system", "content": [{ "type": "image_url", "image_url": { "url": "u" } }] },
            { "role": "", "content": "c", "tool_calls": [5] },
        ]),
        &[
            "message 0: its field `name` was left out: there is no place for it",
            "message 0: its content is neither a text nor a list, and was kept as JSON",
            "message 1: left out, because it is no object",
            "message 2: left out, because its role `narrator` is not known",
            "message 3: left out, because it says nothing",
            "message 4: left out, because it says nothing",
            "message 5: its role `human` was taken for `user`",
            "message 5: a part of kind `` was left out",
            "message 6: a part of kind `image_url` was left out",
            "message 6: left out, because it says nothing",
            "message 7: its role `` was taken for `assistant`",
            "message 7: a call was left out, because it is no object",
        ],
        json!([
            user("{\"a\":1}"),
            { "role": "user", "content": [{ "type": "text", "text": "b", "cache_control": {} }] },
            { "role": "assistant", "content": "c" },
        ]),
    );
}

#[test]
fn a_call_that_was_never_answered_stays_one() {
    let imported = import(&json!([calls([call("a", "t", "{}")])]));
    let again = import(&export_messages(&imported.messages));
    let Some(Message::Tool(result)) = again.messages.get(1) else { unreachable!() };
    assert_eq!(result.outcome, CallOutcome::NotRun);
}

#[test]
fn what_is_no_history_is_refused() {
    for history in ["", "{", "3", "{}", "{\"messages\":null}", "\"a\""] {
        assert!(import_json(history).expect_err("no history").is_configuration(), "{history}");
    }
    assert_eq!(import_json("[]").expect("empty"), Imported::default());
}

/// Values that stand where something else may be expected.
fn odd() -> impl Strategy<Value = Value> {
    select(vec![
        Value::Null,
        json!(""),
        json!("x"),
        json!(" a "),
        json!(7),
        json!(true),
        json!([]),
        json!({}),
        json!(["b", null, 3]),
        json!([{ "type": "text", "text": "t" }, { "type": "thinking", "thinking": "h" }]),
        json!([{ "type": "image_url", "image_url": { "url": "u", "detail": 1 } }, { "type": "w" }]),
        json!([{ "type": "input_audio", "input_audio": "x" }, { "text": "t", "more": 1 }]),
        json!([{ "type": "text", "text": 5 }, { "type": "refusal", "refusal": "no" }]),
        json!({ "input": 1, "name": "n", "arguments": "{\"a\":1}" }),
        json!("{\"city\": \"Porto\"}"),
        json!("{'a': 1}"),
        json!("The result of this call was not carried over."),
        json!({ "role": "user", "text": "deep", "function": { "name": "f" } }),
    ])
}

/// An object with some of these fields, which have some of these or odd values.
fn object(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| {
            let value = prop_oneof![4 => value, 1 => odd()];
            prop::option::weighted(0.7, value.prop_map(move |value| (name, value)))
        })
        .collect();
    fields
        .prop_map(|fields| {
            let fields = fields.into_iter().flatten();
            Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).collect())
        })
        .boxed()
}

fn any_history() -> impl Strategy<Value = Value> {
    let ids = || select(vec![json!("a"), json!("b"), json!("c00000001"), Value::Null]).boxed();
    let names = || select(vec![json!("t"), json!("u"), json!("a b")]).boxed();
    let texts = || select(vec![json!("Hello."), json!("{}"), json!("{\"x\":1}")]).boxed();
    let function =
        || object(vec![("name", names()), ("arguments", texts()), ("more", odd().boxed())]);
    let call = object(vec![
        ("id", ids()),
        ("function", function()),
        ("custom", odd().boxed()),
        ("name", names()),
        ("index", odd().boxed()),
        ("more", odd().boxed()),
    ]);
    let calls = prop::collection::vec(call, 0..4).prop_map(Value::Array).boxed();
    let roles = ["system", "developer", "user", "assistant", "tool", "function", "", "human"];
    let weighted = ["assistant", "tool", "assistant", "tool"];
    let roles: Vec<_> = roles.into_iter().chain(weighted).map(Value::from).collect();
    let message = object(vec![
        ("role", select(roles).boxed()),
        ("content", texts()),
        ("tool_calls", calls),
        ("function_call", function()),
        ("tool_call_id", ids()),
        ("name", names()),
        ("refusal", odd().boxed()),
        ("audio", select(vec![json!({ "id": "audio_1", "data": "d" }), Value::Null]).boxed()),
        ("reasoning_content", odd().boxed()),
        ("reasoning", odd().boxed()),
        ("more", odd().boxed()),
    ]);
    prop::collection::vec(prop_oneof![20 => message, 1 => odd()], 0..9).prop_map(Value::Array)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_history_is_mended_once_and_for_all(history in any_history()) {
        import(&history);
    }
}

#[test]
fn every_recorded_history_is_imported() {
    let name = "every_recorded_history_is_imported";
    let Some(path) = crate::shared::shared(name, "interactions.jsonl.gz") else { return };
    let file = GzDecoder::new(File::open(path).expect("readable"));
    let (mut count, mut untouched) = (0, 0);
    let mut told = BTreeMap::new();
    for line in BufReader::new(file).lines() {
        let line: Value = serde_json::from_str(&line.expect("readable")).expect("JSON");
        let body = &line["request_body"];
        let parsed = body.as_str().map(|text| serde_json::from_str(text).unwrap_or_default());
        let body: Value = parsed.unwrap_or_else(|| body.clone());
        if !body["messages"].is_array() {
            continue;
        }
        let imported = import(&body);
        count += 1;
        untouched += usize::from(imported.report.is_empty());
        for repair in imported.report {
            let kind = format!("{:?}", repair.kind);
            *told.entry(kind.split(' ').next().unwrap_or_default().to_owned()).or_insert(0) += 1;
        }
    }
    println!("{count} histories, {untouched} of them with nothing to repair; else {told:#?}");
    assert!(count > 1000, "so few histories were there");
}
