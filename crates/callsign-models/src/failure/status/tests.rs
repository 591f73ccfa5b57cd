use callsign_core::words::error::ErrorKind::*;
use http::HeaderValue;
use serde_json::json;

use super::*;
use crate::failure::secrets::Secrets;

fn place(address: &str) -> Place {
    let versioned = !address.contains("/v1/");
    Place {
        address: address.into(),
        api_version: versioned.then(|| "2024-05-01-preview".into()),
        request_id: "id".to_owned(),
        model: Some("m1".into()),
        secrets: Secrets::of("sesame-7").into(),
        has_key: true,
        token_scope: None,
    }
}

const SERVERLESS: &str = "https://h.models.ai.azure.com/chat/completions";

#[track_caller]
fn check(address: &str, status: u16, body: &str, kind: ErrorKind, message: &str) {
    let error = of_status(&place(address), status, &HeaderMap::new(), body);
    assert_eq!(error.to_string(), message);
    assert_eq!(error.kind(), kind);
    assert_eq!(error.status(), Some(status));
    assert_eq!(error.request_id(), Some("id"));
    assert!(!format!("{error:?} {:?}", error.body()).contains("sesame"));
}

#[test]
fn a_key_that_is_not_accepted() {
    check(
        SERVERLESS,
        401,
        "{\"statusCode\":401,\"message\":\"Unauthorized. Access token is missing, invalid\"}",
        Authentication,
        "the service did not accept the credential: https://h.models.ai.azure.com/chat/completions \
         answered 401: Unauthorized. Access token is missing, invalid. Check the key, and that it \
         is one of this resource's.",
    );
    let mut keyless = place("http://127.0.0.1:9/v1/chat/completions");
    keyless.has_key = false;
    let error = of_status(&keyless, 403, &HeaderMap::new(), "");
    assert_eq!(
        error.to_string(),
        "the service did not accept the credential: http://127.0.0.1:9/v1/chat/completions \
         answered 403. No key was given; set one."
    );
}

#[test]
fn a_key_that_is_repeated_is_not_shown() {
    check(
        SERVERLESS,
        401,
        "{\"error\":{\"code\":\"401\",\"message\":\"bad key: sesame-7\"}}",
        Authentication,
        "the service did not accept the credential: https://h.models.ai.azure.com/chat/completions \
         answered 401: bad key: [redacted]. Check the key, and that it is one of this resource's.",
    );
}

#[test]
fn an_address_that_is_not_there() {
    let none = "the address or the model is not there: ";
    check(
        SERVERLESS,
        404,
        "NOT FOUND",
        NotFound,
        &format!(
            "{none}{SERVERLESS} answered 404: NOT FOUND. Check the address, which may have to end \
             in /models, and the api-version (2024-05-01-preview)."
        ),
    );
    let resource = "https://h.services.ai.azure.com/chat/completions";
    check(
        resource,
        404,
        "{\"error\":{\"code\":\"404\",\"message\":\"Resource not found\"}}",
        NotFound,
        &format!(
            "{none}{resource} answered 404: Resource not found. The address of such a resource \
             ends in /models, or in /openai/v1."
        ),
    );
    let deployment = "https://h.openai.azure.com/openai/deployments/d/chat/completions";
    check(
        deployment,
        404,
        "{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"It does not exist.\"}}",
        NotFound,
        &format!(
            "{none}{deployment} answered 404: DeploymentNotFound: It does not exist. Check the \
             deployment's name in the address and the api-version (2024-05-01-preview)."
        ),
    );
    let local = "http://127.0.0.1:9/v1/chat/completions";
    check(
        local,
        404,
        "{\"detail\":\"Not Found\"}",
        NotFound,
        &format!(
            "{none}{local} answered 404: Not Found. Check the address and the model (\"m1\")."
        ),
    );
    let mut rootless = place("http://127.0.0.1:9/chat/completions");
    rootless.api_version = None;
    let error = of_status(&rootless, 404, &HeaderMap::new(), "");
    assert!(error.to_string().ends_with("most of these services have it end in /v1."), "{error}");
}

#[test]
fn a_model_that_is_not_there_or_not_named() {
    let models = "https://h.services.ai.azure.com/models/chat/completions";
    check(
        models,
        400,
        "{\"error\":{\"code\":\"unknown_model\",\"message\":\"Unknown model: m1\"}}",
        NotFound,
        &format!(
            "the address or the model is not there: {models} answered 400: unknown_model: Unknown \
             model: m1. Is \"m1\" the model's name there?"
        ),
    );
    check(
        models,
        400,
        "{\"error\":{\"code\":\"no_model_name\",\"message\":\"No model specified\"}}",
        InvalidRequest,
        &format!(
            "the service did not accept the request: {models} answered 400: no_model_name: No \
             model specified. Name the model."
        ),
    );
    check(
        SERVERLESS,
        410,
        "{\"error\":{\"code\":\"410\",\"message\":\"Gone\"}}",
        Retired,
        &format!(
            "the model has been retired: {SERVERLESS} answered 410: Gone. Choose another one."
        ),
    );
}

#[test]
fn a_request_that_is_not_accepted() {
    let body = json!({ "status": 422, "code": "parameter_not_supported",
        "detail": { "loc": ["body", "response_format"], "input": "json_object" },
        "message": "One of the parameters contain invalid values." });
    check(
        SERVERLESS,
        422,
        &body.to_string(),
        UnsupportedParameter,
        &format!(
            "the model does not take a parameter of the request: {SERVERLESS} answered 422: \
             parameter_not_supported: One of the parameters contain invalid values \
             (response_format = json_object)."
        ),
    );
}

#[test]
fn a_prompt_that_is_withheld() {
    let body = json!({ "error": { "message": "The response was filtered.", "param": "prompt",
        "code": "content_filter", "status": 400 } });
    check(
        SERVERLESS,
        400,
        &body.to_string(),
        ContentFiltered,
        &format!(
            "the service's content filter withheld the prompt: {SERVERLESS} answered 400: \
             content_filter: The response was filtered (prompt)."
        ),
    );
}

#[test]
fn what_is_told_besides_is_kept() {
    let error = |status, body: Value| {
        of_status(&place(SERVERLESS), status, &HeaderMap::new(), &body.to_string())
    };
    let categories = json!({ "hate": { "filtered": false, "severity": "safe" },
        "violence": { "filtered": true, "severity": "medium" }, "jailbreak": { "filtered": true } });
    for name in ["content_filter_result", "content_filter_results"] {
        let inner = json!({ "code": "ResponsibleAIPolicyViolation", name: categories });
        let filtered = error(
            400,
            json!({ "error": { "code": "content_filter", "message": "m", "innererror": inner } }),
        );
        assert_eq!(filtered.details(), Some(&categories));
        assert!(filtered.to_string().ends_with("It found: violence (medium), jailbreak."));
        let flat = json!({ "code": "content_filter", "message": "m", name: categories });
        assert_eq!(error(400, flat).details(), Some(&categories));
    }
    let detail = json!([{ "loc": ["body", "x"], "input": "sesame-7" }]);
    let scrubbed = json!([{ "loc": ["body", "x"], "input": "[redacted]" }]);
    for name in ["detail", "details"] {
        let refused = error(422, json!({ "message": "m", name: detail }));
        assert_eq!(refused.details(), Some(&scrubbed));
        let report = json!({ "status": 422, "message": "m", name: detail });
        let reported = of_report(&place(SERVERLESS), &HeaderMap::new(), &report);
        assert_eq!(reported.details(), Some(&scrubbed));
    }
    assert_eq!(error(404, json!({ "detail": "Not Found" })).details(), None);
}

#[test]
fn a_wait_is_kept_and_named() {
    let wait = |body: &str, headers: &HeaderMap| {
        let error = of_status(&place(SERVERLESS), 429, headers, body);
        let told = error.to_string().split(" answered 429").nth(1).expect("it is there").to_owned();
        (error.kind(), error.retry_after(), told)
    };
    let mut headers = HeaderMap::new();
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let vague = ": slow down. Wait a while, and ask less often.";
    assert_eq!(wait("slow down", &headers), (RateLimited, None, vague.to_owned()));
    headers.insert("retry-after", HeaderValue::from_static("20"));
    let told = ". It asks to wait 20 s.";
    assert_eq!(wait("", &headers), (RateLimited, seconds(20), told.to_owned()));
    let quota = "{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"No more.\"}}";
    let told = ": insufficient_quota: No more. Waiting will not help.";
    assert_eq!(wait(quota, &headers), (QuotaExhausted, seconds(20), told.to_owned()));
    let report = json!({ "code": 429, "message": "m" });
    let reported = of_report(&place(SERVERLESS), &headers, &report);
    assert_eq!((reported.kind(), reported.retry_after()), (RateLimited, seconds(20)));
    let report = json!({ "code": 429, "message": "Please retry after 6 seconds." });
    let reported = of_report(&place(SERVERLESS), &HeaderMap::new(), &report);
    assert_eq!(reported.retry_after(), seconds(6));
}

#[test]
fn the_status_of_the_model_behind_a_managed_endpoint_tells_the_kind() {
    let mut headers = HeaderMap::new();
    let kind = |headers: &HeaderMap| of_status(&place(SERVERLESS), 424, headers, "").kind();
    assert_eq!(kind(&headers), Server);
    headers.insert(MODEL_STATUS, HeaderValue::from_static("429"));
    assert_eq!(kind(&headers), RateLimited);
    headers.insert(MODEL_STATUS, HeaderValue::from_static("400"));
    assert_eq!(kind(&headers), InvalidRequest);
}

#[test]
fn other_statuses() {
    let kinds = [
        (408, Timeout),
        (405, NotFound),
        (413, InvalidRequest),
        (500, Server),
        (502, Server),
        (529, Server),
        (307, Protocol),
    ];
    for (status, kind) in kinds {
        let error = of_status(&place(SERVERLESS), status, &HeaderMap::new(), "<html>gone</html>");
        assert_eq!(error.kind(), kind, "{status}");
        assert!(
            error.to_string().contains(&format!("answered {status}: an HTML page.")),
            "{error}"
        );
    }
}

#[test]
fn a_long_message_of_many_lines_is_one_short_line() {
    let body = json!({ "error": { "message": "word\n\t\u{7}".repeat(1000) } }).to_string();
    let error = of_status(&place(SERVERLESS), 500, &HeaderMap::new(), &body);
    let message = error.to_string();
    assert!(message.chars().count() < 420 && !message.contains('\n'), "{message}");
    assert!(message.ends_with('…'), "{message}");
    assert_eq!(error.body(), Some(&*body));
}

#[test]
fn what_is_reported_inside_a_reply() {
    #[track_caller]
    fn check(report: &Value, kind: ErrorKind, status: Option<u16>) {
        let error = of_report(&place(SERVERLESS), &HeaderMap::new(), report);
        assert_eq!((error.kind(), error.status()), (kind, status), "{report}");
        assert!(error.to_string().contains("chat/completions"), "{error}");
    }
    check(&json!({ "code": 429, "message": "m" }), RateLimited, Some(429));
    check(&json!({ "error": { "code": "x", "status_code": 400 } }), InvalidRequest, Some(400));
    check(
        &json!({ "code": "content_filter", "message": "m", "status": 400 }),
        ContentFiltered,
        Some(400),
    );
    check(&json!({ "type": "rate_limit_error", "message": "m" }), RateLimited, None);
    check(&json!({ "type": "server_error", "message": "m" }), Server, None);
    check(&json!("overloaded"), Server, None);
    let error =
        of_report(&place(SERVERLESS), &HeaderMap::new(), &json!({ "message": "Overloaded" }));
    assert_eq!(
        error.to_string(),
        format!("the service failed: {SERVERLESS} reported an error in its reply: Overloaded.")
    );
}
