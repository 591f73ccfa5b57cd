//! What a run comes to.

use std::fmt;

use crate::journal::Journal;
use crate::words::finish::FinishReason;
use crate::words::limits::LimitKind;
use crate::words::message::{AssistantMessage, Message};
use crate::words::messages::Messages;
use crate::words::usage::Usage;

/// The answer of a run. Shown, it is the answer's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    messages: Messages,
    /// Where the answer stands among the messages, unless it is empty.
    answer: Option<usize>,
    finish_reason: FinishReason,
    usage: Usage,
    turns: u32,
    tool_calls: u32,
    limit_reached: Option<LimitKind>,
}

impl Reply {
    pub(crate) fn new(journal: &Journal) -> Self {
        Self {
            messages: journal.transcript.messages().clone(),
            answer: journal.transcript.newest_reply(),
            finish_reason: journal.state.finish_reason().clone(),
            usage: journal.state.usage(),
            turns: journal.state.turns(),
            tool_calls: journal.state.tool_calls(),
            limit_reached: journal.state.limit_reached(),
        }
    }

    /// The text of the answer; empty where the model ended without one.
    #[must_use]
    pub fn text(&self) -> &str {
        self.answer().map_or("", |answer| &answer.text)
    }

    /// The model's refusal, where the service tells one from an answer.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        self.answer()?.refusal.as_deref()
    }

    /// The whole of the answer, its reasoning among it; `None` where the model ended without one.
    #[must_use]
    pub fn answer(&self) -> Option<&AssistantMessage> {
        match self.messages.get(self.answer?) {
            Some(Message::Assistant(message)) => Some(message),
            _ => None,
        }
    }

    /// The conversation so far, the answer among it: it can be given to the next run as its
    /// history.
    #[must_use]
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    /// Why the model ended its answer.
    #[must_use]
    pub fn finish_reason(&self) -> &FinishReason {
        &self.finish_reason
    }

    /// The tokens of all the model calls of the run.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// How often the model was asked.
    #[must_use]
    pub fn turns(&self) -> u32 {
        self.turns
    }

    /// How many tool calls the model made.
    #[must_use]
    pub fn tool_calls(&self) -> u32 {
        self.tool_calls
    }

    /// The limit because of which the model was made to answer, if one was reached.
    #[must_use]
    pub fn limit_reached(&self) -> Option<LimitKind> {
        self.limit_reached
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
