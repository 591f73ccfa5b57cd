//! The errors that models were not told.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::words::error::BoxError;
use crate::words::id::CallNumber;
use crate::words::result::CallOutcome;

/// The errors of a run's calls that models were not told. They cannot be kept in a journal, and
/// become the sources of the run's own error.
#[derive(Debug, Default)]
pub(crate) struct ToolErrors {
    /// Those that ended the run.
    fatal: BTreeMap<CallNumber, BoxError>,
    /// The newest of each tool that has had no success since.
    newest: BTreeMap<Arc<str>, BoxError>,
}

impl ToolErrors {
    /// A call of this tool went so.
    pub(super) fn note(
        &mut self,
        call: CallNumber,
        tool: Arc<str>,
        outcome: CallOutcome,
        error: Option<BoxError>,
    ) {
        match error {
            Some(error) if outcome == CallOutcome::Fatal => {
                self.fatal.insert(call, error);
            }
            Some(error) => {
                self.newest.insert(tool, error);
            }
            None if outcome.is_fault() => {}
            None => {
                self.newest.remove(&tool);
            }
        }
    }

    /// The error with which this call ended the run.
    pub(super) fn take_fatal(&mut self, call: CallNumber) -> Option<BoxError> {
        self.fatal.remove(&call)
    }

    /// The newest error of this tool.
    pub(super) fn take_newest(&mut self, tool: &str) -> Option<BoxError> {
        self.newest.remove(tool)
    }
}
