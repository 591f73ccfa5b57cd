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
        (r#"{"error":{"code":"tool_use_failed","message":"m"}}"#, Server),
        (r#"{"error":{"code":"invalid_api_key"}}"#, Authentication),
        (r#"{"error":{"code":"content_filter"}}"#, ContentFiltered),
        (r#"{"error":{"message":"maximum context length"}}"#, ContextLength),
        (r#"{"error":{"message":"overloaded"}}"#, Server),
    ];
    for (body, expected) in cases {
        assert_eq!(kind(0, &ErrorReport::read(body)), expected, "{body}");
    }
}

/// Bodies of requests that are too long, from public reports; `token_limits/wordings.rs` has the
/// sources.
#[test]
fn only_an_input_that_is_too_long_exceeds_the_context_length() {
    let cases = [
        (
            400,
            r#"[{"error":{"code":400,"message":"The input token count (134123) exceeds the maximum number of tokens allowed (131072).","status":"INVALID_ARGUMENT"}}]"#,
        ),
        (
            400,
            r#"{"object":"error","message":"The input (61709 tokens) is longer than the model's context length (40960 tokens).","type":"BadRequestError","param":null,"code":400}"#,
        ),
        (
            400,
            r#"{"code":"Client specified an invalid argument","error":"This model's maximum prompt length is 131072 but the request contains 136973 tokens."}"#,
        ),
        (
            400,
            r#"{"error":{"message":"Invalid request: Your request exceeded model token limit: 262144 (requested: 269030)","type":"invalid_request_error"}}"#,
        ),
        (
            400,
            r#"{"error":"Trying to keep the first 111490 tokens when context the overflows. However, the model is loaded with context length of only 32768 tokens, which is not enough."}"#,
        ),
        (400, r#"{"error":"prompt too long; exceeded max context length by 540451 tokens"}"#),
        (
            400,
            r#"{"id":"x","message":"too many tokens: size limit exceeded by 105000 tokens. Try using shorter or fewer inputs."}"#,
        ),
        (
            422,
            r#"{"error":"Input validation error: `inputs` must have less than 1024 tokens. Given: 1168","error_type":"validation"}"#,
        ),
        (
            422,
            r#"{"error":{"message":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 8740 `inputs` tokens and 500 `max_new_tokens`","http_status_code":422}}"#,
        ),
        (400, r#"{"message":"Input is too long for requested model."}"#),
        (
            413,
            r#"{"error":{"message":"Request too large for model `m` on tokens per minute (TPM): Limit 10000, Requested 15088","type":"tokens","code":"rate_limit_exceeded"}}"#,
        ),
        (
            413,
            r#"{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}"#,
        ),
        (400, r#"{"error":{"code":"1261","message":"Prompt exceeds max length"}}"#),
        (0, r#"{"error":{"message":"input is too long for requested model"}}"#),
    ];
    for (status, body) in cases {
        assert_eq!(kind(status, &ErrorReport::read(body)), ContextLength, "{body}");
    }
    let outputs = [
        r#"{"object":"error","message":"'max_tokens' or 'max_completion_tokens' is too large: 68000. This model's maximum context length is 32768 tokens and your request has 20 input tokens (68000 > 32768 - 20). None","type":"BadRequestError","param":null,"code":400}"#,
        r#"{"error":{"message":"This model's maximum context length is 32768 tokens. However, you requested 68020 tokens (20 in the messages, 68000 in the completion). Please reduce the length of the messages or completion.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
        r#"{"error":{"message":"This endpoint's maximum context length is 131072 tokens. However, you requested about 138956 tokens (7884 of text input, 131072 in the output).","code":400}}"#,
        r#"{"error":{"message":"max_tokens is too large: 10000. This model supports at most 4096 completion tokens, whereas you provided 10000.","type":null,"param":null,"code":null}}"#,
    ];
    for body in outputs {
        assert_eq!(kind(400, &ErrorReport::read(body)), InvalidRequest, "{body}");
    }
    // A rate limit that words itself alike stays one.
    let limited = r#"{"error":{"message":"Request too large for model m: tokens per min (TPM): Limit 10000, Requested 15088."}}"#;
    assert_eq!(kind(429, &ErrorReport::read(limited)), RateLimited);
}

/// What a message quotes from the request says nothing about its length.
#[test]
fn quoted_request_does_not_exceed_the_context_length() {
    for body in [
        r#"{"object":"error","message":"[{'type': 'literal_error', 'loc': ('body', 'reasoning_effort'), 'msg': \"Input should be 'low', 'medium' or 'high'\", 'input': {'messages': [{'content': 'The prompt is too long, it exceeds the context window.'}]}}]","type":"BadRequestError","code":400}"#,
        r#"{"error":{"message":"Invalid schema for function 'f': {'type': 'x', 'description': 'The prompt is too long'} is not valid.","type":"invalid_request_error","param":"tools[0].function.parameters","code":"invalid_function_parameters"}}"#,
        r#"{"error":{"message":"Invalid schema for function 'f': 'The maximum context length'","type":"invalid_request_error","param":"tools[0].function.parameters","code":null}}"#,
        r#"{"error":{"message":"Invalid schema for response_format 'r': 'prompt too long'","param":"response_format","code":null}}"#,
        r#"{"error":{"message":"Invalid type for 'x': got 'prompt too long'","code":"invalid_type"}}"#,
        r#"{"error":{"message":"The 1M context window beta is not available for you."}}"#,
        r#"{"error":{"message":"The value is above the maximum context length.","param":"max_tokens"}}"#,
    ] {
        assert_eq!(kind(400, &ErrorReport::read(body)), InvalidRequest, "{body}");
    }
    // The code of a context that is too long outranks the parameter that is named.
    let body = r#"{"error":{"message":"prompt is too long","param":"max_tokens","code":"context_length_exceeded"}}"#;
    assert_eq!(kind(400, &ErrorReport::read(body)), ContextLength);
}

/// Another attempt may generate a valid output.
#[test]
fn output_that_the_provider_rejects_is_transient() {
    for code in ["tool_use_failed", "json_validate_failed", "output_parse_failed"] {
        let body = format!(
            r#"{{"error":{{"message":"Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.","type":"invalid_request_error","code":"{code}","failed_generation":"<function=search>{{}}"}}}}"#
        );
        for status in [0, 400] {
            let kind = kind(status, &ErrorReport::read(&body));
            assert_eq!(kind, Server, "{status} {code}");
            let error = callsign_types::error::Error::new(kind, "");
            assert!(callsign_types::retry::policy::RetryPolicy::is_retried(&error));
        }
    }
}
