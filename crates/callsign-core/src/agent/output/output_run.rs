//! A run that is under way and whose answer is a value of a type.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::future::poll_fn;
use serde_json::Value;

use super::output::Taking;
use super::partial::Partial;
use crate::run::canceller::Canceller;
use crate::run::opening::Beginning;
use crate::run::reply::Reply;
use crate::run::run::Run;
use crate::traits::events::Events;
use crate::words::error::Error;
use crate::words::event::Event;

/// A run that is under way and whose answer is a value of a type. It advances while it is polled,
/// and dropping it cancels it, as a [`Run`].
///
/// It is a stream of [`OutputEvent`]s, and it is a future of the value: read the events for as long
/// as they are of interest, then await it.
#[must_use = "a run does nothing until it is polled"]
pub struct OutputRun<T> {
    state: State<T>,
    partial: Partial,
    /// What the newest event has made of the value, which is told after it.
    grown: Option<Value>,
}

enum State<T> {
    Running(Run, Taking<T>),
    /// It could not be begun.
    Failed(Option<Error>),
}

/// One event of a run whose answer is a value of a type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OutputEvent {
    /// The value, as far as the model has written it.
    ///
    /// It is not checked yet: members are missing, and strings are not at their end. Where an
    /// answer is rejected, or the model goes on with other things, values begin anew.
    Partial(Value),
    /// Anything else that happens; the text of the answer is among it.
    Event(Event),
}

impl<T> OutputRun<T> {
    pub(super) fn new(begun: Result<(Beginning, Taking<T>), Error>, events: Events) -> Self {
        let (state, is_wrapped) = match begun {
            Ok((beginning, taking)) => {
                let is_wrapped = taking.answer.is_wrapped();
                (State::Running(Run::new(beginning, events), taking), is_wrapped)
            }
            Err(error) => (State::Failed(Some(error)), false),
        };
        Self { state, partial: Partial::new(is_wrapped), grown: None }
    }

    /// What cancels this run from beside it.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        match &self.state {
            State::Running(run, _) => run.canceller(),
            State::Failed(_) => Canceller::default(),
        }
    }

    /// The next event; `None` once the run has ended. Await the run then for its value.
    pub async fn next(&mut self) -> Option<OutputEvent> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// Waits for the value, and for the [`Reply`] beside it.
    ///
    /// # Errors
    /// As the run fails; with [`is_invalid_answer`](Error::is_invalid_answer) where the model did
    /// not give what was asked for, and with [`is_paused`](Error::is_paused) where calls wait for a
    /// person's approval.
    pub async fn with_reply(mut self) -> Result<(T, Reply), Error> {
        poll_fn(|context| self.poll_outcome(context)).await
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<OutputEvent>> {
        if let Some(value) = self.grown.take() {
            return Poll::Ready(Some(OutputEvent::Partial(value)));
        }
        let State::Running(run, _) = &mut self.state else { return Poll::Ready(None) };
        Pin::new(run).poll_next(context).map(|event| {
            let event = event?;
            self.grown = self.partial.take(&event);
            Some(OutputEvent::Event(event))
        })
    }

    fn poll_outcome(&mut self, context: &mut Context<'_>) -> Poll<Result<(T, Reply), Error>> {
        match &mut self.state {
            State::Running(run, taking) => {
                Pin::new(run).poll(context).map(|reply| taking.take(reply?))
            }
            State::Failed(error) => Poll::Ready(Err(error.take().unwrap_or_else(|| {
                Error::configuration("the run was awaited after it had failed")
            }))),
        }
    }
}

impl<T> Stream for OutputRun<T> {
    type Item = OutputEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<OutputEvent>> {
        self.get_mut().poll_event(context)
    }
}

impl<T> Future for OutputRun<T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = self.get_mut().poll_outcome(context);
        outcome.map(|outcome| outcome.map(|(value, _)| value))
    }
}

impl<T> fmt::Debug for OutputRun<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            State::Running(run, _) => write!(f, "Output{run:?}"),
            State::Failed(_) => f.write_str("OutputRun(failed)"),
        }
    }
}
