//! The limits of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::{Error, ErrorKind};
use super::pricing::Cost;
use super::serialization::{millis, option_millis};

/// The limits of a run. The defaults suit ordinary work and stop a model that loops.
///
/// Turns, tool calls, tokens and cost are counted from the user's message on. A run that resumes the
/// conversation, after a pause, a cancellation or a crash, continues the counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Limits {
    /// The maximum number of turns for one message. After the last one, a final request without tools
    /// asks for an answer. Default 50.
    #[serde(rename = "turns")]
    pub max_turns: u32,
    /// The maximum number of tool calls for one message. Further calls do not run, and the model is
    /// asked for an answer without tools. Default 500.
    #[serde(rename = "tool_calls")]
    pub max_tool_calls: u32,
    /// The maximum duration of one run. A run that exceeds it fails. Default 30 minutes.
    #[serde(rename = "time", with = "millis")]
    pub run_timeout: Duration,
    /// The maximum duration of one tool call, unless the tool sets its own. Default 60 seconds.
    #[serde(with = "millis")]
    pub tool_timeout: Duration,
    /// The maximum duration of one tool call that reports progress. Each report begins the tool's
    /// timeout anew, up to this time after the start of the call. `None`, the default, means that
    /// progress does not extend timeouts.
    ///
    /// It does not shorten the timeout of a tool, and does not extend the duration of the run.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "option_millis")]
    pub max_tool_timeout: Option<Duration>,
    /// The maximum numbers of calls of single tools for one message, by the names that the model
    /// receives. Further calls of such a tool do not run, and the model may still call other tools.
    /// By default, no tool has such a limit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub max_calls_of: BTreeMap<String, u32>,
    /// The maximum number of concurrent tool calls of one response. Default 64.
    pub tool_concurrency: u32,
    /// The number of consecutive responses in which the same tool fails and never succeeds before
    /// the run ends. Default 3.
    #[serde(rename = "tool_faults")]
    pub max_consecutive_failures: u32,
    /// The maximum number of input and output tokens for one message. Model calls of sub-agents and
    /// tools count as well. `None`, the default, means no limit.
    ///
    /// The limit is checked before each request. A run exceeds it by at most one response, plus
    /// one for each sub-agent or tool that waits for a response at the same time.
    #[serde(rename = "tokens", default, skip_serializing_if = "Option::is_none")]
    pub max_total_tokens: Option<u64>,
    /// The maximum cost of those tokens, by the price table that is set with
    /// `AgentBuilder::prices`. `None`, the default, means no limit.
    #[serde(rename = "money", default, skip_serializing_if = "Option::is_none")]
    pub max_cost: Option<Cost>,
    /// The maximum number of bytes of a tool result that the model receives. The journal keeps the
    /// complete result. Default 100,000.
    #[serde(
        rename = "result_bytes",
        default = "default_result_bytes",
        skip_serializing_if = "is_default_result_bytes"
    )]
    pub max_result_bytes: u64,
    /// The estimated number of tokens of a request's messages above which the history is
    /// compacted. The compactor is set with `AgentBuilder::compaction`. `None`, the default, means
    /// no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// How often the model may correct rejected output, see `RunBuilder::output`. Default 3.
    #[serde(
        rename = "answer_retries",
        default = "default_output_retries",
        skip_serializing_if = "is_default_output_retries"
    )]
    pub output_retries: u32,
    /// How often the model is asked again if it answers with neither text nor tool calls. After
    /// that, the run ends with an error. `None` accepts empty answers. Default 1.
    ///
    /// Runs of journals from before this limit accept empty answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty_retries: Option<u32>,
    /// How often a call of an idempotent or read-only tool is started before its outcome counts as
    /// unknown: a tool that ends its process would otherwise do so in every process that resumes the
    /// conversation. Default 3.
    #[serde(default = "default_call_attempts", skip_serializing_if = "is_default_call_attempts")]
    pub max_call_attempts: u32,
}

fn default_call_attempts() -> u32 {
    3
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires a reference")]
fn is_default_call_attempts(attempts: &u32) -> bool {
    *attempts == default_call_attempts()
}

fn default_result_bytes() -> u64 {
    100_000
}

fn default_output_retries() -> u32 {
    3
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires a reference")]
fn is_default_result_bytes(bytes: &u64) -> bool {
    *bytes == default_result_bytes()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires a reference")]
fn is_default_output_retries(retries: &u32) -> bool {
    *retries == default_output_retries()
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_turns: 50,
            max_tool_calls: 500,
            run_timeout: Duration::from_secs(30 * 60),
            tool_timeout: Duration::from_secs(60),
            max_tool_timeout: None,
            max_calls_of: BTreeMap::new(),
            tool_concurrency: 64,
            max_consecutive_failures: 3,
            max_total_tokens: None,
            max_cost: None,
            max_result_bytes: default_result_bytes(),
            context_tokens: None,
            output_retries: default_output_retries(),
            empty_retries: Some(1),
            max_call_attempts: default_call_attempts(),
        }
    }
}

impl Limits {
    /// Sets the maximum number of turns for one message.
    #[must_use]
    pub fn max_turns(mut self, turns: u32) -> Self {
        self.max_turns = turns;
        self
    }

    /// Sets the maximum number of tool calls for one message.
    #[must_use]
    pub fn max_tool_calls(mut self, calls: u32) -> Self {
        self.max_tool_calls = calls;
        self
    }

    /// Sets the maximum duration of one run.
    #[must_use]
    pub fn run_timeout(mut self, timeout: Duration) -> Self {
        self.run_timeout = timeout;
        self
    }

    /// Sets the maximum duration of one tool call.
    #[must_use]
    pub fn tool_timeout(mut self, timeout: Duration) -> Self {
        self.tool_timeout = timeout;
        self
    }

    /// Sets the maximum duration of one tool call that reports progress.
    #[must_use]
    pub fn max_tool_timeout(mut self, timeout: Duration) -> Self {
        self.max_tool_timeout = Some(timeout);
        self
    }

    /// Sets the maximum number of calls of `tool` for one message. 0 forbids it.
    #[must_use]
    pub fn max_calls_of(mut self, tool: impl Into<String>, calls: u32) -> Self {
        self.max_calls_of.insert(tool.into(), calls);
        self
    }

    /// Sets the maximum number of concurrent tool calls of one response. 0 counts as 1.
    #[must_use]
    pub fn tool_concurrency(mut self, calls: u32) -> Self {
        self.tool_concurrency = calls;
        self
    }

    /// Sets the number of consecutive turns with failures of the same tool that ends the run. 0
    /// counts as 1.
    #[must_use]
    pub fn max_consecutive_failures(mut self, failures: u32) -> Self {
        self.max_consecutive_failures = failures;
        self
    }

    /// Sets the maximum number of input and output tokens for one message, with sub-agents.
    #[must_use]
    pub fn max_total_tokens(mut self, tokens: u64) -> Self {
        self.max_total_tokens = Some(tokens);
        self
    }

    /// Sets the maximum cost of one run and its sub-agents, in the currency of the price table.
    #[must_use]
    pub fn max_cost(mut self, units: f64) -> Self {
        self.max_cost = Some(Cost::new(units));
        self
    }

    /// Sets the maximum number of bytes of a tool result that the model receives.
    #[must_use]
    pub fn max_result_bytes(mut self, bytes: u64) -> Self {
        self.max_result_bytes = bytes;
        self
    }

    /// Sets the estimated number of tokens above which the history is compacted.
    #[must_use]
    pub fn context_tokens(mut self, tokens: u64) -> Self {
        self.context_tokens = Some(tokens);
        self
    }

    /// Sets how often the model may correct rejected output.
    #[must_use]
    pub fn output_retries(mut self, retries: u32) -> Self {
        self.output_retries = retries;
        self
    }

    /// Sets how often the model is asked again if it answers with neither text nor tool calls.
    #[must_use]
    pub fn empty_retries(mut self, retries: u32) -> Self {
        self.empty_retries = Some(retries);
        self
    }

    /// Sets how often a call of an idempotent or read-only tool is started. 0 counts as 1.
    #[must_use]
    pub fn max_call_attempts(mut self, attempts: u32) -> Self {
        self.max_call_attempts = attempts;
        self
    }

    /// Accepts answers with neither text nor tool calls: they end the run without an error.
    #[must_use]
    pub fn accept_empty_responses(mut self) -> Self {
        self.empty_retries = None;
        self
    }
}

/// The limit that a run reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LimitKind {
    /// [`Limits::max_turns`].
    Turns,
    /// [`Limits::max_tool_calls`].
    ToolCalls,
    /// [`Limits::run_timeout`].
    Time,
    /// [`Limits::max_total_tokens`].
    Tokens,
    /// [`Limits::max_cost`].
    #[serde(rename = "money")]
    Cost,
    /// [`Limits::output_retries`].
    #[serde(rename = "answer_retries")]
    OutputRetries,
}

impl LimitKind {
    /// Returns the error of an operation that was not started because the limit is reached.
    #[doc(hidden)]
    pub fn error(self) -> Error {
        Error::new(ErrorKind::Limit(self), format!("the run's limit of {self} is exhausted"))
    }
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Turns => "turns",
            Self::ToolCalls => "tool calls",
            Self::Time => "time",
            Self::Tokens => "tokens",
            Self::Cost => "cost",
            Self::OutputRetries => "output retries",
        })
    }
}
