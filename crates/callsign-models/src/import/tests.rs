use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

use callsign_types::content::{Content, Part};
use callsign_types::message::Message;
use callsign_types::messages::Messages;
use callsign_types::tool_status::ToolCallStatus;
use flate2::read::GzDecoder;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::export::export_messages;
use super::history::{Imported, import_json, import_messages};

mod unusual;

/// Checks the requirements of providers on the exported JSON, independently of the implementation.
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
        let sent = ["content", "refusal", "audio"].map(|name| &message[name]);
        let has_content = sent.iter().any(|sent| !sent.is_null());
        assert!(has_content || !calls.is_empty(), "empty message: {message}");
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

/// Imports a history, and checks the properties of every import.
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

/// Checks the report and the export of an imported history.
#[track_caller]
fn check(history: Value, report: &[&str], exported: Value) {
    let imported = import(&history);
    let reported: Vec<_> =
        imported.report.iter().map(|(at, repair)| format!("message {at}: {repair}")).collect();
    assert_eq!(reported, report);
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
fn valid_history_is_unchanged() {
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
fn function_calls_become_tool_calls() {
    let function = json!({ "name": "t", "arguments": "{\"x\":1}" });
    let request = json!({ "role": "assistant", "content": null, "function_call": function });
    let response = json!({ "role": "function", "name": "t", "content": "one" });
    check(
        json!([user("a"), request, response, request, response]),
        &[
            "message 1: call id `` changed to `c00000000`",
            "message 3: call id `` changed to `c00000001`",
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
fn results_are_assigned_to_their_calls() {
    let both = calls([call("a", "t", "{}"), call("b", "u", "{}")]);
    let settled = json!([both, result("a", "one"), result("b", "two")]);
    check(
        json!([both, result("b", "two"), result("a", "one")]),
        &[
            "message 1: result moved after its call `b`",
            "message 2: result moved after its call `a`",
        ],
        settled.clone(),
    );
    let nameless = |name: &str, content: &str| json!({ "role": "tool", "name": name, "content": content, "tool_call_id": null });
    check(
        json!([both, nameless("u", "two"), nameless("v", "one")]),
        &[
            "message 1: result without an id matched to call `b`",
            "message 1: result moved after its call `b`",
            "message 2: field `name` dropped: not supported",
            "message 2: result without an id matched to call `a`",
            "message 2: result moved after its call `a`",
        ],
        settled,
    );
    check(
        json!([result("x", "stray"), both, result("a", "one"), result("a", "again"), user("?")]),
        &[
            "message 0: dropped: result without a call (`x`)",
            "message 1: call `b` has no result: placeholder added",
            "message 3: dropped: result without a call (`a`)",
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
fn ids_names_and_arguments_are_repaired() {
    let unexpected = calls([
        call(Value::Null, "t", json!({ "x": 1 })),
        call("a", "get flight!", "{'x': 1}"),
        call(7, "", ""),
        call("a", "t", Value::Null),
    ]);
    let imported = import(&json!([unexpected]));
    let reported: Vec<_> =
        imported.report.iter().map(|(at, repair)| format!("message {at}: {repair}")).collect();
    let kinds = [
        "message 0: call id `` changed to `c00000000`",
        "message 0: tool name \"get flight!\" changed to `get_flight_`",
        "message 0: arguments \"{'x': 1}\" are not a JSON object: replaced by an empty one",
        "message 0: tool name \"\" changed to `unnamed`",
        "message 0: call id `a` changed to `c00000003`",
    ];
    for kind in kinds {
        assert!(reported.iter().any(|reported| reported == kind), "{kind} is not in {reported:#?}");
    }
    let Some(Message::Assistant(message)) = imported.messages.get(0) else { unreachable!() };
    let ids: Vec<_> = message.tool_calls.iter().map(|call| &*call.id).collect();
    assert_eq!(ids, ["c00000000", "a", "7", "c00000003"]);
    let arguments: Vec<_> = message.tool_calls.iter().map(|call| &*call.arguments).collect();
    assert_eq!(arguments, ["{\"x\":1}", "{}", "{}", "{}"]);
}

#[test]
fn every_form_of_content_is_read() {
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
    let Message::Assistant(sent) = &messages[2] else { unreachable!() };
    assert_eq!((&*sent.text, &*sent.reasoning, &sent.refusal), ("c", "Hm.", &None));
    assert_eq!(sent.extra["content"], json!([{ "type": "output_audio", "id": 1 }]));
    assert_eq!(messages[4], Message::tool("x", Content::from("d")));
}

#[test]
fn dropped_fields_and_messages_are_reported() {
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
            "message 0: field `name` dropped: not supported",
            "message 0: content is neither a string nor an array: converted to JSON text",
            "message 1: dropped: not an object",
            "message 2: dropped: unknown role `narrator`",
            "message 3: dropped: empty message",
            "message 4: dropped: empty message",
            "message 5: role `human` changed to `user`",
            "message 5: part of type `` dropped: not supported",
            "message 6: part of type `image_url` dropped: not supported",
            "message 6: dropped: empty message",
            "message 7: role `` changed to `assistant`",
            "message 7: tool call dropped: not an object",
        ],
        json!([
            user("{\"a\":1}"),
            { "role": "user", "content": [{ "type": "text", "text": "b", "cache_control": {} }] },
            { "role": "assistant", "content": "c" },
        ]),
    );
}

#[test]
fn call_without_a_result_stays_not_run() {
    let imported = import(&json!([calls([call("a", "t", "{}")])]));
    let again = import(&export_messages(&imported.messages));
    let Some(Message::Tool(result)) = again.messages.get(1) else { unreachable!() };
    assert_eq!(result.status, ToolCallStatus::NotRun);
}

#[test]
fn invalid_histories_are_rejected() {
    for history in ["", "{", "3", "{}", "{\"messages\":null}", "\"a\""] {
        assert!(import_json(history).expect_err("no history").is_configuration(), "{history}");
    }
    assert_eq!(import_json("[]").expect("empty"), Imported::default());
}

/// Values of unexpected types.
fn unexpected() -> impl Strategy<Value = Value> {
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

/// An object with some of these fields, whose values are of these or of unexpected types.
fn object(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| {
            let value = prop_oneof![4 => value, 1 => unexpected()];
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
        || object(vec![("name", names()), ("arguments", texts()), ("more", unexpected().boxed())]);
    let call = object(vec![
        ("id", ids()),
        ("function", function()),
        ("custom", unexpected().boxed()),
        ("name", names()),
        ("index", unexpected().boxed()),
        ("more", unexpected().boxed()),
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
        ("refusal", unexpected().boxed()),
        ("audio", select(vec![json!({ "id": "audio_1", "data": "d" }), Value::Null]).boxed()),
        ("reasoning_content", unexpected().boxed()),
        ("reasoning", unexpected().boxed()),
        ("more", unexpected().boxed()),
    ]);
    prop::collection::vec(prop_oneof![20 => message, 1 => unexpected()], 0..9)
        .prop_map(Value::Array)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn repaired_history_needs_no_further_repair(history in any_history()) {
        import(&history);
    }
}

#[test]
fn every_recorded_history_is_imported() {
    let name = "every_recorded_history_is_imported";
    let Some(path) = callsign_testkit::shared_file(name, "interactions.jsonl.gz") else { return };
    let file = GzDecoder::new(File::open(path).expect("readable"));
    let (mut count, mut untouched) = (0, 0);
    let mut reported = BTreeMap::new();
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
        for (_, repair) in imported.report {
            let kind = format!("{repair:?}");
            *reported.entry(kind.split(' ').next().unwrap_or_default().to_owned()).or_insert(0) +=
                1;
        }
    }
    println!("{count} histories, {untouched} of them with nothing to repair; else {reported:#?}");
    assert!(count > 1000, "so few histories were there");
}

#[test]
fn names_are_kept_or_reported() {
    let call = |id| {
        let function = json!({ "name": "find", "arguments": "{}" });
        json!({ "id": id, "type": "function", "function": function })
    };
    check(
        json!([
            { "role": "user", "content": "Who?" },
            { "role": "assistant", "name": "Ada", "content": "", "tool_calls": [call("1")] },
            { "role": "tool", "tool_call_id": "1", "name": "find", "content": "a" },
            { "role": "assistant", "name": "Ada", "content": "Me." },
            { "role": "assistant", "name": "Ada", "content": "", "tool_calls": [call("2")] },
            { "role": "tool", "tool_call_id": "2", "name": "search", "content": "b" },
        ]),
        &["message 5: field `name` dropped: not supported"],
        json!([
            user("Who?"),
            { "role": "assistant", "name": "Ada", "content": null, "tool_calls": [call("1")] },
            { "role": "tool", "tool_call_id": "1", "content": "a" },
            { "role": "assistant", "name": "Ada", "content": "Me." },
            { "role": "assistant", "name": "Ada", "content": null, "tool_calls": [call("2")] },
            { "role": "tool", "tool_call_id": "2", "content": "b" },
        ]),
    );
}
