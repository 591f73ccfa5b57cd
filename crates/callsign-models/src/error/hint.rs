//! The fix that an error message suggests.

use std::time::Duration;

use callsign_types::error::ErrorKind;
use http::HeaderMap;
use http::header::LOCATION;
use url::Url;

use super::body::ErrorReport;
use super::kind::{is_no_such_model, is_rejected_output};
use super::request_info::RequestInfo;
use super::text::one_line;
use super::token_limits::{Exceeded, exceeded_limit};
use crate::endpoint::address::without_query;

/// Returns what the caller can do about the error; `None` if there is no advice.
pub(super) fn hint(
    info: &RequestInfo,
    kind: ErrorKind,
    report: &ErrorReport,
    wait: Option<Duration>,
    status: Option<u16>,
) -> Option<String> {
    Some(match kind {
        ErrorKind::Authentication => info.credential_hint(status),
        ErrorKind::ModelRetired => "choose another model".to_owned(),
        ErrorKind::NotFound => not_found(info, report),
        ErrorKind::InvalidRequest if report.is_any(&["no_model_name"]) => {
            "set the model name".to_owned()
        }
        ErrorKind::InvalidRequest => {
            return output_limit(report).or_else(|| profile_setting(report));
        }
        ErrorKind::ContextLength => match exceeded_limit(report) {
            Some(Exceeded::Input { is_sum: true }) => {
                "shorten the conversation, set the option `max_tokens` to a smaller value, or use \
                 a model with a larger context window"
                    .to_owned()
            }
            _ => "shorten the conversation, or use a model with a larger context window".to_owned(),
        },
        ErrorKind::ContentFiltered => return report.categories(),
        ErrorKind::QuotaExhausted => {
            "retrying will not help; check the account's plan and billing".to_owned()
        }
        ErrorKind::RateLimited => match wait {
            Some(wait) => format!("retry after {} s", wait.as_secs_f64()),
            None => "retry later, or send fewer requests".to_owned(),
        },
        ErrorKind::Server if is_rejected_output(report) => {
            "the model generated an output that the provider rejects; send the request again"
                .to_owned()
        }
        _ => return None,
    })
}

/// Returns what to do about a redirect, with its target. The target's query and credentials are
/// omitted, because they may be secrets.
pub(super) fn redirect_hint(info: &RequestInfo, headers: &HeaderMap) -> String {
    let target = || {
        let location = headers.get(LOCATION)?.to_str().ok()?;
        let mut target = Url::parse(&info.address).ok()?.join(location).ok()?;
        target.set_fragment(None);
        // An address that cannot have a user, such as `data:`, has none to remove.
        let _ = target.set_username("").and_then(|()| target.set_password(None));
        Some(one_line(&info.redact(&without_query(&target))))
    };
    let target = target().unwrap_or_else(|| "the new address".to_owned());
    format!("redirects are not followed; set the endpoint to {target}")
}

/// Returns how to fix an output limit that is too large.
fn output_limit(report: &ErrorReport) -> Option<String> {
    match exceeded_limit(report)? {
        Exceeded::Output { max: Some(max) } => {
            Some(format!("set the option `max_tokens` to at most {max}"))
        }
        Exceeded::Output { max: None } => {
            Some("set the option `max_tokens` to a smaller value".to_owned())
        }
        Exceeded::Input { .. } => None,
    }
}

/// What providers say if a request needs a setting of the profile, in lower case, and the setting.
const PROFILE_SETTINGS: &[(&str, &str)] = &[
    // Chat templates of Mistral and Gemma: vllm-project/vllm#6862, suitenumerique/conversations#197.
    ("roles must alternate", ALTERNATING_ROLES),
    // Bedrock: microsoft/semantic-kernel#10281.
    ("must alternate between user and assistant", ALTERNATING_ROLES),
    // Perplexity.
    ("should alternate with assistant", ALTERNATING_ROLES),
    // DeepSeek's reasoner: Aider-AI/aider#5591 describes it.
    ("successive user or assistant messages", ALTERNATING_ROLES),
    // Kimi: continuedev/continue#11527, also at gateways.
    ("reasoning_content is missing", REASONING),
    // DeepSeek, from its guide to the thinking mode.
    ("reasoning_content` in the thinking mode must be passed back", REASONING),
    // Claude behind LiteLLM: openai/openai-agents-python#678.
    ("expected `thinking` or `redacted_thinking`", RETURNED_REASONING),
];

const ALTERNATING_ROLES: &str = "set `alternating_roles` in the model's `Profile` to merge \
                                 neighboring messages of one role, and `single_system_message` if \
                                 the conversation has several system messages";

const REASONING: &str = "set `returns_reasoning` and `requires_reasoning` in the model's `Profile`";

const RETURNED_REASONING: &str = "set `returns_reasoning` in the model's `Profile`";

/// Returns the setting of the profile that the provider's message asks for.
fn profile_setting(report: &ErrorReport) -> Option<String> {
    let message = report.message.as_deref()?.to_lowercase();
    let found = PROFILE_SETTINGS.iter().find(|(phrase, _)| message.contains(phrase));
    found.map(|(_, setting)| (*setting).to_owned())
}

/// Returns the likely cause of a *not found* error.
fn not_found(info: &RequestInfo, report: &ErrorReport) -> String {
    let address = &info.address;
    let model = info.model.as_deref();
    if is_no_such_model(report) && !address.contains("/openai/deployments/") {
        return match model {
            Some(model) => format!("check the model name {:?}", one_line(model)),
            None => "set a model that the endpoint serves".to_owned(),
        };
    }
    let version = match &info.api_version {
        Some(version) => format!(" and the api-version ({})", one_line(version)),
        None => String::new(),
    };
    if address.contains("/openai/deployments/") {
        return format!("check the deployment name in the address{version}");
    }
    if address.contains(".services.ai.azure.com") && !address.contains("/models/") {
        return "the address of this resource must end in /models or /openai/v1".to_owned();
    }
    if address.contains("/v1/") {
        return match model {
            Some(model) => format!("check the address and the model name {:?}", one_line(model)),
            None => "check the address".to_owned(),
        };
    }
    if info.api_version.is_some() {
        return format!("check the address, which may need to end in /models,{version}");
    }
    "check the address, which ends in /v1 at most providers".to_owned()
}
