//! An executor for tests that suspends the run before every step, as durable engines do.
//!
//! Such an engine records the outcome of each step, and nothing of the run itself. To resume, it
//! runs the driver from the start, returns the recorded outcomes, and fails if the driver requests
//! anything other than it did before.

use callsign_types::error::{Error, ErrorKind};
use callsign_types::id::CallIndex;
use callsign_types::journal::entry::Entry;
use futures_util::FutureExt;

use super::driver::drive;
use super::executor::Executor;
use crate::journal::Journal;
use crate::journal::step::Step;

/// Delegates to an executor, and replays the run from its start before each step.
#[derive(Debug)]
pub(crate) struct ReplayExecutor<'a, E> {
    inner: &'a mut E,
    /// The journal at the start of the run.
    opening: Journal,
    record: Vec<RecordedRequest>,
}

/// What the driver requested, as JSON, and what was returned.
#[derive(Debug)]
struct RecordedRequest {
    request: String,
    outcome: RecordedOutcome,
}

#[derive(Clone, Debug)]
enum RecordedOutcome {
    Performed(Vec<Vec<Entry>>),
    Waited(Option<Vec<Entry>>),
}

impl<'a, E: Executor> ReplayExecutor<'a, E> {
    /// Creates an executor for a run that starts with this journal.
    pub(crate) fn new(inner: &'a mut E, opening: Journal) -> Self {
        Self { inner, opening, record: Vec::new() }
    }

    /// Returns the journal of a run that was suspended here and is replayed up to this request.
    fn replay(&self, request: &str) -> Result<Journal, Error> {
        let mut journal = self.opening.clone();
        let mut replay = Replay { record: &self.record, at: 0, request: None };
        // A replay never waits.
        let ended = drive(&mut replay, &mut journal).now_or_never();
        let is_complete = replay.at == self.record.len();
        match (ended, replay.request) {
            (Some(Err(_)), Some(again)) if is_complete && again == request => Ok(journal),
            (_, again) => Err(Error::new(
                ErrorKind::Protocol,
                format!(
                    "the replayed run differs: step {} was {request}, and is {}",
                    self.record.len(),
                    again.as_deref().unwrap_or("none")
                ),
            )),
        }
    }
}

impl<E: Executor> Executor for ReplayExecutor<'_, E> {
    async fn perform(
        &mut self,
        _journal: &Journal,
        steps: &[Step],
    ) -> Result<Vec<Vec<Entry>>, Error> {
        let request = serialized(&steps)?;
        let journal = self.replay(&request)?;
        let outcomes = self.inner.perform(&journal, steps).await?;
        let outcome = RecordedOutcome::Performed(outcomes.clone());
        self.record.push(RecordedRequest { request, outcome });
        Ok(outcomes)
    }

    async fn wait(
        &mut self,
        _journal: &Journal,
        calls: Vec<CallIndex>,
    ) -> Result<Option<Vec<Entry>>, Error> {
        let request = serialized(&calls)?;
        let journal = self.replay(&request)?;
        let entries = self.inner.wait(&journal, calls).await?;
        let outcome = RecordedOutcome::Waited(entries.clone());
        self.record.push(RecordedRequest { request, outcome });
        Ok(entries)
    }
}

/// Returns recorded outcomes, and suspends the run at the end of the record.
struct Replay<'a> {
    record: &'a [RecordedRequest],
    at: usize,
    /// The first request that is not in the record.
    request: Option<String>,
}

impl Replay<'_> {
    fn next(&mut self, request: String) -> Result<RecordedOutcome, Error> {
        match self.record.get(self.at) {
            Some(recorded) if recorded.request == request => {
                self.at += 1;
                Ok(recorded.outcome.clone())
            }
            _ => {
                self.request = Some(request);
                Err(Error::new(ErrorKind::Cancelled, "the run is suspended"))
            }
        }
    }
}

impl Executor for Replay<'_> {
    async fn perform(
        &mut self,
        _journal: &Journal,
        steps: &[Step],
    ) -> Result<Vec<Vec<Entry>>, Error> {
        match self.next(serialized(&steps)?)? {
            RecordedOutcome::Performed(outcomes) => Ok(outcomes),
            RecordedOutcome::Waited(_) => {
                Err(Error::new(ErrorKind::Protocol, "the record has a wait instead of a step"))
            }
        }
    }

    async fn wait(
        &mut self,
        _journal: &Journal,
        calls: Vec<CallIndex>,
    ) -> Result<Option<Vec<Entry>>, Error> {
        match self.next(serialized(&calls)?)? {
            RecordedOutcome::Waited(entries) => Ok(entries),
            RecordedOutcome::Performed(_) => {
                Err(Error::new(ErrorKind::Protocol, "the record has a step instead of a wait"))
            }
        }
    }
}

/// Serializes a request, so that an engine can compare it byte by byte.
fn serialized(request: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(request).map_err(|error| {
        Error::new(ErrorKind::Protocol, "cannot serialize a step").with_source(error)
    })
}
