//! What of the state is about a run that fails.

use super::ending::Ending;
use super::open_call::{Due, OpenCall};
use super::state::State;
use crate::words::error::ErrorKind;

impl State {
    /// The run has failed: nothing more of it is run or asked. A whole reply that had come by then
    /// ends the next run as it would have ended this one.
    pub(super) fn failed(&mut self, kind: ErrorKind, message: &str, partial_text: &str) {
        let failed = Ending::Failed {
            kind,
            message: message.to_owned(),
            partial_text: partial_text.to_owned(),
        };
        self.run.stood = self.ending.replace(failed).filter(Ending::stays);
        self.run.unchecked = false;
        self.open.values_mut().for_each(|open| open.give_up());
    }
}

impl OpenCall {
    /// It is not to be run, judged or decided any more.
    fn give_up(&mut self) {
        match self.due {
            Due::Run if self.started => self.due = Due::Unknown,
            Due::Run | Due::Judge | Due::Ask | Due::Wait => self.due = Due::Cancelled,
            _ => {}
        }
    }
}
