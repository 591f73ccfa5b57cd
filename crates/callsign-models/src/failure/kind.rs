//! Which kind of error it is: by the codes that services use, then by their words, then by the
//! status.

use callsign_core::words::error::ErrorKind;

use super::body::Told;

/// What tells a kind beyond the status: codes, and phrases of the message in lower case.
struct Signs {
    kind: ErrorKind,
    codes: &'static [&'static str],
    phrases: &'static [&'static str],
    /// What the message has to speak of besides.
    of: &'static str,
}

/// The signs, the more telling ones first: a model that is gone is often said to be not found,
/// and a quota that is used up comes as a rate limit.
///
/// Codes are OpenAI's and Azure's unless said otherwise.
const SIGNS: &[Signs] = &[
    Signs {
        kind: ErrorKind::Retired,
        // Groq says `model_decommissioned`.
        codes: &["model_decommissioned", "model_retired", "model_deprecated", "ModelDeprecated"],
        phrases: &["has been decommissioned", "has been retired", "has been deprecated"],
        of: "model",
    },
    Signs {
        kind: ErrorKind::QuotaExhausted,
        // The third is Moonshot's, the words are Anthropic's and DeepSeek's.
        codes: &[
            "insufficient_quota",
            "billing_hard_limit_reached",
            "exceeded_current_quota_error",
            "InsufficientQuota",
        ],
        phrases: &["credit balance is too low", "insufficient balance", "insufficient credits"],
        of: "",
    },
    Signs {
        kind: ErrorKind::ContextLength,
        // llama.cpp, Perplexity and GitHub's models have words of their own.
        codes: &[
            "context_length_exceeded",
            "exceed_context_size_error",
            "too_many_prompt_tokens",
            "tokens_limit_reached",
        ],
        phrases: &[
            "maximum context length",
            "context length exceeded",
            "exceeds the context",
            "exceeds the available context",
            "exceed context limit",
            "context window",
            "prompt is too long",
            "total length of all messages is too long",
            "too large for model with",
        ],
        of: "",
    },
    Signs {
        kind: ErrorKind::NotFound,
        // Mistral says `invalid_model`, OpenRouter and DeepSeek only have the words.
        codes: NO_SUCH_MODEL,
        phrases: &["is not a valid model id", "the supported api model names are"],
        of: "",
    },
    Signs {
        kind: ErrorKind::UnsupportedParameter,
        // `extra_forbidden` is what Mistral's validator says of a field that it does not know.
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
        of: "",
    },
];

/// Codes by which services say that a model or a deployment is not there, whatever the status.
const NO_SUCH_MODEL: &[&str] =
    &["unknown_model", "model_not_found", "DeploymentNotFound", "ModelNotFound", "invalid_model"];

/// Whether it says that the model, rather than the address, is not there.
pub(super) fn is_no_such_model(told: &Told) -> bool {
    told.is_any(NO_SUCH_MODEL)
}

/// The kind of what is told with this status, which is 0 where there is none.
pub(super) fn kind(status: u16, told: &Told) -> ErrorKind {
    if told.filtered && !matches!(status, 401 | 404 | 408 | 429) {
        return ErrorKind::ContentFiltered;
    }
    // A code is meant for programs; words are for people, and speak of other things as well.
    let message = words(status, told).unwrap_or_default();
    let bears = |signs: &&Signs| {
        let spoken = || signs.phrases.iter().any(|phrase| message.contains(phrase));
        told.is_any(signs.codes) || (message.contains(signs.of) && spoken())
    };
    // That a model is not found is said of one that is gone as well.
    let telling = |signs: &&Signs| signs.kind != ErrorKind::NotFound && told.is_any(signs.codes);
    if let Some(signs) = SIGNS.iter().find(telling).or_else(|| SIGNS.iter().find(bears)) {
        return signs.kind;
    }
    match status {
        401 | 403 => ErrorKind::Authentication,
        402 => ErrorKind::QuotaExhausted,
        404 | 405 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        410 => ErrorKind::Retired,
        // What Azure's managed endpoints answer with where the model behind them failed.
        424 => ErrorKind::Server,
        429 => ErrorKind::RateLimited,
        400..=499 => ErrorKind::InvalidRequest,
        500.. => ErrorKind::Server,
        0 => without_status(told),
        _ => ErrorKind::Protocol,
    }
}

/// The message in lower case. Words are believed where the request is to blame, and where nothing
/// says who is: llama.cpp used to answer 500 to a prompt that was too long.
fn words(status: u16, told: &Told) -> Option<String> {
    let telling = matches!(status, 0 | 400 | 404 | 413 | 422 | 500);
    told.message.as_deref().filter(|_| telling).map(str::to_lowercase)
}

fn without_status(told: &Told) -> ErrorKind {
    if told.is_any(&["rate_limit_exceeded", "rate_limit_error"]) {
        return ErrorKind::RateLimited;
    }
    if told.is_any(&["authentication_error", "invalid_api_key"]) {
        return ErrorKind::Authentication;
    }
    // Groq's word for calls that its own check of the model's output refused.
    if told.is_any(&["invalid_request_error", "invalid_request", "tool_use_failed"]) {
        return ErrorKind::InvalidRequest;
    }
    ErrorKind::Server
}

#[cfg(test)]
mod tests;
