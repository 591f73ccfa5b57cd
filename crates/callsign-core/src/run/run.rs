//! An active run: a stream of events and a future of the reply.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use callsign_types::error::Error;
use callsign_types::event::Event;
use callsign_types::traits::events::Events;
use futures_util::Stream;
use futures_util::future::poll_fn;

use super::cancel_handle::CancelHandle;
use super::lifecycle::run;
use super::prepare::RunRequest;
use super::reply::Reply;

/// An active run. It advances while it is polled, and dropping it cancels it.
///
/// It is a stream of [`Event`]s and a future of the [`Reply`]: read events with
/// [`next`](Self::next) as long as they are of interest, then await the run itself.
///
/// Everything that is finished when a run is dropped is kept, and the conversation can continue.
/// A task that outlives the run writes it. Before the runtime ends, wait for that task with
/// [`Conversation::wait_idle`](crate::agent::conversation::Conversation::wait_idle), or
/// [`cancel`](Self::cancel) the run instead of dropping it.
#[must_use = "a run does nothing until it is polled"]
pub struct Run {
    phase: RunPhase,
    events: Events,
    cancel: CancelHandle,
}

enum RunPhase {
    Running(Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send>>),
    Ended(Box<Result<Reply, Error>>),
    Taken,
}

impl Run {
    pub(crate) fn new(request: RunRequest, events: Events) -> Self {
        let cancel = CancelHandle::default();
        let driver = Box::pin(run(request, events.clone(), cancel.clone()));
        Self { phase: RunPhase::Running(driver), events, cancel }
    }

    /// Returns a handle that cancels this run from another task.
    #[must_use]
    pub fn cancel_handle(&self) -> CancelHandle {
        self.cancel.clone()
    }

    /// Cancels the run, and waits until everything that it had finished is written.
    ///
    /// A run that had ended before returns its reply.
    ///
    /// # Errors
    /// Returns an error with [`is_cancelled`](Error::is_cancelled), the partial text and the
    /// conversation so far, or the error with which the run had ended before.
    pub async fn cancel(self) -> Result<Reply, Error> {
        self.cancel.cancel();
        self.await
    }

    /// Returns the next event; `None` after the run has ended. Then await the run for its reply.
    pub async fn next(&mut self) -> Option<Event> {
        poll_fn(|context| self.poll_event(context)).await
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        if let Some(event) = self.events.next() {
            return Poll::Ready(Some(event));
        }
        if let RunPhase::Running(driver) = &mut self.phase {
            match driver.as_mut().poll(context) {
                Poll::Ready(outcome) => self.phase = RunPhase::Ended(Box::new(outcome)),
                Poll::Pending => {
                    self.events.register(context.waker());
                    return self
                        .events
                        .next()
                        .map_or(Poll::Pending, |event| Poll::Ready(Some(event)));
                }
            }
        }
        Poll::Ready(self.events.next())
    }
}

impl Stream for Run {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.get_mut().poll_event(context)
    }
}

impl Future for Run {
    type Output = Result<Reply, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        match std::mem::replace(&mut this.phase, RunPhase::Taken) {
            RunPhase::Running(mut driver) => match driver.as_mut().poll(context) {
                Poll::Ready(outcome) => Poll::Ready(outcome),
                Poll::Pending => {
                    this.phase = RunPhase::Running(driver);
                    // A caller that awaits the reply does not read events: discard them.
                    while this.events.next().is_some() {}
                    Poll::Pending
                }
            },
            RunPhase::Ended(outcome) => Poll::Ready(*outcome),
            RunPhase::Taken => polled_again(),
        }
    }
}

#[expect(clippy::panic, reason = "polling a completed future is a bug of the caller")]
fn polled_again() -> ! {
    panic!("`Run` was polled after it had returned its reply");
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.phase {
            RunPhase::Running(_) => "Run(running)",
            RunPhase::Ended(_) => "Run(ended)",
            RunPhase::Taken => "Run(taken)",
        })
    }
}
