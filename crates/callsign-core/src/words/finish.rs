//! Why a model stopped.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a model ended its reply, in the wire's words.
///
/// The set is open: services add reasons of their own. Whether a reply calls tools is told by
/// its calls and not by this, because services disagree about which reason goes with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<String>", into = "Option<String>")]
#[non_exhaustive]
pub enum FinishReason {
    /// `stop`: the model said all it had to say.
    Stop,
    /// `length`: the token limit of the request or of the model cut the reply.
    Length,
    /// `content_filter`: the service withheld the rest.
    ContentFilter,
    /// `tool_calls`: the model waits for the results of its calls.
    ToolCalls,
    /// A reason that this version does not know, as it was spelled.
    Other(String),
    /// The service gave none.
    Missing,
}

impl FinishReason {
    /// Whether something of the reply is missing. No call of such a reply is run.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        matches!(self, Self::Length | Self::ContentFilter | Self::Missing)
    }

    /// The wire's spelling; `None` where the service gave no reason.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        Some(match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ContentFilter => "content_filter",
            Self::ToolCalls => "tool_calls",
            Self::Other(other) => other,
            Self::Missing => return None,
        })
    }
}

impl From<&str> for FinishReason {
    fn from(reason: &str) -> Self {
        match reason {
            "stop" => Self::Stop,
            // Mistral tells its own limit from the request's; gateways to other services hand on
            // those services' word for it.
            "length" | "model_length" | "max_tokens" | "MAX_TOKENS" => Self::Length,
            "content_filter" => Self::ContentFilter,
            "tool_calls" => Self::ToolCalls,
            "" => Self::Missing,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<Option<String>> for FinishReason {
    fn from(reason: Option<String>) -> Self {
        reason.as_deref().map_or(Self::Missing, Self::from)
    }
}

impl From<FinishReason> for Option<String> {
    fn from(reason: FinishReason) -> Self {
        reason.as_str().map(str::to_owned)
    }
}

impl fmt::Display for FinishReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str().unwrap_or("(none given)"))
    }
}
