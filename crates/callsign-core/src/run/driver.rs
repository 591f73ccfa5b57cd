//! The loop.

use super::boundary::Boundary;
use crate::journal::Journal;
use crate::journal::ending::Ending;
use crate::journal::step::{Next, Step, step};
use crate::words::error::Error;

/// Performs what is due until nothing is.
///
/// # Errors
/// As the boundary fails. How the run went is the [`Ending`].
pub async fn drive(boundary: &mut impl Boundary, journal: &mut Journal) -> Result<Ending, Error> {
    loop {
        let steps = match step(journal) {
            Next::Perform(steps) => steps,
            Next::Wait(calls) => {
                let Some(entries) = boundary.wait(journal, calls).await? else {
                    return Ok(Ending::Paused);
                };
                journal.extend(entries);
                continue;
            }
            Next::Done(ending) => return Ok(ending),
        };
        let inbox = matches!(steps[..], [Step::TakeInbox { .. }]);
        let answer = matches!(steps[..], [Step::CheckAnswer]);
        let compaction = matches!(steps[..], [Step::Compact { .. }]);
        journal.extend(boundary.perform(journal, steps).await?.into_iter().flatten());
        if inbox {
            journal.state.inbox_was_empty();
        }
        if compaction {
            journal.state.compaction_was_tried();
        }
        if answer {
            journal.state.answer_was_accepted();
        }
    }
}
