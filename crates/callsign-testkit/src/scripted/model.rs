//! The scripted model.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::ModelEvent;
use callsign_types::request::Request;
use callsign_types::traits::model::{Model, ModelInfo, ModelStream};
use futures_util::stream;

use super::report::{self, count};
use super::scripted_reply::{ScriptedEnd, ScriptedPart, ScriptedReply};

/// A model that generates scripted replies, one for each request. Clones share the script.
///
/// - Requests are counted over all runs, agents and clones, in the order in which they arrive. One
///   run makes a request per turn: a reply with a tool call needs another reply after it. Retries,
///   corrections of invalid output and summaries are requests too.
/// - A request beyond the script fails with [`ErrorKind::Protocol`], and with it the run.
/// - When the last clone is dropped, it panics if a request came beyond the script or replies are
///   left. The agent holds a clone. The panic lists the requests, the replies to them, and the
///   replies that are left.
/// - [`ignore_rest`](Self::ignore_rest) accepts replies that are left, but no request beyond the
///   script.
/// - [`assert_done`](Self::assert_done) panics at once instead of at the drop. Use it if the last
///   clone is dropped in another task, where a panic does not fail the test.
///
/// Replies that are left do not cause a panic if it would hide a result:
///
/// - The thread is panicking already, or `assert_done` was called.
/// - There was no request, for example because the agent could not be built.
/// - The newest reply ended with an error or was truncated, so that the run failed.
///
/// # Examples
/// ```
/// use callsign_testkit::{ScriptedModel, ScriptedReply};
/// use callsign_types::traits::model::ModelExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), callsign_types::error::Error> {
/// let model = ScriptedModel::new(["One.", "Two."].map(ScriptedReply::text));
/// assert_eq!(model.complete("1?").await?.text(), "One.");
/// assert_eq!(model.complete("2?").await?.text(), "Two.");
/// assert_eq!(model.requests().len(), 2);
/// assert!(model.complete("3?").await.is_err()); // not in the script
/// assert!(std::panic::catch_unwind(move || drop(model)).is_err());
///
/// // A fallback that the test may or may not need:
/// let model = ScriptedModel::new(["One.", "Two."].map(ScriptedReply::text)).ignore_rest();
/// assert_eq!(model.complete("1?").await?.text(), "One.");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ScriptedModel(Arc<Script>);

struct Script(Mutex<ScriptState>);

#[derive(Default)]
struct ScriptState {
    replies: VecDeque<ScriptedReply>,
    requests: Vec<Request>,
    /// The reply to each request, as text. `None` if the request was not in the script.
    outcomes: Vec<Option<String>>,
    /// Whether `assert_done` was called.
    is_checked: bool,
    ignores_rest: bool,
    /// Whether the newest reply makes a run fail.
    is_failed: bool,
}

impl ScriptedModel {
    /// Returns a model that generates these replies in order.
    #[must_use]
    pub fn new(script: impl IntoIterator<Item = ScriptedReply>) -> Self {
        let replies = script.into_iter().collect();
        Self(Arc::new(Script(Mutex::new(ScriptState { replies, ..ScriptState::default() }))))
    }

    /// Accepts replies that are left at the end. A request beyond the script still fails, and still
    /// causes a panic.
    #[must_use]
    pub fn ignore_rest(self) -> Self {
        self.0.state().ignores_rest = true;
        self
    }

    /// Adds a reply to the end of the script.
    pub fn push(&self, reply: ScriptedReply) {
        self.0.state().replies.push_back(reply);
    }

    /// Returns the requests so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.0.state().requests.clone()
    }

    /// Returns the newest request. `None` if there was no request.
    #[must_use]
    pub fn last_request(&self) -> Option<Request> {
        self.0.state().requests.last().cloned()
    }

    /// Checks that all replies were requested, and that there were no other requests.
    ///
    /// # Panics
    /// Panics if a request came beyond the script, or if replies are left.
    #[track_caller]
    pub fn assert_done(&self) {
        let mut state = self.0.state();
        state.is_checked = true;
        let failure = state.failure();
        drop(state);
        if let Some(failure) = failure {
            fail(&failure);
        }
    }
}

impl Script {
    fn state(&self) -> MutexGuard<'_, ScriptState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the request, and returns the reply to it.
    fn next(&self, request: &Request) -> Result<ScriptedReply, Error> {
        let mut state = self.state();
        state.requests.push(request.clone());
        let reply = state.replies.pop_front();
        state.outcomes.push(reply.as_ref().map(report::describe_reply));
        if let Some(reply) = reply {
            return Ok(reply);
        }
        let (number, last) = (state.requests.len(), report::describe_request(request));
        Err(Error::new(
            ErrorKind::Protocol,
            format!("the script has no reply to request {number}, {last}: add a reply to it"),
        ))
    }
}

impl ScriptState {
    fn unexpected(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.is_none()).count()
    }

    /// Returns what is wrong with the requests so far. `None` if the script is done.
    fn failure(&self) -> Option<String> {
        let (unexpected, left) = (self.unexpected(), self.replies.len());
        let fault = if unexpected > 0 {
            let requests = count(unexpected, "request was", "requests were");
            format!("{requests} not in the script")
        } else if left > 0 && !self.ignores_rest {
            let replies = report::list_replies(self.replies.iter());
            format!("{} not requested: {replies}", count(left, "reply was", "replies were"))
        } else {
            return None;
        };
        Some(fault + &report::list_requests(&self.requests, &self.outcomes))
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let state = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        // A panic during a panic would abort the test process.
        let is_checked = state.is_checked || std::thread::panicking();
        let is_hiding = state.unexpected() == 0 && (state.requests.is_empty() || state.is_failed);
        if let Some(failure) = state.failure().filter(|_| !is_checked && !is_hiding) {
            fail(&failure);
        }
    }
}

#[expect(clippy::panic, reason = "the model exists to fail tests")]
#[track_caller]
fn fail(failure: &str) {
    panic!("scripted model: {failure}");
}

impl Model for ScriptedModel {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        let script = self.0.clone();
        Box::pin(stream::unfold(Playback::Pending(script, Box::new(request)), Playback::next))
    }

    fn info(&self) -> ModelInfo<'_> {
        ModelInfo::new("scripted model")
    }
}

/// The state of a response stream.
enum Playback {
    /// The stream was not polled yet. The request is recorded when it is.
    Pending(Arc<Script>, Box<Request>),
    /// The remaining parts, and the end of the reply.
    Playing(VecDeque<ScriptedPart>, ScriptedEnd, Box<ModelEvent>),
    Done,
}

impl Playback {
    async fn next(mut self) -> Option<(Result<ModelEvent, Error>, Self)> {
        loop {
            self = match self {
                Self::Pending(script, request) => match script.next(&request) {
                    Ok(reply) => {
                        let reply = reply.resolve(&request);
                        script.state().is_failed = reply.is_failed();
                        Self::play(reply)
                    }
                    Err(error) => return Some((Err(error), Self::Done)),
                },
                Self::Playing(mut parts, end, finished) => match parts.pop_front() {
                    Some(ScriptedPart::Event(event)) => {
                        return Some((Ok(*event), Self::Playing(parts, end, finished)));
                    }
                    Some(ScriptedPart::Wait(time)) => {
                        tokio::time::sleep(time).await;
                        Self::Playing(parts, end, finished)
                    }
                    None => match end {
                        ScriptedEnd::Default | ScriptedEnd::Reason(_) => {
                            return Some((Ok(*finished), Self::Done));
                        }
                        ScriptedEnd::Error(error) => return Some((Err(error), Self::Done)),
                        ScriptedEnd::CutOff => Self::Done,
                        ScriptedEnd::Hang => std::future::pending().await,
                    },
                },
                Self::Done => return None,
            }
        }
    }

    fn play(reply: ScriptedReply) -> Self {
        let finished = Box::new(ModelEvent::Finished(Box::new(reply.finished())));
        Self::Playing(reply.parts.into(), reply.end, finished)
    }
}

impl fmt::Debug for ScriptedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.state();
        f.debug_struct("ScriptedModel")
            .field("requests", &state.requests.len())
            .field("replies_left", &state.replies.len())
            .finish()
    }
}
