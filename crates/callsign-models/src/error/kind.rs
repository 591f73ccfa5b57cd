//! Classification of provider errors: by error codes, then by phrases, then by the HTTP status.

use callsign_types::error::ErrorKind;

use super::body::ErrorReport;
use super::token_limits::{Exceeded, exceeded_limit};

/// A rule that assigns an error kind: codes, and phrases of the lower-case message.
struct KindRule {
    kind: ErrorKind,
    codes: &'static [&'static str],
    phrases: &'static [&'static str],
    /// A word that the message must also contain; empty for none.
    requires: &'static str,
}

/// The rules, the more specific ones first: providers often report a retired model as *not found*,
/// and an exhausted quota as a rate limit.
///
/// Codes are those of OpenAI and Azure unless noted.
const KIND_RULES: &[KindRule] = &[
    KindRule {
        kind: ErrorKind::ModelRetired,
        // `model_decommissioned` is Groq's.
        codes: &["model_decommissioned", "model_retired", "model_deprecated", "ModelDeprecated"],
        phrases: &["has been decommissioned", "has been retired", "has been deprecated"],
        requires: "model",
    },
    KindRule {
        kind: ErrorKind::QuotaExhausted,
        // The third code is Moonshot's; the phrases are Anthropic's and DeepSeek's.
        codes: &[
            "insufficient_quota",
            "billing_hard_limit_reached",
            "exceeded_current_quota_error",
            "InsufficientQuota",
        ],
        phrases: &["credit balance is too low", "insufficient balance", "insufficient credits"],
        requires: "",
    },
    KindRule {
        kind: ErrorKind::ContextLength,
        // Those after the first are llama.cpp's, Perplexity's, GitHub Models' and Anthropic's. The
        // phrases are in `token_limits`.
        codes: &[
            "context_length_exceeded",
            "exceed_context_size_error",
            "too_many_prompt_tokens",
            "tokens_limit_reached",
            "request_too_large",
        ],
        phrases: &[],
        requires: "",
    },
    KindRule {
        kind: ErrorKind::NotFound,
        // `invalid_model` is Mistral's; the phrases are OpenRouter's and DeepSeek's.
        codes: NO_SUCH_MODEL,
        phrases: &["is not a valid model id", "the supported api model names are"],
        requires: "",
    },
    KindRule { kind: ErrorKind::Server, codes: REJECTED_OUTPUT, phrases: &[], requires: "" },
    KindRule {
        kind: ErrorKind::UnsupportedParameter,
        // `extra_forbidden` is what Mistral's validator reports for an unknown field.
        codes: &[
            "parameter_not_supported",
            "unsupported_parameter",
            "unsupported_value",
            "unknown_parameter",
            "extra_forbidden",
        ],
        phrases: &[
            "unsupported parameter",
            "unrecognized request argument",
            "extra inputs are not permitted",
            "not supported with this model",
            "not supported by this model",
            "not enabled for this model",
        ],
        requires: "",
    },
];

/// Codes for a model or a deployment that does not exist, whatever the status.
const NO_SUCH_MODEL: &[&str] =
    &["unknown_model", "model_not_found", "DeploymentNotFound", "ModelNotFound", "invalid_model"];

/// Groq's codes for a response that its own check rejects: invalid calls (agno-agi/agno#4090),
/// invalid JSON, or a text that it cannot parse. The model may do better when it is asked again, so
/// the error counts as transient although the status is 400.
const REJECTED_OUTPUT: &[&str] =
    &["tool_use_failed", "json_validate_failed", "output_parse_failed"];

/// Returns whether the provider rejected what the model generated, rather than the request.
pub(super) fn is_rejected_output(report: &ErrorReport) -> bool {
    report.is_any(REJECTED_OUTPUT)
}

/// Returns whether the report says that the model, rather than the address, does not exist.
pub(super) fn is_no_such_model(report: &ErrorReport) -> bool {
    report.is_any(NO_SUCH_MODEL)
}

/// Returns the kind of a report with this status; 0 means that there is no status.
pub(super) fn kind(status: u16, report: &ErrorReport) -> ErrorKind {
    if report.filtered && !matches!(status, 401 | 404 | 408 | 429) {
        return ErrorKind::ContentFiltered;
    }
    // Codes are checked before phrases: a code is unambiguous, and a message may mention other
    // topics.
    let message = relevant_message(status, report);
    let exceeded = message.as_ref().and_then(|_| exceeded_limit(report));
    let message = message.unwrap_or_default();
    if let Some(Exceeded::Output { .. }) = exceeded {
        // Some providers send the code of a context that is too long for this as well.
        return ErrorKind::InvalidRequest;
    }
    let applies = |rule: &&KindRule| {
        let has_phrase = || match rule.kind {
            ErrorKind::ContextLength => exceeded.is_some(),
            _ => rule.phrases.iter().any(|phrase| message.contains(phrase)),
        };
        report.is_any(rule.codes) || (message.contains(rule.requires) && has_phrase())
    };
    // Codes for *not found* are also sent for a retired model, which a phrase reveals.
    let has_code = |rule: &&KindRule| rule.kind != ErrorKind::NotFound && report.is_any(rule.codes);
    if let Some(rule) = KIND_RULES.iter().find(has_code).or_else(|| KIND_RULES.iter().find(applies))
    {
        return rule.kind;
    }
    match status {
        401 | 403 => ErrorKind::Authentication,
        402 => ErrorKind::QuotaExhausted,
        404 | 405 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        410 => ErrorKind::ModelRetired,
        // Azure's managed endpoints respond with 424 if the model behind them fails.
        424 => ErrorKind::Server,
        429 => ErrorKind::RateLimited,
        400..=499 => ErrorKind::InvalidRequest,
        500.. => ErrorKind::Server,
        0 => without_status(report),
        _ => ErrorKind::Protocol,
    }
}

/// Returns the message in lower case if its phrases count: the status blames the request or
/// nothing. llama.cpp used to respond with 500 to a prompt that was too long.
fn relevant_message(status: u16, report: &ErrorReport) -> Option<String> {
    let is_relevant = matches!(status, 0 | 400 | 404 | 413 | 422 | 500);
    report.message.as_deref().filter(|_| is_relevant).map(str::to_lowercase)
}

fn without_status(report: &ErrorReport) -> ErrorKind {
    if report.is_any(&["rate_limit_exceeded", "rate_limit_error"]) {
        return ErrorKind::RateLimited;
    }
    if report.is_any(&["authentication_error", "invalid_api_key"]) {
        return ErrorKind::Authentication;
    }
    if report.is_any(&["invalid_request_error", "invalid_request"]) {
        return ErrorKind::InvalidRequest;
    }
    ErrorKind::Server
}

#[cfg(test)]
mod tests;
