//! What a run comes to.

use std::fmt;
use std::sync::Arc;

use super::opening::Beginning;
use crate::journal::Journal;
use crate::traits::store::Store;
use crate::words::approval::ApprovalRequest;
use crate::words::error::{Error, ErrorKind, Progress};
use crate::words::event::ToolCallEnded;
use crate::words::finish::FinishReason;
use crate::words::id::ConversationId;
use crate::words::limits::LimitKind;
use crate::words::message::{AssistantMessage, Message};
use crate::words::messages::Messages;
use crate::words::money::Money;
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
    outcome: Outcome,
    cost: Money,
    is_usage_estimated: bool,
    agent: Option<Arc<str>>,
    accepted: Option<Arc<str>>,
    private: Vec<ToolCallEnded>,
    /// Where it goes on, where it is paused.
    place: Option<Place>,
}

/// The conversation that a run belongs to, and where that is kept.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) conversation: ConversationId,
    /// Whether the store goes with the reply.
    pub(crate) ephemeral: bool,
}

impl Place {
    pub(super) fn of(beginning: &Beginning) -> Self {
        let Beginning { store, conversation, ephemeral, .. } = beginning;
        let (store, conversation) = (store.clone(), conversation.clone());
        Self { store, conversation, ephemeral: *ephemeral }
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.conversation == other.conversation && self.store.identity() == other.store.identity()
    }
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The model has answered.
    Answered,
    /// There is no answer yet: these calls wait for a person's approval. The conversation goes on
    /// once one of them is approved or denied and it is resumed, in this process or in another.
    /// Where the run was begun without a conversation,
    /// [`Agent::conversation_of`](crate::agent::agent::Agent::conversation_of) has it.
    Paused(Vec<ApprovalRequest>),
}

impl Reply {
    pub(crate) fn new(journal: &Journal, outcome: Outcome, private: Vec<ToolCallEnded>) -> Self {
        Self {
            messages: journal.transcript.messages().clone(),
            answer: journal.transcript.newest_reply(),
            finish_reason: journal.state.finish_reason().clone(),
            usage: journal.state.usage(),
            turns: journal.state.turns(),
            tool_calls: journal.state.tool_calls(),
            limit_reached: journal.state.limit_reached(),
            outcome,
            cost: journal.state.cost(),
            is_usage_estimated: journal.state.is_usage_estimated(),
            agent: journal.state.agent().cloned(),
            accepted: journal.state.accepted().map(Into::into),
            private,
            place: None,
        }
    }

    /// The same, as its caller gets it: where it is paused, it knows where it goes on.
    ///
    /// # Errors
    /// Where it is paused within a call, and goes on nowhere: the call's tool would take it for an
    /// answer, and nobody could be asked.
    pub(super) fn going_on_at(self, place: Place, within: bool) -> Result<Self, Error> {
        if self.outcome == Outcome::Answered {
            return Ok(self);
        }
        if within && place.ephemeral {
            let tools: Vec<_> =
                self.approvals().iter().map(|request| format!("`{}`", request.tool)).collect();
            let message = format!(
                "a call of {} has to be approved, and a run within a call cannot wait for that: \
                 make the agent a tool with `.as_tool(…)`, whose approvals pause the caller's run",
                tools.join(", ")
            );
            return Err(Error::new(ErrorKind::Paused, message).with_progress(self.progress()));
        }
        Ok(Self { place: Some(place), ..self })
    }

    /// Where it goes on, where it is paused.
    pub(crate) fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// What there is of it for an error in its place.
    pub(crate) fn progress(&self) -> Progress {
        let partial_text = self.text().to_owned();
        Progress { partial_text, messages: self.messages.clone(), usage: self.usage }
    }

    /// Whether this is the answer, or the run waits for approvals.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The approvals that the run waits for; none where it has answered.
    #[must_use]
    pub fn approvals(&self) -> &[ApprovalRequest] {
        match &self.outcome {
            Outcome::Paused(requests) => requests,
            Outcome::Answered => &[],
        }
    }

    /// The answer as JSON text, where the run asked for one that keeps to a schema: the text, or
    /// the arguments of the call that gave it.
    pub(crate) fn answer_json(&self) -> &str {
        self.accepted.as_deref().unwrap_or_else(|| self.text())
    }

    /// The results of this run that have a part which only the caller gets, in the order in which
    /// they came.
    #[must_use]
    pub fn private_results(&self) -> &[ToolCallEnded] {
        &self.private
    }

    /// What the run has cost, by the agent's [`prices`](crate::agent::builder::AgentBuilder::prices);
    /// models without a price count as free.
    #[must_use]
    pub fn cost(&self) -> Money {
        self.cost
    }

    /// Whether some of [`usage`](Self::usage) is estimated, because a service did not count. It
    /// is estimated only where tokens or money are limited.
    #[must_use]
    pub fn is_usage_estimated(&self) -> bool {
        self.is_usage_estimated
    }

    /// The agent that the conversation was handed to; `None` where it is the one that was asked.
    #[must_use]
    pub fn agent(&self) -> Option<&str> {
        self.agent.as_deref()
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
