//! Fields that only some providers and programs write: kept or reported.

use serde_json::json;

use super::{call, calls, check, result};

#[test]
fn unusual_user_parts_are_kept() {
    let parts = json!([
        { "type": "input_audio", "input_audio": "AAAA" },
        { "type": "text", "text": "a", "cache_control": { "type": "ephemeral" } },
        { "type": "text", "text": "b", "prompt_cache_breakpoint": {} },
        { "type": "image_url", "image_url": { "url": "u", "detail": "low", "format": "png" } },
        { "type": "image_url", "image_url": "u", "cache_control": {} },
        { "type": "text", "text": 5 },
    ]);
    let history = json!([{ "role": "user", "content": parts }]);
    check(history.clone(), &[], history);
    check(
        json!([{ "role": "user", "content": [
            { "type": "text", "text": "a", "image_url": null },
            { "type": "input_text", "text": "b", "cache_control": {} },
            { "type": "text", "text": null },
        ] }]),
        &["message 0: part of type `text` dropped: not supported"],
        json!([{ "role": "user", "content": [
            { "type": "text", "text": "a" },
            { "type": "text", "text": "b", "cache_control": {} },
        ] }]),
    );
}

#[test]
fn unusual_parts_of_other_roles_are_reported() {
    let cached = json!([{ "type": "text", "text": "a", "cache_control": {} }]);
    let left = "field `text.cache_control` dropped: not supported";
    check(
        json!([
            { "role": "system", "content": cached },
            calls([call("x", "t", "{}")]),
            { "role": "tool", "tool_call_id": "x", "content": cached },
        ]),
        &[&format!("message 0: {left}"), &format!("message 2: {left}")],
        json!([
            { "role": "system", "content": "a" },
            calls([call("x", "t", "{}")]),
            result("x", "a"),
        ]),
    );
}

#[test]
fn dropped_fields_of_assistant_parts_are_reported() {
    let left = |field| format!("message 0: field `{field}` dropped: not supported");
    let left = ["thinking.signature", "thinking.id", "text.annotations", "refusal.code"].map(left);
    check(
        json!([{ "role": "assistant", "content": [
            { "type": "thinking", "thinking": "Hm.", "signature": "s", "closed": null },
            { "type": "thinking", "thinking": [{ "type": "text", "text": " So.", "id": 1 }] },
            { "type": "text", "text": "a", "annotations": [{ "type": "url_citation" }] },
            { "type": "refusal", "refusal": "No.", "code": 3 },
        ] }]),
        &left.each_ref().map(|left| &**left),
        json!([{ "role": "assistant", "content": "a", "refusal": "No.",
                 "reasoning_content": "Hm. So." }]),
    );
}

#[test]
fn custom_calls_become_function_calls() {
    let custom = json!({ "name": "sh", "input": "ls", "namespace": "n", "arguments": "x" });
    let function = json!({ "name": "sh", "arguments": "{\"input\":\"ls\"}", "namespace": "n" });
    check(
        json!([
            calls([json!({ "id": "a", "type": "custom", "custom": custom, "caller": 1 })]),
            result("a", "x"),
        ]),
        &[
            "message 0: field `custom.arguments` dropped: not supported",
            "message 0: custom tool call \"sh\" converted to a function call",
        ],
        json!([
            calls([json!({ "id": "a", "type": "function", "function": function, "caller": 1 })]),
            result("a", "x"),
        ]),
    );
}

#[test]
fn audio_of_the_model_is_kept() {
    let history = json!([
        { "role": "assistant", "content": null,
          "audio": { "id": "audio_1", "data": "AAAA", "transcript": "Hi." } },
        { "role": "assistant", "content": "Hi.", "audio": { "id": "audio_2" } },
    ]);
    check(history.clone(), &[], history);
}

#[test]
fn result_after_another_message_is_found_by_its_id() {
    let called = calls([call("x", "t", "{}")]);
    check(
        json!([called, { "role": "system", "content": "note" }, result("x", "42")]),
        &["message 2: result moved after its call `x`"],
        json!([called, result("x", "42"), { "role": "system", "content": "note" }]),
    );
}
