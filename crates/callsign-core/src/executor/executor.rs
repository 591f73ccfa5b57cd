//! The [`Executor`] trait: every effect of the loop goes through it.

use std::future::Future;

use callsign_types::error::Error;
use callsign_types::id::CallIndex;
use callsign_types::journal::entry::Entry;

use crate::journal::Journal;
use crate::journal::step::Step;

/// Performs steps and makes their outcomes durable.
///
/// The loop is a pure function of what an executor returns. It runs on Callsign's own journal, and
/// could run on an engine that records outcomes and replays them.
pub trait Executor: Send {
    /// Performs the steps, and returns for each the entries that it added to the journal, in the
    /// order of the steps. The entries are durable when this returns.
    ///
    /// # Errors
    /// Returns an error only if the executor itself failed, so that the outcome is not known. A
    /// failure within a step is an entry.
    fn perform(
        &mut self,
        journal: &Journal,
        steps: &[Step],
    ) -> impl Future<Output = Result<Vec<Vec<Entry>>, Error>> + Send;

    /// Waits for a decision about one of these calls, and returns the entries that record it.
    /// `None` ends the run as paused; a later run resumes it.
    ///
    /// # Errors
    /// Returns an error if the executor itself failed.
    fn wait(
        &mut self,
        journal: &Journal,
        calls: Vec<CallIndex>,
    ) -> impl Future<Output = Result<Option<Vec<Entry>>, Error>> + Send;
}
