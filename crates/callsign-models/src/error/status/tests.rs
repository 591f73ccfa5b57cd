use callsign_types::error::ErrorKind::*;
use http::HeaderValue;
use serde_json::json;

use super::*;
use crate::error::secrets::Secrets;

fn info(address: &str) -> RequestInfo {
    let versioned = !address.contains("/v1/");
    RequestInfo {
        address: address.into(),
        api_version: versioned.then(|| "2024-05-01-preview".into()),
        request_id: "id".to_owned(),
        model: Some("m1".into()),
        secrets: Secrets::of("sesame-7").into(),
        has_credential: true,
        token_scope: None,
    }
}

const SERVERLESS: &str = "https://h.models.ai.azure.com/chat/completions";

#[track_caller]
fn check(address: &str, status: u16, body: &str, kind: ErrorKind, message: &str) {
    let error = status_error(&info(address), status, &HeaderMap::new(), body);
    assert_eq!(error.to_string(), message);
    assert_eq!(error.kind(), kind);
    assert_eq!(error.status(), Some(status));
    assert_eq!(error.request_id(), Some("id"));
    assert!(!format!("{error:?} {:?}", error.body()).contains("sesame"));
}

#[test]
fn rejected_key_is_an_authentication_error() {
    check(
        SERVERLESS,
        401,
        "{\"statusCode\":401,\"message\":\"Unauthorized. Access token is missing, invalid\"}",
        Authentication,
        "authentication failed: https://h.models.ai.azure.com/chat/completions responded with 401: \
         Unauthorized. Access token is missing, invalid; check that the key is valid for this \
         resource",
    );
    let mut keyless = info("http://127.0.0.1:9/v1/chat/completions");
    keyless.has_credential = false;
    let error = status_error(&keyless, 403, &HeaderMap::new(), "");
    assert_eq!(
        error.to_string(),
        "authentication failed: http://127.0.0.1:9/v1/chat/completions responded with 403; no key \
         was sent; set one"
    );
}

#[test]
fn repeated_key_is_redacted() {
    check(
        SERVERLESS,
        401,
        "{\"error\":{\"code\":\"401\",\"message\":\"bad key: sesame-7\"}}",
        Authentication,
        "authentication failed: https://h.models.ai.azure.com/chat/completions responded with 401: \
         bad key: [redacted]; check that the key is valid for this resource",
    );
}

#[test]
fn not_found_error_suggests_how_to_fix_the_address() {
    let summary = "address or model not found: ";
    check(
        SERVERLESS,
        404,
        "NOT FOUND",
        NotFound,
        &format!(
            "{summary}{SERVERLESS} responded with 404: NOT FOUND; check the address, which may \
             need to end in /models, and the api-version (2024-05-01-preview)"
        ),
    );
    let resource = "https://h.services.ai.azure.com/chat/completions";
    check(
        resource,
        404,
        "{\"error\":{\"code\":\"404\",\"message\":\"Resource not found\"}}",
        NotFound,
        &format!(
            "{summary}{resource} responded with 404: Resource not found; the address of this \
             resource must end in /models or /openai/v1"
        ),
    );
    let deployment = "https://h.openai.azure.com/openai/deployments/d/chat/completions";
    check(
        deployment,
        404,
        "{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"It does not exist.\"}}",
        NotFound,
        &format!(
            "{summary}{deployment} responded with 404: DeploymentNotFound: It does not exist; \
             check the deployment name in the address and the api-version (2024-05-01-preview)"
        ),
    );
    let local = "http://127.0.0.1:9/v1/chat/completions";
    check(
        local,
        404,
        "{\"detail\":\"Not Found\"}",
        NotFound,
        &format!(
            "{summary}{local} responded with 404: Not Found; check the address and the model name \
             \"m1\""
        ),
    );
    let mut rootless = info("http://127.0.0.1:9/chat/completions");
    rootless.api_version = None;
    let error = status_error(&rootless, 404, &HeaderMap::new(), "");
    assert!(error.to_string().ends_with("which ends in /v1 at most providers"), "{error}");
}

#[test]
fn model_errors_suggest_a_fix() {
    let models = "https://h.services.ai.azure.com/models/chat/completions";
    check(
        models,
        400,
        "{\"error\":{\"code\":\"unknown_model\",\"message\":\"Unknown model: m1\"}}",
        NotFound,
        &format!(
            "address or model not found: {models} responded with 400: unknown_model: Unknown \
             model: m1; check the model name \"m1\""
        ),
    );
    check(
        models,
        400,
        "{\"error\":{\"code\":\"no_model_name\",\"message\":\"No model specified\"}}",
        InvalidRequest,
        &format!(
            "invalid request: {models} responded with 400: no_model_name: No model specified; set \
             the model name"
        ),
    );
    check(
        SERVERLESS,
        410,
        "{\"error\":{\"code\":\"410\",\"message\":\"Gone\"}}",
        ModelRetired,
        &format!(
            "model has been retired: {SERVERLESS} responded with 410: Gone; choose another model"
        ),
    );
}

#[test]
fn unsupported_parameter_is_named() {
    let body = json!({ "status": 422, "code": "parameter_not_supported",
        "detail": { "loc": ["body", "response_format"], "input": "json_object" },
        "message": "One of the parameters contain invalid values." });
    check(
        SERVERLESS,
        422,
        &body.to_string(),
        UnsupportedParameter,
        &format!(
            "unsupported parameter: {SERVERLESS} responded with 422: parameter_not_supported: One \
             of the parameters contain invalid values (response_format = json_object)"
        ),
    );
}

#[test]
fn content_filter_error_has_its_kind() {
    let body = json!({ "error": { "message": "The response was filtered.", "param": "prompt",
        "code": "content_filter", "status": 400 } });
    check(
        SERVERLESS,
        400,
        &body.to_string(),
        ContentFiltered,
        &format!(
            "the provider's content filter withheld the prompt: {SERVERLESS} responded with 400: \
             content_filter: The response was filtered (prompt)"
        ),
    );
}

#[test]
fn details_of_a_report_are_kept() {
    let error = |status, body: Value| {
        status_error(&info(SERVERLESS), status, &HeaderMap::new(), &body.to_string())
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
        assert!(
            filtered.to_string().ends_with("; filtered categories: violence (medium), jailbreak")
        );
        let flat = json!({ "code": "content_filter", "message": "m", name: categories });
        assert_eq!(error(400, flat).details(), Some(&categories));
    }
    let detail = json!([{ "loc": ["body", "x"], "input": "sesame-7" }]);
    let redacted = json!([{ "loc": ["body", "x"], "input": "[redacted]" }]);
    for name in ["detail", "details"] {
        let refused = error(422, json!({ "message": "m", name: detail }));
        assert_eq!(refused.details(), Some(&redacted));
        let report = json!({ "status": 422, "message": "m", name: detail });
        let reported = reported_error(&info(SERVERLESS), &HeaderMap::new(), &report);
        assert_eq!(reported.details(), Some(&redacted));
    }
    assert_eq!(error(404, json!({ "detail": "Not Found" })).details(), None);
}

#[test]
fn retry_after_is_kept_and_shown() {
    let wait = |body: &str, headers: &HeaderMap| {
        let error = status_error(&info(SERVERLESS), 429, headers, body);
        let message = error.to_string();
        let rest = message.split(" responded with 429").nth(1).expect("a status").to_owned();
        (error.kind(), error.retry_after(), rest)
    };
    let mut headers = HeaderMap::new();
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let message = ": slow down; retry later, or send fewer requests";
    assert_eq!(wait("slow down", &headers), (RateLimited, None, message.to_owned()));
    headers.insert("retry-after", HeaderValue::from_static("20"));
    let message = "; retry after 20 s";
    assert_eq!(wait("", &headers), (RateLimited, seconds(20), message.to_owned()));
    let quota = "{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"No more.\"}}";
    let message = ": insufficient_quota: No more; retrying will not help; check the account's \
                   plan and billing";
    assert_eq!(wait(quota, &headers), (QuotaExhausted, seconds(20), message.to_owned()));
    let report = json!({ "code": 429, "message": "m" });
    let reported = reported_error(&info(SERVERLESS), &headers, &report);
    assert_eq!((reported.kind(), reported.retry_after()), (RateLimited, seconds(20)));
    let report = json!({ "code": 429, "message": "Please retry after 6 seconds." });
    let reported = reported_error(&info(SERVERLESS), &HeaderMap::new(), &report);
    assert_eq!(reported.retry_after(), seconds(6));
}

#[test]
fn model_status_of_a_managed_endpoint_decides_the_kind() {
    let mut headers = HeaderMap::new();
    let kind = |headers: &HeaderMap| status_error(&info(SERVERLESS), 424, headers, "").kind();
    assert_eq!(kind(&headers), Server);
    headers.insert(MODEL_STATUS, HeaderValue::from_static("429"));
    assert_eq!(kind(&headers), RateLimited);
    headers.insert(MODEL_STATUS, HeaderValue::from_static("400"));
    assert_eq!(kind(&headers), InvalidRequest);
}

#[test]
fn other_statuses_have_a_kind() {
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
        let error = status_error(&info(SERVERLESS), status, &HeaderMap::new(), "<html>gone</html>");
        assert_eq!(error.kind(), kind, "{status}");
        assert!(
            error.to_string().contains(&format!("responded with {status}: an HTML page")),
            "{error}"
        );
    }
}

#[test]
fn long_message_is_shortened_to_one_line() {
    let body = json!({ "error": { "message": "word\n\t\u{7}".repeat(1000) } }).to_string();
    let error = status_error(&info(SERVERLESS), 500, &HeaderMap::new(), &body);
    let message = error.to_string();
    assert!(message.chars().count() < 420 && !message.contains('\n'), "{message}");
    assert!(message.ends_with('…'), "{message}");
    assert_eq!(error.body(), Some(&*body));
}

#[test]
fn errors_in_a_response_body_have_a_kind_and_status() {
    #[track_caller]
    fn check(report: &Value, kind: ErrorKind, status: Option<u16>) {
        let error = reported_error(&info(SERVERLESS), &HeaderMap::new(), report);
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
        reported_error(&info(SERVERLESS), &HeaderMap::new(), &json!({ "message": "Overloaded" }));
    assert_eq!(
        error.to_string(),
        format!("provider error: {SERVERLESS} reported an error in its response: Overloaded")
    );
}

#[test]
fn output_limit_that_is_too_large_names_the_option() {
    check(
        SERVERLESS,
        400,
        "{\"error\":{\"message\":\"'max_tokens' or 'max_completion_tokens' is too large: 68000. This \
         model's maximum context length is 32768 tokens and your request has 20 input tokens (68000 \
         > 32768 - 20).\",\"code\":400}}",
        InvalidRequest,
        &format!(
            "invalid request: {SERVERLESS} responded with 400: 'max_tokens' or \
             'max_completion_tokens' is too large: 68000. This model's maximum context length is \
             32768 tokens and your request has 20 input tokens (68000 > 32768 - 20); set the option \
             `max_tokens` to at most 32748"
        ),
    );
    check(
        SERVERLESS,
        400,
        "{\"error\":{\"message\":\"input length and `max_tokens` exceed context limit: 199759 + 8192 > \
         200000\"}}",
        ContextLength,
        &format!(
            "context length exceeded: {SERVERLESS} responded with 400: input length and \
             `max_tokens` exceed context limit: 199759 + 8192 > 200000; shorten the conversation, \
             set the option `max_tokens` to a smaller value, or use a model with a larger context \
             window"
        ),
    );
}

#[test]
fn missing_setting_of_the_profile_is_named() {
    let hint = |message: &str| {
        let body = json!({ "object": "error", "message": message, "code": 400 }).to_string();
        let error = status_error(&info(SERVERLESS), 400, &HeaderMap::new(), &body);
        assert_eq!(error.kind(), InvalidRequest);
        error.to_string().rsplit_once("; ").expect("a hint").1.to_owned()
    };
    for message in [
        "After the optional system message, conversation roles must alternate \
         user/assistant/user/assistant/...",
        "Conversation roles must alternate user/assistant/user/assistant/...",
        "A conversation must alternate between user and assistant roles. Make sure it does.",
        "After the (optional) system message(s), user or tool message(s) should alternate with \
         assistant message(s).",
        "deepseek-reasoner does not support successive user or assistant messages",
    ] {
        assert!(hint(message).starts_with("set `alternating_roles` in the model's"), "{message}");
    }
    let both = "set `returns_reasoning` and `requires_reasoning` in the model's `Profile`";
    for message in [
        "thinking is enabled but reasoning_content is missing in assistant tool call message at \
         index 2",
        "The `reasoning_content` in the thinking mode must be passed back to the API.",
    ] {
        assert_eq!(hint(message), both, "{message}");
    }
    let claude = "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found \
                  `tool_use`.";
    assert_eq!(hint(claude), "set `returns_reasoning` in the model's `Profile`");
}

#[test]
fn redirect_names_its_target() {
    let message = |address: &str, location: Option<&'static str>| {
        let mut headers = HeaderMap::new();
        headers.extend(location.map(|to| (http::header::LOCATION, HeaderValue::from_static(to))));
        let error = status_error(&info(address), 308, &headers, "");
        assert_eq!(error.kind(), Protocol);
        error.to_string().rsplit_once("redirects are not followed; ").expect("a hint").1.to_owned()
    };
    let plain = "http://h.example.com/v1/chat/completions";
    let to = |location| message(plain, Some(location));
    let secure = "https://h.example.com/v1/chat/completions";
    assert_eq!(to(secure), format!("set the endpoint to {secure}"));
    assert_eq!(to("/v2/x"), "set the endpoint to http://h.example.com/v2/x");
    assert_eq!(to("//other/x"), "set the endpoint to http://other/x");
    // A login page. The query may contain secrets.
    let login = to("https://user:pass@login.example.com/sso?state=1&key=sesame-7#top");
    assert_eq!(login, "set the endpoint to https://login.example.com/sso");
    assert_eq!(to("https://["), "set the endpoint to the new address");
    assert_eq!(message(plain, None), "set the endpoint to the new address");
}
