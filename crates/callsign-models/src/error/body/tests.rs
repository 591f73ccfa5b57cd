use serde_json::json;

use super::*;

fn report(message: &str, code: &str, field: &str, filtered: bool) -> ErrorReport {
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    ErrorReport {
        message: filled(message),
        code: filled(code),
        field: filled(field),
        filtered,
        ..ErrorReport::default()
    }
}

#[track_caller]
fn check(body: &str, expected: ErrorReport) {
    let mut read = ErrorReport::read(body);
    (read.kind, read.status, read.details, read.raw) = (None, None, None, Value::Null);
    assert_eq!(read, expected);
}

#[test]
fn content_filter_errors_are_read_in_every_shape() {
    let inner = json!({ "code": "ResponsibleAIPolicyViolation", "content_filter_result": {} });
    let full = json!({ "error": { "message": "m", "type": null, "param": "prompt",
        "code": "content_filter", "status": 400, "innererror": inner } });
    check(&full.to_string(), report("m", "content_filter", "prompt", true));
    let flat = json!({ "status": 400, "code": "content_filter", "message": "m", "param": "prompt",
        "type": null });
    check(&flat.to_string(), report("m", "content_filter", "prompt", true));
    let short = json!({ "error": { "code": "content_filter", "message": "m" } });
    check(&short.to_string(), report("m", "content_filter", "", true));
    let policy = json!({ "error": { "code": null, "message": "m", "innererror": inner } });
    check(&policy.to_string(), report("m", "", "", true));
}

#[test]
fn unauthorized_errors_are_read_in_every_shape() {
    check("{\"statusCode\":401,\"message\":\"m\"}", report("m", "", "", false));
    check("{\"error\":{\"code\":\"401\",\"message\":\"m\"}}", report("m", "401", "", false));
}

#[test]
fn validation_errors_have_the_field_and_its_value() {
    let detail = json!({ "loc": ["body", "response_format"], "input": "json_object" });
    let body = json!({ "status": 422, "code": "parameter_not_supported", "detail": detail, "message": "m" });
    let field = "response_format = json_object";
    check(&body.to_string(), report("m", "parameter_not_supported", field, false));
    let listed = json!({ "detail": [{ "loc": ["body", "messages", 0], "msg": "m", "value": 3 }] });
    check(&listed.to_string(), report("m", "", "messages.0 = 3", false));
    let details = json!({ "message": "m", "details": [{ "loc": ["body", "x"] }] });
    check(&details.to_string(), report("m", "", "x", false));
}

#[test]
fn router_errors_have_the_message_of_the_upstream_provider() {
    let routed = |raw: &str| {
        json!({ "error": { "message": "Provider returned error", "code": 429,
            "metadata": { "raw": raw, "provider_name": "p" } } })
        .to_string()
    };
    check(&routed("{\"error\":{\"message\":\"m\"}}"), report("m", "429", "", false));
    check(&routed("m"), report("m", "429", "", false));
    check(&routed("<html>"), report("Provider returned error", "429", "", false));
}

#[test]
fn unstructured_bodies_are_read() {
    check("NOT FOUND", report("NOT FOUND", "", "", false));
    check("", ErrorReport::default());
    check("<html><title>502</title></html>", ErrorReport::default());
    check("{\"error\":\"model 'x' not found\"}", report("model 'x' not found", "", "", false));
    check("{\"detail\":\"Not Found\"}", report("Not Found", "", "", false));
    check("[{\"error\":{\"code\":400,\"message\":\"m\"}}]", report("m", "400", "", false));
    check("\"m\"", report("m", "", "", false));
    check("null", ErrorReport::default());
}

#[test]
fn status_is_read_from_every_field() {
    for body in [
        json!({ "error": { "code": 429 } }),
        json!({ "error": { "code": "429" } }),
        json!({ "error": { "code": "rate_limited", "status": 429 } }),
        json!({ "statusCode": 429, "message": "m" }),
        json!({ "error": { "code": "x", "status_code": 429 } }),
    ] {
        assert_eq!(ErrorReport::of(&body).status, Some(429), "{body}");
    }
    assert_eq!(
        ErrorReport::of(&json!({ "error": { "code": 17, "status": "failed" } })).status,
        None
    );
}

#[test]
fn report_in_an_event_stream_is_read() {
    let expected = || report("m", "429", "", false);
    let json = r#"{"error":{"message":"m","code":429}}"#;
    check(json, expected());
    check(&format!("data: {json}"), expected());
    check(&format!("data:{json}\n\n"), expected());
    check(&format!("event: error\r\ndata: {json}\r\n\r\n"), expected());
    check(&format!(": ping\n\nid: 1\ndata: {json}\n\ndata: [DONE]\n\n"), expected());
    check(&format!("\u{feff}{json}"), expected());
    // The report is followed by something else.
    check(&format!("{json}\ndata: [DONE]\n\n"), expected());
    check(&format!("{json}{json}"), expected());
    // An event whose data is plain text.
    check("event: error\ndata: it broke\n\n", report("it broke", "", "", false));
    check("data: [DONE]\n\n", report("data: [DONE]", "", "", false));
}
