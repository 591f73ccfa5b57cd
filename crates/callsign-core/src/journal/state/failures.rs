//! Runs that fail or time out.

use callsign_types::error::ErrorKind;

use super::State;
use crate::journal::pending_call::{CallState, PendingCall};
use crate::journal::run_end::RunEnd;

impl State {
    /// Ends the run and its pending calls. If a complete response had ended the run before the
    /// failure, it ends the next run in the same way.
    pub(super) fn apply_failure(&mut self, kind: ErrorKind, message: &str, partial_text: &str) {
        let failed = RunEnd::Failed {
            kind,
            message: message.to_owned(),
            partial_text: partial_text.to_owned(),
        };
        self.run.end_before_failure = self.run_end.replace(failed).filter(RunEnd::stays);
        self.run.output_unchecked = false;
        self.pending.values_mut().for_each(|pending| pending.abandon());
    }

    pub(super) fn apply_timeout(&mut self, partial_text: &str) {
        self.interrupt_running_calls();
        if !matches!(self.run_end, Some(RunEnd::Fatal { .. })) {
            self.run_end = Some(RunEnd::TimedOut { partial_text: partial_text.to_owned() });
        }
    }
}

impl PendingCall {
    /// Ends a call that was due to run or waited for a policy, a person or a sub-agent.
    fn abandon(&mut self) {
        match self.due {
            CallState::Run => self.interrupt(),
            CallState::NeedsPolicy | CallState::NeedsApproval | CallState::AwaitingChild => {
                self.due = CallState::Cancelled;
            }
            _ => {}
        }
    }
}
