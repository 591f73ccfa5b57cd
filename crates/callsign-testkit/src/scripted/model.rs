//! The scripted model.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::ModelEvent;
use callsign_types::request::Request;
use callsign_types::traits::model::{Model, ModelInfo, ModelStream};
use futures_util::stream;

use super::scripted_reply::{ScriptedEnd, ScriptedPart, ScriptedReply};

/// A model that generates scripted replies, one for each request. Clones share the script.
///
/// A request beyond the script fails. If a request failed this way, or replies are left, the last
/// clone panics when it is dropped. It does not in these cases, in which the panic would hide a
/// result:
///
/// - [`assert_done`](Self::assert_done) was called, or the thread is panicking already.
/// - There was no request, for example because the agent could not be built.
/// - The newest reply ended with an error or was truncated, so that the run failed.
#[derive(Clone)]
pub struct ScriptedModel(Arc<Script>);

struct Script(Mutex<ScriptState>);

#[derive(Default)]
struct ScriptState {
    replies: VecDeque<ScriptedReply>,
    requests: Vec<Request>,
    /// The number of requests beyond the script.
    unexpected: usize,
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

    /// Accepts that replies are left at the end.
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
        if let Some(reply) = state.replies.pop_front() {
            return Ok(reply);
        }
        state.unexpected += 1;
        let number = state.requests.len();
        let last = describe(request);
        Err(Error::new(
            ErrorKind::Protocol,
            format!("the script has no reply to request {number}, which {last}"),
        ))
    }
}

impl ScriptState {
    /// Returns what is wrong with the requests so far. `None` if the script is done.
    fn failure(&self) -> Option<String> {
        let requests = self.requests.len();
        if self.unexpected > 0 {
            let unexpected = self.unexpected;
            let last = self.requests.last().map_or_else(String::new, describe);
            return Some(format!(
                "{} not in the script, of {requests}; the newest {last}",
                count(unexpected, "request was", "requests were"),
            ));
        }
        let left = self.replies.len();
        (left > 0 && !self.ignores_rest).then(|| {
            format!(
                "{} not requested, after {}: {:?}",
                count(left, "reply was", "replies were"),
                count(requests, "request", "requests"),
                self.replies
            )
        })
    }
}

fn describe(request: &Request) -> String {
    match request.messages.last() {
        Some(last) => format!("ends with a {} message, {:?}", last.role(), last.text()),
        None => "has no messages".to_owned(),
    }
}

fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

impl Drop for Script {
    fn drop(&mut self) {
        let state = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        // A panic during a panic would abort the test process.
        let is_checked = state.is_checked || std::thread::panicking();
        let is_hiding = state.unexpected == 0 && (state.requests.is_empty() || state.is_failed);
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
