//! A boundary that suspends the run before every step, as engines do that replay.
//!
//! Such an engine keeps what each step came to, and nothing of the run itself. To go on it runs
//! the driver from its start, answers each step from its record, and gives up where the driver
//! asks for anything else than it did before.

use futures_util::FutureExt;

use super::boundary::Boundary;
use super::driver::drive;
use crate::journal::Journal;
use crate::journal::entry::Entry;
use crate::journal::step::Step;
use crate::words::error::{Error, ErrorKind};
use crate::words::id::CallNumber;

/// Goes on to a boundary that performs, and replays the run from its start before each step.
#[derive(Debug)]
pub(crate) struct Replaying<'a, B> {
    performs: &'a mut B,
    /// What the run began with.
    opening: Journal,
    record: Vec<Recorded>,
}

/// What the driver asked for, byte by byte, and what it was answered.
#[derive(Debug)]
struct Recorded {
    asked: String,
    answered: Answered,
}

#[derive(Clone, Debug)]
enum Answered {
    Performed(Vec<Vec<Entry>>),
    Waited(Option<Vec<Entry>>),
}

impl<'a, B: Boundary> Replaying<'a, B> {
    /// Performs on this boundary, for a run that begins with this journal.
    pub(crate) fn new(performs: &'a mut B, opening: Journal) -> Self {
        Self { performs, opening, record: Vec::new() }
    }

    /// The journal as a run finds it that was suspended here and has come back to this question.
    fn replay(&self, asked: &str) -> Result<Journal, Error> {
        let mut journal = self.opening.clone();
        let mut replay = Replay { record: &self.record, at: 0, asked: None };
        // Nothing in a replay waits.
        let ended = drive(&mut replay, &mut journal).now_or_never();
        let is_whole = replay.at == self.record.len();
        match (ended, replay.asked) {
            (Some(Err(_)), Some(again)) if is_whole && again == asked => Ok(journal),
            (_, again) => Err(Error::new(
                ErrorKind::Protocol,
                format!(
                    "the run is not replayed as it was: step {} was {asked}, and is {}",
                    self.record.len(),
                    again.as_deref().unwrap_or("none")
                ),
            )),
        }
    }
}

impl<B: Boundary> Boundary for Replaying<'_, B> {
    async fn perform(
        &mut self,
        _journal: &Journal,
        steps: Vec<Step>,
    ) -> Result<Vec<Vec<Entry>>, Error> {
        let asked = written(&steps)?;
        let journal = self.replay(&asked)?;
        let outcomes = self.performs.perform(&journal, steps).await?;
        self.record.push(Recorded { asked, answered: Answered::Performed(outcomes.clone()) });
        Ok(outcomes)
    }

    async fn wait(
        &mut self,
        _journal: &Journal,
        calls: Vec<CallNumber>,
    ) -> Result<Option<Vec<Entry>>, Error> {
        let asked = written(&calls)?;
        let journal = self.replay(&asked)?;
        let entries = self.performs.wait(&journal, calls).await?;
        self.record.push(Recorded { asked, answered: Answered::Waited(entries.clone()) });
        Ok(entries)
    }
}

/// Answers from a record, and suspends the run where that ends.
struct Replay<'a> {
    record: &'a [Recorded],
    at: usize,
    /// What was asked for beyond the record, or against it.
    asked: Option<String>,
}

impl Replay<'_> {
    fn next(&mut self, asked: String) -> Result<Answered, Error> {
        match self.record.get(self.at) {
            Some(recorded) if recorded.asked == asked => {
                self.at += 1;
                Ok(recorded.answered.clone())
            }
            _ => {
                self.asked = Some(asked);
                Err(Error::new(ErrorKind::Cancelled, "the run is suspended"))
            }
        }
    }
}

impl Boundary for Replay<'_> {
    async fn perform(
        &mut self,
        _journal: &Journal,
        steps: Vec<Step>,
    ) -> Result<Vec<Vec<Entry>>, Error> {
        match self.next(written(&steps)?)? {
            Answered::Performed(outcomes) => Ok(outcomes),
            Answered::Waited(_) => Err(Error::new(ErrorKind::Protocol, "a step was a wait")),
        }
    }

    async fn wait(
        &mut self,
        _journal: &Journal,
        calls: Vec<CallNumber>,
    ) -> Result<Option<Vec<Entry>>, Error> {
        match self.next(written(&calls)?)? {
            Answered::Waited(entries) => Ok(entries),
            Answered::Performed(_) => Err(Error::new(ErrorKind::Protocol, "a wait was a step")),
        }
    }
}

/// A question as the bytes by which an engine knows it again.
fn written(question: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(question).map_err(|error| {
        Error::new(ErrorKind::Protocol, "a step can't be written as JSON").with_source(error)
    })
}
