//! Structured output: a final answer that must match a schema.

use callsign_types::journal::entry::OutputMode;

use super::State;
use crate::journal::run_end::RunEnd;

impl State {
    /// Returns how structured output is requested; `None` if the run has no output schema.
    #[must_use]
    pub fn output_mode(&self) -> Option<OutputMode> {
        self.run.output_mode
    }

    /// Returns the arguments of the call that gave the conversation's newest output; `None` if no
    /// call did.
    #[must_use]
    pub fn accepted(&self) -> Option<&str> {
        self.run.accepted_output.as_deref()
    }

    /// Returns the arguments of the newest response's output call if its output was rejected.
    #[must_use]
    pub fn rejected_call(&self) -> Option<&str> {
        self.run.rejected_output.as_ref().map(|call| &*call.arguments)
    }

    /// Returns how many outputs of the newest run were rejected.
    #[must_use]
    pub fn rejections(&self) -> u32 {
        self.run.rejections
    }

    pub(super) fn is_completed_with_output(&self) -> bool {
        self.run.output_mode.is_some() && self.run_end == Some(RunEnd::Completed)
    }

    pub(super) fn reject_output(&mut self, reason: &str) {
        let is_over = self.run.reject_output(&self.limits);
        self.run_end = is_over.then(|| RunEnd::InvalidOutput { reason: reason.to_owned() });
    }
}
