//! The model that plays a script.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callsign_core::traits::model::{Model, ModelStream};
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::event::ModelEvent;
use callsign_core::words::request::Request;
use futures_util::stream;

use super::scripted_reply::{End, Part, Scripted};

/// A model that replies as a script says, one reply a request. Clones share the script.
///
/// A request beyond the script fails, and so does a script that was not played to its end: the
/// last clone panics when it is dropped then, unless [`assert_done`](Self::assert_done) or the
/// test itself did before.
#[derive(Clone)]
pub struct ScriptedModel(Arc<Play>);

struct Play(Mutex<State>);

#[derive(Default)]
struct State {
    script: VecDeque<Scripted>,
    requests: Vec<Request>,
    unexpected: usize,
    judged: bool,
    ignores_rest: bool,
}

impl ScriptedModel {
    /// A model that plays these replies in order.
    #[must_use]
    pub fn new(script: impl IntoIterator<Item = Scripted>) -> Self {
        let script = script.into_iter().collect();
        Self(Arc::new(Play(Mutex::new(State { script, ..State::default() }))))
    }

    /// Does not mind replies that were not asked for.
    #[must_use]
    pub fn ignore_rest(self) -> Self {
        self.0.state().ignores_rest = true;
        self
    }

    /// Adds a reply at the end.
    pub fn push(&self, reply: Scripted) {
        self.0.state().script.push_back(reply);
    }

    /// The requests that were seen so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.0.state().requests.clone()
    }

    /// The newest request.
    #[must_use]
    pub fn last_request(&self) -> Option<Request> {
        self.0.state().requests.last().cloned()
    }

    /// Checks that the script was played to its end, and that nothing more was asked for.
    ///
    /// # Panics
    /// Where it was not.
    #[track_caller]
    pub fn assert_done(&self) {
        let mut state = self.0.state();
        state.judged = true;
        let verdict = state.verdict();
        drop(state);
        if let Some(verdict) = verdict {
            complain(&verdict);
        }
    }
}

impl Play {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reply to a request, where the script has one.
    fn next(&self, request: &Request) -> Result<Scripted, Error> {
        let mut state = self.state();
        state.requests.push(request.clone());
        if let Some(reply) = state.script.pop_front() {
            return Ok(reply);
        }
        state.unexpected += 1;
        let number = state.requests.len();
        let last = request.messages.last().map_or("nothing".into(), |last| {
            format!("a {} message, {:?}", last.role(), last.text())
        });
        Err(Error::new(
            ErrorKind::Protocol,
            format!("the script has no reply to request {number}, which ends with {last}"),
        ))
    }
}

impl State {
    fn verdict(&self) -> Option<String> {
        let seen = self.requests.len();
        if self.unexpected > 0 {
            let unexpected = self.unexpected;
            return Some(format!("{unexpected} of {seen} requests were not in the script"));
        }
        let left = self.script.len();
        (left > 0 && !self.ignores_rest).then(|| {
            let script = &self.script;
            format!("{left} replies were not asked for, after {seen} requests: {script:?}")
        })
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        let state = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let judged = state.judged || std::thread::panicking();
        if let Some(verdict) = state.verdict().filter(|_| !judged) {
            complain(&verdict);
        }
    }
}

#[expect(clippy::panic, reason = "failing the test is what this model is for")]
#[track_caller]
fn complain(verdict: &str) {
    panic!("scripted model: {verdict}");
}

impl Model for ScriptedModel {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        let play = self.0.clone();
        Box::pin(stream::unfold(Playing::Asked(play, Box::new(request)), Playing::next))
    }

    fn name(&self) -> &str {
        "scripted model"
    }
}

enum Playing {
    Asked(Arc<Play>, Box<Request>),
    Says(VecDeque<Part>, End, Box<ModelEvent>),
    Silent,
}

impl Playing {
    async fn next(mut self) -> Option<(Result<ModelEvent, Error>, Self)> {
        loop {
            self = match self {
                Self::Asked(play, request) => match play.next(&request) {
                    Ok(reply) => Self::say(reply, &request),
                    Err(error) => return Some((Err(error), Self::Silent)),
                },
                Self::Says(mut parts, end, finished) => match parts.pop_front() {
                    Some(Part::Event(event)) => {
                        return Some((Ok(*event), Self::Says(parts, end, finished)));
                    }
                    Some(Part::Wait(time)) => {
                        tokio::time::sleep(time).await;
                        Self::Says(parts, end, finished)
                    }
                    None => match end {
                        End::Usual | End::Reason(_) => return Some((Ok(*finished), Self::Silent)),
                        End::Error(error) => return Some((Err(error), Self::Silent)),
                        End::CutOff => Self::Silent,
                        End::Never => std::future::pending().await,
                    },
                },
                Self::Silent => return None,
            }
        }
    }

    fn say(reply: Scripted, request: &Request) -> Self {
        let reply = reply.made(request);
        let finished = Box::new(ModelEvent::Finished(Box::new(reply.finished())));
        Self::Says(reply.parts.into(), reply.end, finished)
    }
}

impl fmt::Debug for ScriptedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.state();
        f.debug_struct("ScriptedModel")
            .field("requests", &state.requests.len())
            .field("replies_left", &state.script.len())
            .finish()
    }
}
