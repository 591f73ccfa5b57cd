//! Read access to the state.

use std::sync::Arc;

use callsign_types::finish_reason::FinishReason;
use callsign_types::id::{CallIndex, JournalKey};
use callsign_types::journal::entry::RecordedTool;
use callsign_types::limits::{LimitKind, Limits};
use callsign_types::pricing::Cost;
use callsign_types::usage::Usage;

use super::State;
use crate::journal::pending_call::{CallState, PendingCall};
use crate::journal::run_end::RunEnd;

impl State {
    /// Returns the number of entries that were read.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Returns the version of the journal's format; 0 if the journal is empty.
    #[must_use]
    pub fn format(&self) -> u32 {
        self.format
    }

    /// Returns the journal's identity; `None` if the journal is empty.
    #[must_use]
    pub fn key(&self) -> Option<&JournalKey> {
        self.key.as_ref()
    }

    /// Returns whether a run has started, so that the next one may refer to its settings.
    pub(crate) fn has_run(&self) -> bool {
        self.has_run
    }

    /// Returns the limits of the newest run.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Returns the instructions of the newest run.
    #[must_use]
    pub fn instructions(&self) -> Option<&Arc<str>> {
        self.instructions.as_ref()
    }

    /// Returns the tools of the newest run.
    #[must_use]
    pub fn tools(&self) -> &[RecordedTool] {
        &self.tools
    }

    /// Returns the recorded tool of this name; `None` if the newest run has no such tool.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&RecordedTool> {
        self.tools.iter().find(|tool| tool.name == name)
    }

    /// Returns the number of responses in the newest request.
    #[must_use]
    pub fn turns(&self) -> u32 {
        self.run.request.turns
    }

    /// Returns the number of tool calls that the model made in the newest request.
    #[must_use]
    pub fn tool_calls(&self) -> u32 {
        self.run.request.tool_calls
    }

    /// Returns the tokens used by the newest request.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.run.request.usage
    }

    /// Returns the cost of the newest request so far, by the agent's price table.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.run.request.cost
    }

    /// Returns whether some of the tokens are estimated, because the provider reported no usage.
    #[must_use]
    pub fn is_usage_estimated(&self) -> bool {
        self.run.request.is_estimated
    }

    /// Returns the agent that took over the conversation; `None` without a handoff.
    #[must_use]
    pub fn agent(&self) -> Option<&Arc<str>> {
        self.agent.as_ref()
    }

    /// Returns whether a call of the newest response has handed the conversation off. The handoff
    /// takes effect once the other calls have results.
    #[must_use]
    pub fn is_being_handed_off(&self) -> bool {
        self.handed_off.is_some()
    }

    /// Returns the finish reason of the newest response.
    #[must_use]
    pub fn finish_reason(&self) -> &FinishReason {
        self.finish_reason.as_ref().unwrap_or(&FinishReason::Missing)
    }

    /// Returns the limit of turns or tool calls that the newest request has exceeded; `None` if it
    /// kept to both.
    #[must_use]
    pub fn limit_reached(&self) -> Option<LimitKind> {
        if self.run.request.turns > self.limits.max_turns {
            Some(LimitKind::Turns)
        } else if self.run.request.refused_calls {
            Some(LimitKind::ToolCalls)
        } else {
            None
        }
    }

    /// Returns the limit of tokens or cost that the newest request has used up; `None` if there is
    /// budget left.
    #[must_use]
    pub fn exhausted_budget(&self) -> Option<LimitKind> {
        let tokens = self.run.request.usage.total_tokens();
        if self.limits.max_total_tokens.is_some_and(|limit| tokens >= limit) {
            Some(LimitKind::Tokens)
        } else {
            self.limits
                .max_cost
                .is_some_and(|limit| self.run.request.cost >= limit)
                .then_some(LimitKind::Cost)
        }
    }

    /// Returns the limit because of which the next response must not call tools; `None` if it
    /// may.
    #[must_use]
    pub fn tool_limit_reached(&self) -> Option<LimitKind> {
        if self.run.request.turns >= self.limits.max_turns {
            Some(LimitKind::Turns)
        } else {
            self.run.request.refused_calls.then_some(LimitKind::ToolCalls)
        }
    }

    /// Returns a pending call; `None` if the call has a result.
    #[must_use]
    pub fn pending_call(&self, index: CallIndex) -> Option<&PendingCall> {
        self.pending.get(&index).map(|pending| &**pending)
    }

    /// Returns the pending calls in the order of their indexes.
    pub(crate) fn pending_calls(&self) -> impl Iterator<Item = (CallIndex, &PendingCall)> {
        self.pending.iter().map(|(&index, pending)| (index, &**pending))
    }

    /// Returns whether policies decide about each call.
    pub(crate) fn has_policies(&self) -> bool {
        self.run.has_policies
    }

    /// Returns how many items of the inbox the journal has taken.
    #[must_use]
    pub fn inbox_taken(&self) -> u64 {
        self.inbox_taken
    }

    /// Returns whether compaction ran since the newest response, also if it changed nothing.
    #[must_use]
    pub fn is_compacted(&self) -> bool {
        self.run.compaction_tried
    }

    /// Returns how the newest run ended; `None` if it has not ended.
    pub(crate) fn end(&self) -> Option<&RunEnd> {
        self.run_end.as_ref()
    }

    /// Returns the end that holds until there is new input; `None` if there is more to do.
    #[must_use]
    pub fn standing(&self) -> Option<&RunEnd> {
        let waits = |due| matches!(due, CallState::NeedsApproval | CallState::AwaitingChild);
        if self.pending.values().any(|pending| !waits(pending.due)) {
            return None;
        }
        if !self.pending.is_empty() {
            return Some(&RunEnd::Paused);
        }
        if !self.has_input {
            return Some(&RunEnd::Nothing);
        }
        self.run_end.as_ref().filter(|end| end.stays())
    }
}
