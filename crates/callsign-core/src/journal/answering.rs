//! What of the state is about an answer that has to keep to a schema.

use super::entry::AnswerFormat;
use super::state::State;

impl State {
    /// How the answer is asked for, where it has to keep to a schema.
    #[must_use]
    pub fn answer_format(&self) -> Option<AnswerFormat> {
        self.run.answer
    }

    /// The arguments of the call that gave the conversation's newest answer, where a call did.
    #[must_use]
    pub fn accepted(&self) -> Option<&str> {
        self.run.accepted.as_deref()
    }

    /// The arguments of the newest reply's call that was to give the run's answer, where that was
    /// not accepted.
    #[must_use]
    pub fn rejected_call(&self) -> Option<&str> {
        self.run.rejected.as_ref().map(|call| &*call.arguments)
    }

    /// How many answers of the newest run were not what was asked for.
    #[must_use]
    pub fn rejections(&self) -> u32 {
        self.run.rejections
    }
}
