use serde_json::json;

use super::*;

fn told(message: &str, code: &str, field: &str, filtered: bool) -> Told {
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Told {
        message: filled(message),
        code: filled(code),
        field: filled(field),
        filtered,
        ..Told::default()
    }
}

#[track_caller]
fn check(body: &str, expected: Told) {
    let mut read = Told::read(body);
    (read.kind, read.status, read.details, read.report) = (None, None, None, Value::Null);
    assert_eq!(read, expected);
}

#[test]
fn a_content_filter_in_each_of_its_shapes() {
    let inner = json!({ "code": "ResponsibleAIPolicyViolation", "content_filter_result": {} });
    let full = json!({ "error": { "message": "m", "type": null, "param": "prompt",
        "code": "content_filter", "status": 400, "innererror": inner } });
    check(&full.to_string(), told("m", "content_filter", "prompt", true));
    let flat = json!({ "status": 400, "code": "content_filter", "message": "m", "param": "prompt",
        "type": null });
    check(&flat.to_string(), told("m", "content_filter", "prompt", true));
    let short = json!({ "error": { "code": "content_filter", "message": "m" } });
    check(&short.to_string(), told("m", "content_filter", "", true));
    let policy = json!({ "error": { "code": null, "message": "m", "innererror": inner } });
    check(&policy.to_string(), told("m", "", "", true));
}

#[test]
fn unauthorised_in_each_of_its_shapes() {
    check("{\"statusCode\":401,\"message\":\"m\"}", told("m", "", "", false));
    check("{\"error\":{\"code\":\"401\",\"message\":\"m\"}}", told("m", "401", "", false));
}

#[test]
fn a_validator_names_the_field_and_its_value() {
    let detail = json!({ "loc": ["body", "response_format"], "input": "json_object" });
    let body = json!({ "status": 422, "code": "parameter_not_supported", "detail": detail, "message": "m" });
    let field = "response_format = json_object";
    check(&body.to_string(), told("m", "parameter_not_supported", field, false));
    let listed = json!({ "detail": [{ "loc": ["body", "messages", 0], "msg": "m", "value": 3 }] });
    check(&listed.to_string(), told("m", "", "messages.0 = 3", false));
    let details = json!({ "message": "m", "details": [{ "loc": ["body", "x"] }] });
    check(&details.to_string(), told("m", "", "x", false));
}

#[test]
fn a_router_tells_what_the_service_behind_it_said() {
    let routed = |raw: &str| {
        json!({ "error": { "message": "Provider returned error", "code": 429,
            "metadata": { "raw": raw, "provider_name": "p" } } })
        .to_string()
    };
    check(&routed("{\"error\":{\"message\":\"m\"}}"), told("m", "429", "", false));
    check(&routed("m"), told("m", "429", "", false));
    check(&routed("<html>"), told("Provider returned error", "429", "", false));
}

#[test]
fn what_is_hardly_a_shape_at_all() {
    check("NOT FOUND", told("NOT FOUND", "", "", false));
    check("", Told::default());
    check("<html><title>502</title></html>", Told::default());
    check("{\"error\":\"model 'x' not found\"}", told("model 'x' not found", "", "", false));
    check("{\"detail\":\"Not Found\"}", told("Not Found", "", "", false));
    check("[{\"error\":{\"code\":400,\"message\":\"m\"}}]", told("m", "400", "", false));
    check("\"m\"", told("m", "", "", false));
    check("null", Told::default());
}

#[test]
fn a_status_is_read_wherever_it_stands() {
    for body in [
        json!({ "error": { "code": 429 } }),
        json!({ "error": { "code": "429" } }),
        json!({ "error": { "code": "rate_limited", "status": 429 } }),
        json!({ "statusCode": 429, "message": "m" }),
        json!({ "error": { "code": "x", "status_code": 429 } }),
    ] {
        assert_eq!(Told::of(&body).status, Some(429), "{body}");
    }
    assert_eq!(Told::of(&json!({ "error": { "code": 17, "status": "failed" } })).status, None);
}
