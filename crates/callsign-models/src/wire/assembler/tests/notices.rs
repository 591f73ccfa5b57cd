//! Events of a stream that are not chunks: pings, notices and error reports.

use super::*;

/// Assembles a complete stream with this event, named `name`, between its chunks.
fn with_event(name: &str, data: &str) -> Result<Assembled, ResponseError> {
    let mut assembler = assembler();
    let mut events = Vec::new();
    let hello = delta(&json!({ "content": "Hello" })).to_string();
    let stop = end("stop").to_string();
    for (name, data) in
        [("message", &*hello), (name, data), ("message", &stop), ("message", "[DONE]")]
    {
        assembler.push_event(name, data, &mut events)?;
    }
    assembler.finish(EndOfInput::ConnectionClosed, false, &mut events)?;
    Ok(Assembled::from_events(events))
}

const NOTICES: [(&str, &str); 19] = [
    ("message", r#"{"type":"ping","detail":"still working"}"#),
    ("message", r#"{"type":"heartbeat","detail":{"waited":3}}"#),
    ("message", r#"{"type":"queue","message":"position","code":1024}"#),
    ("message", r#"{"type":"queue","message":"position","status":"600"}"#),
    ("message", r#"{"code":"SUCCESS","message":"queued"}"#),
    ("message", r#"{"type":"keep-alive","message":"still processing"}"#),
    ("message", r#"{"message":"still processing"}"#),
    ("message", r#"{"status":"processing","message":"queued","code":200}"#),
    ("message", r#"{"status":"ok","message":"alive","error":null}"#),
    ("message", r#"{"type":"ping"}"#),
    ("message", "{}"),
    ("message", "ping"),
    ("message", "PING 2026-01-01T00:00:00Z"),
    ("message", "still processing, please wait"),
    ("message", "\"ping\""),
    ("message", "null"),
    ("message", "1"),
    ("ping", r#"{"type":"ping"}"#),
    ("heartbeat", "2026-01-01 00:00:00"),
];

#[test]
fn pings_and_notices_are_skipped() {
    for (name, data) in NOTICES {
        let response = with_event(name, data).unwrap_or_else(|error| panic!("{data}: {error:?}"));
        assert_eq!(response.text, "Hello", "{data}");
        assert_eq!(response.finished().extra, Map::new(), "{data}");
    }
}

#[test]
fn error_reports_at_the_root_are_errors() {
    for data in [
        r#"{"object":"error","message":"too long","type":"BadRequestError","code":400}"#,
        r#"{"message":"too long","type":"invalid_request_error"}"#,
        r#"{"message":"too long","code":"context_length_exceeded"}"#,
        r#"{"message":"too long","code":"invalid_api_key"}"#,
        r#"{"message":"too long","status":413}"#,
        r#"{"message":"too long","statusCode":"500"}"#,
        r#"{"message":"too long","success":false}"#,
        r#"{"status":"failed","message":"too long"}"#,
        r#"{"detail":"too long"}"#,
        r#"{"type":"ping","detail":"too long","status":503}"#,
        r#"{"message":"too long","code":599}"#,
    ] {
        let error = with_event("message", data).unwrap_err();
        assert!(matches!(error, ResponseError::Reported(_)), "{data}: {error:?}");
    }
}

#[test]
fn notice_is_reported_if_the_stream_breaks_after_it() {
    let hello = delta(&json!({ "content": "Hello" }));
    for data in [
        r#"{"message":"Too many tokens."}"#,
        "upstream connect error or disconnect",
        "Error while processing the request",
        "\u{670d}\u{52a1}\u{5668}\u{7e41}\u{5fd9}",
    ] {
        let chunks = [hello.clone(), data.into()];
        let error = assemble(&chunks, EndOfInput::ConnectionClosed).unwrap_err();
        assert!(matches!(error, ResponseError::Reported(_)), "{data}: {error:?}");
    }
    for data in ["ping", r#"{"type":"keep-alive","message":"still processing"}"#, "null"] {
        let error = assemble(&[hello.clone(), data.into()], EndOfInput::ConnectionClosed);
        assert!(matches!(error, Err(ResponseError::Incomplete)), "{data}: {error:?}");
    }
}

#[test]
fn broken_chunk_is_not_a_ping() {
    for data in [
        "[]",
        "{\"choices\":{}}",
        "{\"choices\":[{\"delta\":{\"tool_calls\":1}}]}",
        "\"choices\":[{\"delta\":{\"content\":\"x\"}}]}",
        "{\"choices\":[{\"delta\":{\"content\":\"x\"}}]}}",
        "x\"}}]}",
    ] {
        let error = with_event("message", data).unwrap_err();
        assert!(matches!(error, ResponseError::Malformed(..)), "{data}: {error:?}");
    }
    let error = with_event("message", "{\"choices\":[{\"delta\":{\"con").unwrap_err();
    assert!(matches!(error, ResponseError::Incomplete), "{error:?}");
}
