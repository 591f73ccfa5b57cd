//! Retries of requests whose response is a stream.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{FutureExt, Stream, StreamExt};
use tokio::time::{Sleep, sleep};
use uuid::Uuid;

use super::attempts::Attempts;
use super::policy::RetryPolicy;
use crate::error::{Error, ErrorKind};
use crate::event::{ModelEvent, RetryNotice};
use crate::request::Request;
use crate::traits::model::ModelStream;

/// Returns the events of the first attempt that produces any, after a notice for each retry. `send`
/// sends one attempt.
///
/// The attempts are marked as [retried](Request::is_retried), so that a model inside does not retry
/// as well.
#[doc(hidden)]
pub fn with_retries<'a>(
    policy: &'a RetryPolicy,
    mut request: Request,
    send: impl Fn(Request) -> ModelStream<'a> + Send + Unpin + 'a,
) -> ModelStream<'a> {
    // All attempts share the id, so that the provider can recognize a repeated request.
    request.client_request_id.get_or_insert_with(|| Uuid::new_v4().to_string().into());
    request.is_retried = true;
    let attempts = Attempts::new(policy);
    Box::pin(RetryStream { send, request, attempts, announced: 1, state: RetryState::Start })
}

struct RetryStream<'a, F> {
    send: F,
    request: Request,
    attempts: Attempts<'a>,
    /// The number of the newest attempt that subscribers know of. The attempts of a retrying model
    /// inside are counted too.
    announced: u32,
    state: RetryState<'a>,
}

enum RetryState<'a> {
    /// The next attempt is due.
    Start,
    /// The request was sent, and no part of the response has arrived.
    Waiting(ModelStream<'a>),
    /// The next attempt is due after this delay, which has not started.
    Failed(Duration),
    /// The next attempt is due when the delay ends.
    Delay(Pin<Box<Sleep>>),
    /// A part of the response was passed on. The request is retried only if it is restartable.
    Responding(ModelStream<'a>),
    Ended,
}

impl<'a, F: Fn(Request) -> ModelStream<'a> + Unpin> Stream for RetryStream<'a, F> {
    type Item = Result<ModelEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match &mut self.state {
                RetryState::Responding(response) => {
                    let event = ready!(response.poll_next_unpin(context));
                    return Poll::Ready(self.next_event(event));
                }
                RetryState::Start => {
                    self.attempts.begin();
                    let response = (self.send)(self.request.clone());
                    self.state = RetryState::Waiting(response);
                }
                RetryState::Waiting(response) => {
                    let event = ready!(response.poll_next_unpin(context));
                    return Poll::Ready(self.first_event(event));
                }
                RetryState::Failed(delay) => {
                    let delay = sleep(*delay);
                    self.state = RetryState::Delay(Box::pin(delay));
                }
                RetryState::Delay(delay) => {
                    ready!(delay.poll_unpin(context));
                    self.state = RetryState::Start;
                }
                RetryState::Ended => return Poll::Ready(None),
            }
        }
    }
}

impl<F> RetryStream<'_, F> {
    /// Takes the first event of an attempt, or a notice of a retry inside it.
    fn first_event(
        &mut self,
        event: Option<Result<ModelEvent, Error>>,
    ) -> Option<Result<ModelEvent, Error>> {
        match event {
            Some(Ok(ModelEvent::Retrying(notice))) => Some(Ok(self.renumbered(notice))),
            Some(Ok(event)) => {
                if let RetryState::Waiting(response) =
                    std::mem::replace(&mut self.state, RetryState::Ended)
                {
                    self.state = RetryState::Responding(response);
                }
                self.next_event(Some(Ok(event)))
            }
            Some(Err(error)) => Some(self.failed(error)),
            None => Some(self.failed(cut_off())),
        }
    }

    /// Takes an event of a response that has begun. If the response was cut off and no subscriber
    /// has received a part of it, returns the notice of the next attempt instead.
    fn next_event(
        &mut self,
        event: Option<Result<ModelEvent, Error>>,
    ) -> Option<Result<ModelEvent, Error>> {
        if !self.request.restartable {
            return event;
        }
        match event {
            Some(Err(error)) => Some(self.failed(error)),
            None => Some(self.failed(cut_off())),
            Some(Ok(ModelEvent::Finished(_))) => {
                // Whatever follows is no part of the response.
                self.state = RetryState::Ended;
                event
            }
            Some(Ok(ModelEvent::Retrying(notice))) => Some(Ok(self.renumbered(notice))),
            event => event,
        }
    }

    /// Returns the notice of a retry inside, with the number that subscribers expect.
    fn renumbered(&mut self, mut notice: RetryNotice) -> ModelEvent {
        self.announced += 1;
        notice.attempt = self.announced;
        ModelEvent::Retrying(notice)
    }

    /// Returns the notice of the next attempt, or the error if there is none.
    fn failed(&mut self, error: Error) -> Result<ModelEvent, Error> {
        self.state = RetryState::Ended;
        let next = self.attempts.failed(error)?;
        self.state = RetryState::Failed(next.after);
        self.announced += 1;
        Ok(ModelEvent::Retrying(RetryNotice::new(self.announced, next.after, next.reason)))
    }
}

fn cut_off() -> Error {
    Error::new(ErrorKind::Incomplete, "the response was cut off")
}

impl<F> fmt::Debug for RetryStream<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryStream").field("attempts", &self.attempts).finish_non_exhaustive()
    }
}
