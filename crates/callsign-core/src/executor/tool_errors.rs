//! The errors of calls that were not returned to the model.

use std::collections::BTreeMap;
use std::sync::Arc;

use callsign_types::error::BoxError;
use callsign_types::id::CallIndex;
use callsign_types::tool_status::ToolCallStatus;

/// The errors of a run's calls that were not returned to the model.
///
/// A journal cannot hold them. They become the sources of the run's own error.
#[derive(Debug, Default)]
pub(crate) struct ToolErrors {
    /// The errors that ended the run.
    fatal: BTreeMap<CallIndex, BoxError>,
    /// The newest error of each tool that has had no success since.
    newest: BTreeMap<Arc<str>, BoxError>,
}

impl ToolErrors {
    /// Records the status of a call of `tool`.
    pub(crate) fn record(
        &mut self,
        call: CallIndex,
        tool: Arc<str>,
        status: ToolCallStatus,
        error: Option<BoxError>,
    ) {
        match error {
            Some(error) if status == ToolCallStatus::Fatal => {
                self.fatal.insert(call, error);
            }
            Some(error) => {
                self.newest.insert(tool, error);
            }
            None if status.is_failure() => {}
            None => {
                self.newest.remove(&tool);
            }
        }
    }

    /// Removes and returns the error with which a call ended the run.
    pub(crate) fn take_fatal(&mut self, call: CallIndex) -> Option<BoxError> {
        self.fatal.remove(&call)
    }

    /// Removes and returns the newest error of a tool.
    pub(crate) fn take_newest(&mut self, tool: &str) -> Option<BoxError> {
        self.newest.remove(tool)
    }
}
