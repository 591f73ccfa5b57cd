//! An active run with structured output.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use callsign_types::error::Error;
use callsign_types::event::Event;
use callsign_types::traits::events::Events;
use futures_util::Stream;
use futures_util::future::poll_fn;
use serde_json::Value;

use super::output_reply::OutputReply;
use super::partial::PartialOutput;
use super::reader::OutputReader;
use crate::run::cancel_handle::CancelHandle;
use crate::run::prepare::RunRequest;
use crate::run::run::Run;

/// An active run with structured output. It advances while it is polled, and dropping it cancels
/// it, like a [`Run`].
///
/// It is a stream of [`OutputEvent`]s and a future of the value: read events as long as they are of
/// interest, then await it.
#[must_use = "a run does nothing until it is polled"]
pub struct OutputRun<T> {
    phase: OutputPhase<T>,
    partial: PartialOutput,
    /// An event that the stream yields after a partial value.
    next_event: Option<Event>,
}

enum OutputPhase<T> {
    Running(Run, OutputReader<T>),
    /// The run could not be started.
    Failed(Option<Error>),
}

/// One event of a run with structured output.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OutputEvent {
    /// The value as far as the model has generated it.
    ///
    /// It is not validated yet: properties are missing, and strings are incomplete. Values start
    /// anew if an output is rejected or the model continues with other text. One value covers the
    /// deltas that have arrived when the run is polled; while many arrive, values follow at growing
    /// distances.
    Partial(Value),
    /// Any other event, including the deltas of the text.
    Event(Event),
}

impl<T> OutputRun<T> {
    pub(super) fn new(
        request: Result<(RunRequest, OutputReader<T>), Error>,
        events: Events,
    ) -> Self {
        let (phase, is_wrapped) = match request {
            Ok((request, reader)) => {
                let is_wrapped = reader.spec.is_wrapped();
                (OutputPhase::Running(Run::new(request, events), reader), is_wrapped)
            }
            Err(error) => (OutputPhase::Failed(Some(error)), false),
        };
        Self { phase, partial: PartialOutput::new(is_wrapped), next_event: None }
    }

    /// Returns a handle that cancels this run from another task.
    #[must_use]
    pub fn cancel_handle(&self) -> CancelHandle {
        match &self.phase {
            OutputPhase::Running(run, _) => run.cancel_handle(),
            OutputPhase::Failed(_) => CancelHandle::default(),
        }
    }

    /// Returns the next event; `None` after the run has ended. Then await the run for its value.
    pub async fn next(&mut self) -> Option<OutputEvent> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// Waits for the value and the reply.
    ///
    /// # Errors
    /// Returns the run's error: [`is_invalid_output`](Error::is_invalid_output) if the model did
    /// not generate a valid output, [`is_paused`](Error::is_paused) if calls need approval.
    pub async fn with_reply(mut self) -> Result<OutputReply<T>, Error> {
        poll_fn(|context| self.poll_outcome(context)).await
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<OutputEvent>> {
        if let Some(event) = self.next_event.take() {
            return self.forward(event);
        }
        let OutputPhase::Running(run, _) = &mut self.phase else { return Poll::Ready(None) };
        let polled = Pin::new(run).poll_next(context);
        match polled {
            Poll::Ready(Some(event @ (Event::TextDelta(_) | Event::ToolCallDelta(_))))
                if !self.partial.is_due() =>
            {
                self.forward(event)
            }
            // No further delta has arrived, or many have: now the value is worth building.
            polled => match (self.partial.build(), polled) {
                (Some(value), Poll::Ready(event)) => {
                    self.next_event = event;
                    Poll::Ready(Some(OutputEvent::Partial(value)))
                }
                (Some(value), Poll::Pending) => Poll::Ready(Some(OutputEvent::Partial(value))),
                (None, Poll::Ready(Some(event))) => self.forward(event),
                (None, Poll::Ready(None)) => Poll::Ready(None),
                (None, Poll::Pending) => Poll::Pending,
            },
        }
    }

    fn forward(&mut self, event: Event) -> Poll<Option<OutputEvent>> {
        self.partial.push(&event);
        Poll::Ready(Some(OutputEvent::Event(event)))
    }

    fn poll_outcome(&mut self, context: &mut Context<'_>) -> Poll<Result<OutputReply<T>, Error>> {
        match &mut self.phase {
            OutputPhase::Running(run, reader) => {
                Pin::new(run).poll(context).map(|reply| reader.read(reply?))
            }
            OutputPhase::Failed(error) => Poll::Ready(Err(error.take().unwrap_or_else(|| {
                Error::configuration("the run was awaited again after it had failed")
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
        outcome.map(|outcome| outcome.map(|outcome| outcome.output))
    }
}

impl<T> fmt::Debug for OutputRun<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.phase {
            OutputPhase::Running(run, _) => write!(f, "Output{run:?}"),
            OutputPhase::Failed(_) => f.write_str("OutputRun(failed)"),
        }
    }
}
