//! The reply of a run.

pub mod calls;
mod serialization;

use std::fmt;
use std::sync::Arc;

use callsign_types::approval::ApprovalRequest;
use callsign_types::error::{Error, ErrorKind, PartialRun, PausedRun};
use callsign_types::event::{SubAgentResult, ToolCallEnded};
use callsign_types::finish_reason::FinishReason;
use callsign_types::limits::LimitKind;
use callsign_types::message::{AssistantMessage, Message};
use callsign_types::messages::Messages;
use callsign_types::pricing::Cost;
use callsign_types::usage::Usage;

use serde::Serialize;

use self::calls::CallWithResult;
use super::paused_at::PausedAt;
use crate::journal::Journal;

/// The reply of a run. `Display` writes the text of the answer, or what a paused run waits for.
///
/// Serialized, it has the values of its methods; those that are `None` or empty are left out.
/// `messages` contains [`new_messages`](Self::new_messages) and [`calls`](Self::calls).
/// `conversation` is the id of the conversation of a paused run.
/// `result_metadata` is for the caller only: remove it before you pass the reply on.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    messages: Messages,
    /// The position of the first message of the run.
    run_from: usize,
    /// The position of the answer among the messages; `None` if there is none.
    answer: Option<usize>,
    finish_reason: FinishReason,
    usage: Usage,
    turns: u32,
    tool_calls: u32,
    limit_reached: Option<LimitKind>,
    outcome: Outcome,
    cost: Cost,
    is_usage_estimated: bool,
    agent: Option<Arc<str>>,
    /// The accepted arguments of the output tool.
    accepted: Option<Arc<str>>,
    results_with_metadata: Vec<ToolCallEnded>,
    sub_agent_results: Vec<SubAgentResult>,
    /// The conversation that continues a paused run.
    paused_at: Option<PausedAt>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The model has finished.
    Answered,
    /// The run is paused: these calls need approval. Approve or deny them and resume the
    /// conversation, in this process or in another. [`Reply::conversation`] returns it.
    Paused(Vec<ApprovalRequest>),
}

impl Reply {
    pub(crate) fn new(
        journal: &Journal,
        outcome: Outcome,
        (results_with_metadata, sub_agent_results): (Vec<ToolCallEnded>, Vec<SubAgentResult>),
    ) -> Self {
        Self {
            messages: journal.transcript.messages().clone(),
            run_from: journal.transcript.run_from(),
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
            results_with_metadata,
            sub_agent_results,
            paused_at: None,
        }
    }

    /// Adds to a paused reply the conversation that continues it.
    ///
    /// # Errors
    /// Returns a *paused* error if the run is part of a tool call and its conversation is not kept,
    /// so that it could not be resumed.
    pub(super) fn resumable_at(
        self,
        paused_at: PausedAt,
        ephemeral: bool,
        is_nested: bool,
    ) -> Result<Self, Error> {
        if self.outcome == Outcome::Answered {
            return Ok(self);
        }
        if is_nested && ephemeral {
            let tools: Vec<_> =
                self.approvals().iter().map(|request| format!("`{}`", request.tool)).collect();
            let message = format!(
                "a call of {} needs approval, and a run inside a tool call cannot wait for it: \
                 make the agent a sub-agent with `.as_tool(…)`, so that the approval pauses the \
                 parent run",
                tools.join(", ")
            );
            return Err(Error::new(ErrorKind::Paused, message).with_partial_run(self.partial_run()));
        }
        Ok(Self { paused_at: Some(paused_at), ..self })
    }

    /// Returns the conversation that continues a paused run.
    pub(crate) fn paused_at(&self) -> Option<&PausedAt> {
        self.paused_at.as_ref()
    }

    /// Returns the state of the run, for an error that replaces the reply.
    pub(crate) fn partial_run(&self) -> PartialRun {
        let mut partial = PartialRun::new(self.text(), self.messages.clone(), self.usage);
        partial.approvals = self.approvals().to_vec();
        partial.paused_at = self.paused_at.clone().map(|at| PausedRun(Arc::new(at)));
        partial
    }

    /// Returns whether the run has finished or is paused for approvals.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Returns the approval requests of a paused run; empty if it has finished.
    #[must_use]
    pub fn approvals(&self) -> &[ApprovalRequest] {
        match &self.outcome {
            Outcome::Paused(requests) => requests,
            Outcome::Answered => &[],
        }
    }

    /// Returns the structured output as JSON text: the text, or the arguments of the output tool.
    pub(crate) fn output_json(&self) -> &str {
        self.accepted.as_deref().unwrap_or_else(|| self.text())
    }

    /// Returns the tool results of this run that have metadata, in the order of their arrival.
    #[must_use]
    pub fn result_metadata(&self) -> &[ToolCallEnded] {
        &self.results_with_metadata
    }

    /// Returns the tool results with metadata of sub-agents that ran in this run, at any depth.
    #[must_use]
    pub fn sub_agent_results(&self) -> &[SubAgentResult] {
        &self.sub_agent_results
    }

    /// Returns the cost of the request by the agent's
    /// [`prices`](crate::agent::builder::AgentBuilder::prices). Models without a price count as
    /// free.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// Returns whether part of [`usage`](Self::usage) is estimated because a provider did not count
    /// it. Tokens are estimated only if tokens or cost are limited.
    #[must_use]
    pub fn is_usage_estimated(&self) -> bool {
        self.is_usage_estimated
    }

    /// Returns the agent that the conversation was handed to; `None` if there was no handoff.
    #[must_use]
    pub fn agent(&self) -> Option<&str> {
        self.agent.as_deref()
    }

    /// Returns the text of the answer; empty if there is none.
    #[must_use]
    pub fn text(&self) -> &str {
        self.answer().map_or("", |answer| &answer.text)
    }

    /// Returns the model's refusal, if the provider reports one apart from the answer.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        self.answer()?.refusal.as_deref()
    }

    /// Returns the whole answer, including its reasoning; `None` if there is none.
    #[must_use]
    pub fn answer(&self) -> Option<&AssistantMessage> {
        match self.messages.get(self.answer?) {
            Some(Message::Assistant(message)) => Some(message),
            _ => None,
        }
    }

    /// Returns the conversation so far, including the answer. It can be passed to another run as
    /// its history.
    #[must_use]
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    /// Returns the messages of this run alone: from the message that started it to the answer.
    ///
    /// If the run was paused or interrupted and resumed without a new message, they begin with the
    /// message that started it at first. Messages that a compaction has removed are missing, as
    /// they are in [`messages`](Self::messages).
    pub fn new_messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().skip(self.run_from)
    }

    /// Returns the tool calls of this run's [messages](Self::new_messages), each with its result.
    ///
    /// ```
    /// # use callsign_core::run::reply::Reply;
    /// # fn print(reply: &Reply) {
    /// for call in reply.calls() {
    ///     println!("{} {}", call.call.name, call.call.arguments);
    ///     if let Some(result) = call.result {
    ///         println!("{:?}: {}", result.status, result.content.text());
    ///     }
    /// }
    /// # }
    /// ```
    pub fn calls(&self) -> impl Iterator<Item = CallWithResult<'_>> {
        calls::of(self.messages.iter().skip(self.run_from))
    }

    /// Returns why the model ended its answer.
    #[must_use]
    pub fn finish_reason(&self) -> &FinishReason {
        &self.finish_reason
    }

    /// Returns the tokens of all model calls of the request: from the user's message on, including
    /// earlier runs that were paused, cancelled or interrupted, sub-agents and tools.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Returns the number of responses of the model since the user's message, including those of
    /// earlier runs that were paused, cancelled or interrupted.
    #[must_use]
    pub fn turns(&self) -> u32 {
        self.turns
    }

    /// Returns the number of tool calls that the model made since the user's message, including
    /// those of earlier runs that were paused, cancelled or interrupted.
    #[must_use]
    pub fn tool_calls(&self) -> u32 {
        self.tool_calls
    }

    /// Returns the limit that made the run ask for an answer without tools, if one was reached.
    #[must_use]
    pub fn limit_reached(&self) -> Option<LimitKind> {
        self.limit_reached
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::Answered => f.write_str(self.text()),
            Outcome::Paused(requests) => f.write_str(&waiting(requests)),
        }
    }
}

/// Returns what a paused run waits for, in one line.
pub(crate) fn waiting(requests: &[ApprovalRequest]) -> String {
    let calls: Vec<_> = requests
        .iter()
        .map(|request| format!("`{}` {}", request.tool, request.arguments))
        .collect();
    format!("waiting for approval: {}", calls.join(", "))
}
