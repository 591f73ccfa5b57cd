//! The journal format: every version that was released stays readable.
use callsign_core::journal::Journal;
use callsign_testkit::check_sendable;
use callsign_types::content::Part;
use callsign_types::journal::entry::{Entry, FORMAT};
use callsign_types::tool_status::ToolCallStatus;

/// A journal of format 1 with every kind of entry. It never changes. A format that cannot read it
/// needs another number and its own fixture.
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

/// A journal of format 2 with the additions of that format: policies, approvals, waiting calls,
/// handoffs, truncated results, metadata, structured output, budgets. The fingerprint is that of
/// the approved call.
const FORMAT_2: &str = r#"{"entry":"created","format":2,"key":"0123456789abcdef0123456789abcdef"}
{"entry":"run_started","at":1790000000000,"limits":{"turns":50,"tool_calls":500,"time":1800000,"tool_timeout":60000,"tool_concurrency":32,"tool_faults":3,"tokens":9000,"money":2500000000,"result_bytes":2000,"answer_retries":1},"tools":[{"name":"pay","schema":"00000000deadbeef","approval":true,"sequential":true},{"name":"ask","schema":"00000000cafebabe","repeatable":true}],"policy":true,"answer":"schema"}
{"entry":"user","message":{"content":"Pay Ada and Bob, and ask Carl."}}
{"entry":"assistant","message":{"tool_calls":[{"id":"a","name":"pay","arguments":"{'to':'Ada'}"},{"id":"b","name":"pay","arguments":"{\"to\":\"Bob\"}"},{"id":"c","name":"ask","arguments":"{}"},{"id":"d","name":"pay","arguments":"{}"}]},"finish_reason":"tool_calls","usage":{"input_tokens":120,"output_tokens":30},"is_estimated":true,"cost":150000}
{"entry":"mended","call":0,"arguments":"{\"to\":\"Ada\"}"}
{"entry":"judged","call":0,"verdict":"allowed"}
{"entry":"judged","call":1,"verdict":{"denied":"Bob is not to be paid."}}
{"entry":"judged","call":2,"verdict":"approved","arguments":"{\"deep\":true}"}
{"entry":"judged","call":3,"verdict":{"asked":"No payee."}}
{"entry":"result","call":1,"outcome":"denied","content":"Denied, and not run: Bob is not to be paid."}
{"entry":"waiting","call":2,"requests":[{"conversation":"child","call":0,"tool":"dig","arguments":"{}","reason":"deep","fingerprint":"f0","via":[{"conversation":"other","call":1}]}],"spent":{"usage":{"input_tokens":2,"output_tokens":1},"is_estimated":true}}
{"entry":"taken","upto":2,"messages":[],"decisions":[{"call":0,"fingerprint":"FINGERPRINT","answer":{"decision":"approved","arguments":"{\"to\":\"Ada L.\"}"}},{"call":2,"fingerprint":"f0","answer":{"decision":"denied","reason":"no"}}]}
{"entry":"started","call":0}
{"entry":"result","call":0,"outcome":"answered","content":"paid","shown":3,"private":{"receipt":7}}
{"entry":"result","call":2,"outcome":"answered","content":"asked","spent":{"usage":{"input_tokens":5,"output_tokens":6},"cost":11}}
{"entry":"handed_off","to":"billing","instructions":"You bill.","tools":[{"name":"bill","schema":"0"}],"policy":true,"message":{"content":"Bill Ada."}}
{"entry":"user","message":{"content":"Go on."}}
{"entry":"result","call":3,"outcome":"withdrawn","content":"Withdrawn."}
{"entry":"answer_format","format":"tool"}
{"entry":"assistant","message":{"text":"Billed."},"finish_reason":"stop"}
{"entry":"rejected","reason":"`a` is missing"}
{"entry":"too_long"}
{"entry":"assistant","message":{"text":"Billed, mended."},"finish_reason":"stop"}
{"entry":"user","message":{"content":"Thanks."}}
{"entry":"compacted","compaction":{"by":"clear_results","before":1}}
{"entry":"spent","spent":{"usage":{"input_tokens":3,"output_tokens":1}}}
{"entry":"compacted","compaction":{"by":"replace","before":1,"summary":"Ada is billed."},"spent":{"usage":{"input_tokens":1,"output_tokens":1}}}
{"entry":"taken","upto":3,"messages":[],"late":[{"key":"0123456789abcdef0123456789abcdef","call":3,"tool":"pay","outcome":"answered","content":"paid \"late\"","private":{"receipt":8}},{"key":"0123456789abcdef0123456789abcdef","call":4,"tool":"pay","outcome":"answered","content":"paid","shown":3}]}
{"entry":"limit_reached","limit":"tokens"}"#;

/// A journal of format 3 with the addition of that format: a run with the limits of the previous
/// run does not repeat them.
const FORMAT_3: &str = r#"{"entry":"created","format":3,"key":"0123456789abcdef0123456789abcdef"}
{"entry":"run_started","at":1790000000000,"limits":{"turns":7,"tool_calls":500,"time":1800000,"tool_timeout":60000,"tool_concurrency":32,"tool_faults":3}}
{"entry":"user","message":{"content":"Hello?"}}
{"entry":"assistant","message":{"text":"Hello."},"finish_reason":"stop"}
{"entry":"run_started","at":1790000000001}
{"entry":"user","message":{"content":"Bye."}}
{"entry":"assistant","message":{"text":"Bye."},"finish_reason":"stop"}
{"entry":"run_started","at":1790000000002,"limits":{"turns":8,"tool_calls":500,"time":1800000,"tool_timeout":60000,"tool_concurrency":32,"tool_faults":3}}"#;

const FINGERPRINT: &str = "d7d4f7bea0ab46a325f1f98e572f73c76dcb2d160c594e95206755669bb82576";

/// Returns the entries of a fixture, and checks that they are serialized unchanged.
fn read(text: &str) -> Vec<Entry> {
    let entries: Vec<Entry> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (entry, line) in entries.iter().zip(text.lines()) {
        assert_eq!(serde_json::to_string(entry).unwrap(), line);
    }
    assert_eq!(entries.len(), text.lines().count());
    entries
}

fn contents(journal: &Journal) -> Vec<String> {
    let messages = journal.transcript.messages();
    check_sendable(messages).unwrap();
    messages.iter().map(|m| format!("{}: {}", m.role(), m.text())).collect()
}

/// The kinds of errors in all formats.
const ERROR_KINDS: &str = r#"
"configuration" "authentication" "not_found" "exists" "invalid_request"
"unsupported_parameter" "context_length" "rate_limited" "quota_exhausted" "retired"
"content_filtered" "length" "tool" "invalid_answer" "paused" "settled" "cancelled"
"timeout" "transport" "protocol" "unfinished" "server" "store" "conflict" "held"
{"limit":"turns"} {"limit":"tool_calls"} {"limit":"time"} {"limit":"tokens"}
{"limit":"money"}"#;

#[test]
fn error_kinds_are_read_and_written_unchanged() {
    for kind in ERROR_KINDS.split_whitespace() {
        read(&format!(r#"{{"entry":"failed","kind":{kind},"message":"gone"}}"#));
    }
}

#[test]
fn current_format_has_a_fixture() {
    assert_eq!(FORMAT, 3, "a new format needs its own fixture here");
}

#[test]
fn format_3_is_read_and_written_unchanged() {
    let entries = read(FORMAT_3);
    let turns = |upto: usize| Journal::read(&entries[..upto]).state.limits().max_turns;
    assert_eq!([turns(2), turns(5), turns(7), turns(8)], [7, 7, 7, 8]);
    let journal = Journal::read(&entries);
    assert_eq!(journal.state.format(), 3);
    assert_eq!(
        contents(&journal),
        ["user: Hello?", "assistant: Hello.", "user: Bye.", "assistant: Bye."]
    );
}

#[test]
fn format_2_is_read_and_written_unchanged() {
    let entries = read(&FORMAT_2.replace("FINGERPRINT", FINGERPRINT));
    let journal = Journal::read(&entries);
    assert_eq!(journal.state.format(), 2);
    assert_eq!(journal.state.agent().map(|agent| &**agent), Some("billing"));
    assert_eq!(journal.state.instructions().map(|text| &**text), Some("You bill."));
    assert_eq!(journal.state.tools()[0].name, "bill");
    assert_eq!(journal.state.usage().total_tokens(), 170);
    assert_eq!(
        contents(&journal),
        [
            "user: [Summary of the conversation before this]\nAda is billed.",
            "user: Go on.",
            "assistant: Billed.",
            "user: Your answer is not what was asked for: `a` is missing. Fix it and answer again.",
            "assistant: Billed, mended.",
            "user: Thanks.",
            "user: [Not from the user: the call c00000003 of `pay`, whose outcome was unknown, has \
             finished. Its result, as a JSON string: \"paid \\\"late\\\"\"]",
            "user: [Not from the user: the call c00000004 of `pay`, whose outcome was unknown, has \
             finished. Its result, as a JSON string: \"pai\\n[truncated: 3 of 4 \
             bytes shown; request less]\"]"
        ]
    );
    // Up to the use of the approval, results are in the order of the calls.
    let approved = Journal::read(&entries[..15]);
    assert!(approved.state.approvals(&"c".into()).len() == 1, "one call still waits");
    let messages = approved.messages();
    check_sendable(&messages).unwrap();
    let texts: Vec<_> = messages.iter().map(|m| m.text().into_owned()).collect();
    assert!(texts[2].starts_with("pai") && !texts[2].starts_with("paid"), "only 3 bytes are shown");
    assert_eq!(texts[3..5], ["Denied, and not run: Bob is not to be paid.", "asked"]);
}

#[test]
fn format_1_is_read_and_written_unchanged() {
    let entries = read(FORMAT_1);
    let journal = Journal::read(&entries);
    assert_eq!(journal.state.length(), FORMAT_1.lines().count() as u64);
    assert_eq!(journal.state.format(), 1);
    assert_eq!(journal.state.instructions().map(|text| &**text), Some("You find flights."));
    let texts = contents(&journal);
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
fn parts_with_unknown_fields_are_kept_unchanged() {
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
fn serialized_names_of_statuses_are_stable() {
    use ToolCallStatus::{
        Cancelled, Denied, Error, Failed, Fatal, InvalidArguments, NotRun, OutputAccepted,
        Panicked, RetryRequested, Success, Superseded, TimedOut, Unknown, UnknownTool,
    };
    for (outcome, name) in [
        (Success, "answered"),
        (Error, "told"),
        (RetryRequested, "retry"),
        (Failed, "failed"),
        (Fatal, "fatal"),
        (UnknownTool, "unknown_tool"),
        (InvalidArguments, "invalid_arguments"),
        (Panicked, "panicked"),
        (TimedOut, "timed_out"),
        (Cancelled, "cancelled"),
        (Unknown, "unknown"),
        (NotRun, "not_run"),
        (Denied, "denied"),
        (Superseded, "withdrawn"),
        (OutputAccepted, "accepted"),
    ] {
        assert_eq!(serde_json::to_value(outcome).unwrap(), name);
    }
}
