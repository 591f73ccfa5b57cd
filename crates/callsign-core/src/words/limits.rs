//! The bounds that a run keeps to.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::{Error, ErrorKind};
use super::money::Money;

/// The bounds of a run. The defaults are wide enough for ordinary work and narrow enough that
/// a model that goes round in circles is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Limits {
    /// Replies of the model in one run. Once they are used up, one last request asks for an
    /// answer without tools. Default 50.
    pub turns: u32,
    /// Tool calls in one run. Calls beyond it are not run, and the model is asked for an answer
    /// without tools. Default 500.
    pub tool_calls: u32,
    /// Wall time of one run; at its end the run fails. Default 30 minutes.
    #[serde(with = "millis")]
    pub time: Duration,
    /// Wall time of one tool call, where the tool does not set its own. Default 60 seconds.
    #[serde(with = "millis")]
    pub tool_timeout: Duration,
    /// Tool calls of one reply that run at once. Default 64.
    pub tool_concurrency: u32,
    /// Replies in a row in which the same tool had a fault and no success; reaching it ends the
    /// run. Default 3.
    pub tool_faults: u32,
    /// Tokens, in and out, of all the model calls of one run, those of agents among its tools and
    /// of tools that ask the model included. It is looked at before each request, so that a run
    /// overshoots it by no more than one reply, and by one more for each agent or tool that is
    /// waiting for a reply of its own beside it. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Money that those tokens may cost, by the agent's
    /// [`prices`](crate::agent::builder::AgentBuilder::prices). Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<Money>,
    /// Bytes of a tool's result that the model sees; the journal keeps the whole. Default
    /// 100,000.
    #[serde(default = "result_bytes", skip_serializing_if = "is_default_result_bytes")]
    pub result_bytes: u64,
    /// Tokens of a request's messages, as they are estimated, above which the history is made
    /// shorter by the agent's
    /// [`compaction`](crate::agent::builder::AgentBuilder::compaction). Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// How often the model is asked again for an answer that is not what was asked for, see
    /// [`Turn::output`](crate::agent::turn::Turn::output). Default 3.
    #[serde(default = "answer_retries", skip_serializing_if = "is_default_answer_retries")]
    pub answer_retries: u32,
}

fn result_bytes() -> u64 {
    100_000
}

fn answer_retries() -> u32 {
    3
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_default_result_bytes(bytes: &u64) -> bool {
    *bytes == result_bytes()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_default_answer_retries(retries: &u32) -> bool {
    *retries == answer_retries()
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            turns: 50,
            tool_calls: 500,
            time: Duration::from_secs(30 * 60),
            tool_timeout: Duration::from_secs(60),
            tool_concurrency: 64,
            tool_faults: 3,
            tokens: None,
            money: None,
            result_bytes: result_bytes(),
            context_tokens: None,
            answer_retries: answer_retries(),
        }
    }
}

impl Limits {
    /// Sets the replies of the model in one run.
    #[must_use]
    pub fn turns(mut self, turns: u32) -> Self {
        self.turns = turns;
        self
    }

    /// Sets the tool calls in one run.
    #[must_use]
    pub fn tool_calls(mut self, calls: u32) -> Self {
        self.tool_calls = calls;
        self
    }

    /// Sets the wall time of one run.
    #[must_use]
    pub fn time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// Sets the wall time of one tool call.
    #[must_use]
    pub fn tool_timeout(mut self, timeout: Duration) -> Self {
        self.tool_timeout = timeout;
        self
    }

    /// Sets how many tool calls of one reply run at once; 0 counts as 1.
    #[must_use]
    pub fn tool_concurrency(mut self, calls: u32) -> Self {
        self.tool_concurrency = calls;
        self
    }

    /// Sets how many replies in a row a tool may fault in; 0 counts as 1.
    #[must_use]
    pub fn tool_faults(mut self, faults: u32) -> Self {
        self.tool_faults = faults;
        self
    }

    /// Sets the tokens, in and out, of one run and everything under it.
    #[must_use]
    pub fn tokens(mut self, tokens: u64) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Sets what one run and everything under it may cost, in the currency of the price table.
    #[must_use]
    pub fn money(mut self, units: f64) -> Self {
        self.money = Some(Money::new(units));
        self
    }

    /// Sets the bytes of a tool's result that the model sees.
    #[must_use]
    pub fn result_bytes(mut self, bytes: u64) -> Self {
        self.result_bytes = bytes;
        self
    }

    /// Sets the estimated tokens of a request's messages above which the history is made shorter.
    #[must_use]
    pub fn context_tokens(mut self, tokens: u64) -> Self {
        self.context_tokens = Some(tokens);
        self
    }

    /// Sets how often the model is asked again for an answer that is not what was asked for.
    #[must_use]
    pub fn answer_retries(mut self, retries: u32) -> Self {
        self.answer_retries = retries;
        self
    }
}

/// Which bound a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LimitKind {
    /// [`Limits::turns`].
    Turns,
    /// [`Limits::tool_calls`].
    ToolCalls,
    /// [`Limits::time`].
    Time,
    /// [`Limits::tokens`].
    Tokens,
    /// [`Limits::money`].
    Money,
    /// [`Limits::answer_retries`].
    AnswerRetries,
}

impl LimitKind {
    /// The error of something that was not done because the limit is reached.
    pub(crate) fn error(self) -> Error {
        Error::new(ErrorKind::Limit(self), format!("the run's limit of {self} is used up"))
    }
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Turns => "turns",
            Self::ToolCalls => "tool calls",
            Self::Time => "time",
            Self::Tokens => "tokens",
            Self::Money => "money",
            Self::AnswerRetries => "answers",
        })
    }
}

/// Durations as whole milliseconds, so that a journal reads the same everywhere.
mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
        u64::deserialize(d).map(Duration::from_millis)
    }
}
