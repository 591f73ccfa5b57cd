//! The journal's format: entries that were written once can be read for ever.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use callsign_core::journal::Journal;
use callsign_core::journal::entry::{Entry, FORMAT};
use callsign_core::words::content::Part;
use callsign_core::words::result::CallOutcome;
use callsign_testkit::check_sendable;

/// A journal of format 1 with every kind of entry. This text is never changed: a format that
/// cannot read it any more has another number, and a text of its own beside this.
const FORMAT_1: &str = r#"{"entry":"created","format":1,"key":"0123456789abcdef0123456789abcdef"}
{"entry":"history","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","url":"https://example.com/a.png"}]},{"role":"assistant","text":"A map.","reasoning":"It has roads."}]}
{"entry":"run_started","at":1790000000000,"limits":{"turns":50,"tool_calls":500,"time":1800000,"tool_timeout":60000,"tool_concurrency":32,"tool_faults":3},"instructions":"You find flights.","tools":[{"name":"find","schema":"00000000deadbeef","repeatable":true},{"name":"book","schema":"00000000cafebabe","concurrency":1}]}
{"entry":"user","message":{"content":"Find one and book it."}}
{"entry":"assistant","message":{"text":"Let me see.","tool_calls":[{"id":"a","name":"find","arguments":"{\"to\":\"Porto\"}"},{"id":"c00000001","name":"book","arguments":"{broken"}]},"finish_reason":"tool_calls","usage":{"input_tokens":120,"output_tokens":30,"cached_input_tokens":100},"response_id":"r1","model":"m"}
{"entry":"started","call":1}
{"entry":"result","call":1,"outcome":"invalid_arguments","content":"The arguments are not valid."}
{"entry":"taken","upto":1,"messages":[{"content":"A cheap one."}]}
{"entry":"result","call":0,"outcome":"answered","content":"TP 1"}
{"entry":"assistant","message":{"tool_calls":[{"id":"b","name":"book","arguments":"{}","extra":{"extra_content":{"signature":"x"}}}]},"finish_reason":null}
{"entry":"cancelled","partial_text":"I was"}
{"entry":"run_started","at":1790000001000,"limits":{"turns":1,"tool_calls":1,"time":1,"tool_timeout":1,"tool_concurrency":1,"tool_faults":1}}
{"entry":"result","call":2,"outcome":"not_run","content":"Not run."}
{"entry":"failed","kind":{"limit":"turns"},"message":"gone","partial_text":"Wel"}
{"entry":"failed","kind":"transport","message":"gone"}
{"entry":"out_of_time","partial_text":"Hm"}
{"entry":"out_of_time"}
{"entry":"cancelled"}"#;

#[test]
fn format_1_is_read_and_written_to_the_letter() {
    assert_eq!(FORMAT, 1, "a new format needs a text of its own here");
    let entries: Vec<Entry> =
        FORMAT_1.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (entry, line) in entries.iter().zip(FORMAT_1.lines()) {
        assert_eq!(serde_json::to_string(entry).unwrap(), line);
    }
    let journal = Journal::read(&entries);
    assert_eq!(journal.state.length(), FORMAT_1.lines().count() as u64);
    assert_eq!(journal.state.format(), 1);
    assert_eq!(journal.state.instructions().map(|text| &**text), Some("You find flights."));
    let messages = journal.transcript.messages();
    check_sendable(messages).unwrap();
    let texts: Vec<_> = messages.iter().map(|m| format!("{}: {}", m.role(), m.text())).collect();
    let expected = [
        "system: Be brief.",
        "user: What is this?",
        "assistant: A map.",
        "user: Find one and book it.",
        "assistant: Let me see.",
        "tool: TP 1",
        "tool: The arguments are not valid.",
        "user: A cheap one.",
        "assistant: ",
        "tool: Not run.",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn parts_with_fields_of_their_own_are_kept_as_they_are() {
    for (json, text) in [
        (r#"{"type":"text","text":"a"}"#, Some("a")),
        (r#"{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}"#, Some("a")),
        (r#"{"type":"image_url","url":"https://example.com/a.png"}"#, None),
        (r#"{"type":"image_url","url":"u","detail":"low","more":1}"#, None),
        (r#"{"type":"video","url":"u"}"#, None),
    ] {
        let part: Part = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&part).unwrap(), json);
        assert_eq!(part.as_text(), text);
    }
}

#[test]
fn outcomes_have_names_that_stay() {
    use CallOutcome::{
        Answered, Cancelled, Failed, Fatal, InvalidArguments, NotRun, Panicked, Retry, TimedOut,
        Told, Unknown, UnknownTool,
    };
    for (outcome, name) in [
        (Answered, "answered"),
        (Told, "told"),
        (Retry, "retry"),
        (Failed, "failed"),
        (Fatal, "fatal"),
        (UnknownTool, "unknown_tool"),
        (InvalidArguments, "invalid_arguments"),
        (Panicked, "panicked"),
        (TimedOut, "timed_out"),
        (Cancelled, "cancelled"),
        (Unknown, "unknown"),
        (NotRun, "not_run"),
    ] {
        assert_eq!(serde_json::to_value(outcome).unwrap(), name);
    }
}
