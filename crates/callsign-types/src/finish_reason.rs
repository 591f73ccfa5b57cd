//! The reason why a response ended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a model ended its response, in the terms of chat completions.
///
/// The set is open, because providers add reasons of their own. Whether a response calls tools
/// depends on its calls and not on its finish reason: providers disagree about that reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<String>", into = "Option<String>")]
#[non_exhaustive]
pub enum FinishReason {
    /// `stop`: the model finished its message.
    Stop,
    /// `length`: a token limit of the request or the model was reached.
    Length,
    /// `content_filter`: the provider's content filter blocked the rest.
    ContentFilter,
    /// `tool_calls`: the model waits for tool results.
    ToolCalls,
    /// An unknown reason, unchanged. The run ends with an error that names it.
    Other(String),
    /// The provider gave no reason.
    Missing,
}

impl FinishReason {
    /// Returns whether the response may be truncated: for any reason but `stop` and `tool_calls`.
    /// None of its calls runs.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        !matches!(self, Self::Stop | Self::ToolCalls)
    }

    /// Returns the reason as chat completions spells it; `None` if the provider gave none.
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

/// Reads the spelling of chat completions. A model that receives another spelling maps it first:
/// no call of a response with an unknown reason runs.
impl From<&str> for FinishReason {
    fn from(reason: &str) -> Self {
        match reason {
            "stop" => Self::Stop,
            "length" => Self::Length,
            "content_filter" => Self::ContentFilter,
            "tool_calls" => Self::ToolCalls,
            "" => Self::Missing,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<String> for FinishReason {
    fn from(reason: String) -> Self {
        reason.as_str().into()
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

#[cfg(test)]
mod tests {
    use super::FinishReason;

    #[test]
    fn empty_and_absent_reasons_are_missing() {
        for reason in [FinishReason::from(""), String::new().into(), None.into()] {
            assert_eq!(reason, FinishReason::Missing);
        }
        assert_eq!(FinishReason::from("stop".to_owned()), FinishReason::Stop);
    }
}
