//! The bounds that a run keeps to.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

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
    /// Tool calls of one reply that run at once. Default 32.
    pub tool_concurrency: u32,
    /// Replies in a row in which the same tool had a fault and no success; reaching it ends the
    /// run. Default 3.
    pub tool_faults: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            turns: 50,
            tool_calls: 500,
            time: Duration::from_secs(30 * 60),
            tool_timeout: Duration::from_secs(60),
            tool_concurrency: 32,
            tool_faults: 3,
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
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Turns => "turns",
            Self::ToolCalls => "tool calls",
            Self::Time => "time",
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
