use callsign_types::error::ErrorKind::*;

use super::*;

/// The status and the shortened body of errors that providers sent, and the kind of each. Those of
/// Azure are taken from reports of its users and its SDKs.
const CASES: &[(u16, &str, ErrorKind)] = &[
    (
        400,
        r#"{"error":{"message":"m","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{}}}}"#,
        ContentFiltered,
    ),
    (
        400,
        r#"{"status":400,"code":"content_filter","message":"m","param":"prompt","type":null}"#,
        ContentFiltered,
    ),
    (400, r#"{"error":{"code":"content_filter","message":"m"}}"#, ContentFiltered),
    (
        403,
        r#"{"error":{"code":403,"message":"m","metadata":{"reasons":["violence"],"flagged_input":"…"}}}"#,
        ContentFiltered,
    ),
    (
        400,
        r#"{"error":{"code":"no_model_name","message":"No model specified in request."}}"#,
        InvalidRequest,
    ),
    (400, r#"{"error":{"code":"unknown_model","message":"Unknown model: x"}}"#, NotFound),
    (
        400,
        r#"{"error":{"code":"unsupported_parameter","message":"Unsupported parameter: 'max_tokens' is not supported with this model."}}"#,
        UnsupportedParameter,
    ),
    (
        400,
        r#"{"error":{"code":"unsupported_value","message":"m","param":"temperature"}}"#,
        UnsupportedParameter,
    ),
    (
        400,
        r#"{"error":{"message":"Unrecognized request argument supplied: x","type":"invalid_request_error"}}"#,
        UnsupportedParameter,
    ),
    (
        422,
        r#"{"status":422,"code":"parameter_not_supported","detail":{"loc":["body","response_format"],"input":"json_object"},"message":"m"}"#,
        UnsupportedParameter,
    ),
    (
        422,
        r#"{"detail":[{"type":"extra_forbidden","loc":["body","x"],"msg":"m","value":1}]}"#,
        UnsupportedParameter,
    ),
    (
        422,
        r#"{"message":"m","details":[{"type":"missing","loc":["body","messages"]}]}"#,
        InvalidRequest,
    ),
    (401, r#"{"statusCode":401,"message":"Unauthorized"}"#, Authentication),
    (401, r#"{"error":{"code":"401","message":"Access denied"}}"#, Authentication),
    (403, r#"{"error":{"code":"forbidden","message":"Forbidden"}}"#, Authentication),
    (402, r#"{"error":{"message":"Insufficient Balance"}}"#, QuotaExhausted),
    (
        400,
        r#"{"error":{"type":"invalid_request_error","message":"Your credit balance is too low."}}"#,
        QuotaExhausted,
    ),
    (
        429,
        r#"{"error":{"code":"insufficient_quota","type":"insufficient_quota","message":"m"}}"#,
        QuotaExhausted,
    ),
    (429, r#"{"error":{"code":"429","message":"Rate limit is exceeded."}}"#, RateLimited),
    (429, "slow down", RateLimited),
    (404, "NOT FOUND", NotFound),
    (404, r#"{"error":{"code":"404","message":"Resource not found"}}"#, NotFound),
    (404, r#"{"error":{"code":"DeploymentNotFound","message":"m"}}"#, NotFound),
    (
        404,
        r#"{"error":{"code":"model_not_found","message":"The model `x` has been deprecated, learn more."}}"#,
        ModelRetired,
    ),
    (410, r#"{"error":{"code":"410","message":"Gone"}}"#, ModelRetired),
    (410, "", ModelRetired),
    (400, r#"{"error":{"code":"model_decommissioned","message":"m"}}"#, ModelRetired),
    (404, r#"{"error":{"message":"The model has been retired."}}"#, ModelRetired),
    (400, r#"{"error":{"code":"context_length_exceeded","message":"m"}}"#, ContextLength),
    (
        400,
        r#"{"error":{"code":400,"message":"This endpoint's maximum context length is 8 tokens."}}"#,
        ContextLength,
    ),
    (413, r#"{"error":{"code":"tokens_limit_reached","message":"m"}}"#, ContextLength),
    (
        500,
        r#"{"error":{"code":500,"message":"the request exceeds the available context size."}}"#,
        ContextLength,
    ),
    (413, "", InvalidRequest),
    (424, r#"{"message":"m"}"#, Server),
    (500, "<html>", Server),
    (503, r#"{"error":{"code":"ServerBusy","message":"prompt is too long"}}"#, Server),
    (408, r#"{"error":{"code":"Timeout","message":"m"}}"#, Timeout),
    (307, "", Protocol),
];

#[test]
fn every_error_shape_has_its_kind() {
    for (status, body, expected) in CASES {
        assert_eq!(kind(*status, &ErrorReport::read(body)), *expected, "{status} {body}");
    }
}

#[test]
fn code_and_message_decide_if_there_is_no_status() {
    let cases = [
        (r#"{"error":{"code":"rate_limit_exceeded"}}"#, RateLimited),
        (r#"{"error":{"type":"insufficient_quota"}}"#, QuotaExhausted),
        (r#"{"error":{"type":"invalid_request_error","message":"m"}}"#, InvalidRequest),
        (r#"{"error":{"code":"tool_use_failed","message":"m"}}"#, InvalidRequest),
        (r#"{"error":{"code":"invalid_api_key"}}"#, Authentication),
        (r#"{"error":{"code":"content_filter"}}"#, ContentFiltered),
        (r#"{"error":{"message":"maximum context length"}}"#, ContextLength),
        (r#"{"error":{"message":"overloaded"}}"#, Server),
    ];
    for (body, expected) in cases {
        assert_eq!(kind(0, &ErrorReport::read(body)), expected, "{body}");
    }
}
