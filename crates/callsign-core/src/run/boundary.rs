//! The durable boundary: everything that the loop does to the world goes through it.

use std::future::Future;

use crate::journal::Journal;
use crate::journal::entry::Entry;
use crate::journal::step::Step;
use crate::words::error::Error;
use crate::words::id::CallNumber;

/// Performs steps, and makes durable what came of them.
///
/// The loop above it is a pure function of what the boundary answers, so that the same loop runs
/// on a journal of ours and on an engine that records outcomes and replays them.
pub trait Boundary: Send {
    /// Performs these steps, and answers for each the entries that it added to the journal, in
    /// the order of the steps. When this returns, the entries are durable.
    ///
    /// What goes wrong in a step is an entry too; an error here means that the boundary itself
    /// failed, and nothing is known of what it did.
    fn perform(
        &mut self,
        journal: &Journal,
        steps: Vec<Step>,
    ) -> impl Future<Output = Result<Vec<Vec<Entry>>, Error>> + Send;

    /// Waits until a person has decided about one of these calls, and answers the entries that
    /// say what; `None` where it does not wait any longer: the run ends then, paused, and another
    /// one goes on.
    fn wait(
        &mut self,
        journal: &Journal,
        calls: Vec<CallNumber>,
    ) -> impl Future<Output = Result<Option<Vec<Entry>>, Error>> + Send;
}
