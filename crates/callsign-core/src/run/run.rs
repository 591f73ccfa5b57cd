//! A run that is under way: a stream of events, and a future of the reply.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::future::poll_fn;

use super::begin::run;
use super::canceller::Canceller;
use super::opening::Beginning;
use super::reply::Reply;
use crate::traits::events::Events;
use crate::words::error::Error;
use crate::words::event::Event;

/// A run that is under way. It advances while it is polled, and dropping it cancels it.
///
/// It is a stream of [`Event`]s, and it is a future of the [`Reply`]: read the events with
/// [`next`](Self::next) for as long as they are of interest, then await the run itself for its
/// outcome.
///
/// What was finished when a run is dropped is kept, and the conversation can go on. It is written
/// by a task that outlives the run; before the runtime ends, wait for it with
/// [`Conversation::settled`](crate::agent::conversation::Conversation::settled), or
/// [`cancel`](Self::cancel) the run in place of dropping it.
#[must_use = "a run does nothing until it is polled"]
pub struct Run {
    state: State,
    events: Events,
    canceller: Canceller,
}

enum State {
    Running(Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send>>),
    Ended(Box<Result<Reply, Error>>),
    Taken,
}

impl Run {
    pub(crate) fn new(beginning: Beginning, events: Events) -> Self {
        let canceller = Canceller::default();
        let driver = Box::pin(run(beginning, events.clone(), canceller.clone()));
        Self { state: State::Running(driver), events, canceller }
    }

    /// What cancels this run from beside it.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// Cancels the run and waits until what it had finished is kept: everything, as when it is
    /// dropped, and whatever the model had written by then.
    ///
    /// # Errors
    /// With [`is_cancelled`](Error::is_cancelled), the partial text and the conversation so far;
    /// a run that had ended before has the outcome that it had.
    pub async fn cancel(self) -> Result<Reply, Error> {
        self.canceller.cancel();
        self.await
    }

    /// The next event; `None` once the run has ended. Await the run then for its outcome.
    pub async fn next(&mut self) -> Option<Event> {
        poll_fn(|context| self.poll_event(context)).await
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        if let Some(event) = self.events.next() {
            return Poll::Ready(Some(event));
        }
        if let State::Running(driver) = &mut self.state {
            match driver.as_mut().poll(context) {
                Poll::Ready(outcome) => self.state = State::Ended(Box::new(outcome)),
                Poll::Pending => {
                    self.events.listen(context.waker());
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
        match std::mem::replace(&mut this.state, State::Taken) {
            State::Running(mut driver) => match driver.as_mut().poll(context) {
                Poll::Ready(outcome) => Poll::Ready(outcome),
                Poll::Pending => {
                    this.state = State::Running(driver);
                    // Whoever awaits the outcome has no ear for events.
                    while this.events.next().is_some() {}
                    Poll::Pending
                }
            },
            State::Ended(outcome) => Poll::Ready(*outcome),
            State::Taken => polled_again(),
        }
    }
}

#[expect(clippy::panic, reason = "a future that has ended is not polled again")]
fn polled_again() -> ! {
    panic!("a `Run` was awaited after it had ended");
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Running(_) => "Run(running)",
            State::Ended(_) => "Run(ended)",
            State::Taken => "Run(taken)",
        })
    }
}
