//! The loop of a run: it performs the steps that the journal requires, until none is due.

use callsign_types::error::Error;

use super::executor::Executor;
use crate::journal::Journal;
use crate::journal::run_end::RunEnd;
use crate::journal::step::{Next, step};

/// Performs the steps that are due until the run ends or pauses, and returns how it ended.
///
/// # Errors
/// Returns the executor's error.
pub async fn drive(executor: &mut impl Executor, journal: &mut Journal) -> Result<RunEnd, Error> {
    loop {
        match step(journal) {
            Next::Perform(steps) => {
                let outcomes = executor.perform(journal, &steps).await?;
                for (step, entries) in steps.iter().zip(outcomes) {
                    journal.complete(step, entries);
                }
            }
            Next::Wait(calls) => match executor.wait(journal, calls).await? {
                Some(entries) => journal.extend(entries),
                None => return Ok(RunEnd::Paused),
            },
            Next::Done(end) => return Ok(end),
        }
    }
}
