//! The attempts of one request.

use std::time::Duration;

use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::{ModelEvent, ResponseEnd, RetryNotice};
use callsign_types::finish_reason::FinishReason;
use callsign_types::request::Request;
use callsign_types::retry::attempts::Attempts;
use callsign_types::retry::policy::RetryPolicy;
use callsign_types::traits::model::{Model, ModelStream};
use futures_util::{StreamExt, stream};
use tokio::time::sleep;
use uuid::Uuid;

/// Returns the events of the first attempt that produces any, after a notice for each retry.
pub(super) fn stream<'a>(
    model: &'a dyn Model,
    policy: &'a RetryPolicy,
    mut request: Request,
) -> ModelStream<'a> {
    // All attempts share the id, so that the provider can recognize a repeated request.
    request.client_request_id.get_or_insert_with(|| Uuid::new_v4().to_string().into());
    let attempts = Attempts::new(policy);
    let retries = RetryStream { model, request, attempts, announced: 1, state: RetryState::Start };
    Box::pin(stream::unfold(Box::new(retries), |mut retries| async move {
        let event = retries.next().await?;
        Some((event, retries))
    }))
}

struct RetryStream<'a> {
    model: &'a dyn Model,
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
    /// The next attempt is due after this delay.
    Delay(Duration),
    /// A part of the response was passed on. The request is retried only if it is restartable.
    Responding(ModelStream<'a>),
    Ended,
}

impl<'a> RetryStream<'a> {
    async fn next(&mut self) -> Option<Result<ModelEvent, Error>> {
        loop {
            match std::mem::replace(&mut self.state, RetryState::Ended) {
                RetryState::Start => {
                    self.attempts.begin();
                    self.state = RetryState::Waiting(self.model.stream(self.request.clone()));
                }
                RetryState::Waiting(mut response) => match response.next().await {
                    None => return Some(self.failed(cut_off())),
                    Some(Ok(ModelEvent::Retrying(mut notice))) => {
                        self.state = RetryState::Waiting(response);
                        self.announced += 1;
                        notice.attempt = self.announced;
                        return Some(Ok(ModelEvent::Retrying(notice)));
                    }
                    Some(Ok(event)) => return self.continued(Some(Ok(event)), response),
                    Some(Err(error)) => return Some(self.failed(error)),
                },
                RetryState::Delay(delay) => {
                    sleep(delay).await;
                    self.state = RetryState::Start;
                }
                RetryState::Responding(mut response) => {
                    let event = response.next().await;
                    return self.continued(event, response);
                }
                RetryState::Ended => return None,
            }
        }
    }

    /// Returns what follows in a response that has begun: its event, or the notice of the next
    /// attempt if it was cut off and no subscriber has received a part of it.
    fn continued(
        &mut self,
        event: Option<Result<ModelEvent, Error>>,
        response: ModelStream<'a>,
    ) -> Option<Result<ModelEvent, Error>> {
        if self.request.restartable {
            match event {
                Some(Err(error)) => return Some(self.failed(error)),
                None => return Some(self.failed(cut_off())),
                Some(Ok(ModelEvent::Finished(ref end))) => {
                    if let Some(notice) = unfinished(end).and_then(|error| self.failed(error).ok())
                    {
                        return Some(Ok(notice));
                    }
                }
                Some(Ok(_)) => {}
            }
        }
        self.state = RetryState::Responding(response);
        event
    }

    /// Returns the notice of the next attempt, or the error if there is none.
    fn failed(&mut self, error: Error) -> Result<ModelEvent, Error> {
        let next = self.attempts.failed(error)?;
        self.state = RetryState::Delay(next.after);
        self.announced += 1;
        Ok(ModelEvent::Retrying(RetryNotice::new(self.announced, next.after, next.reason)))
    }
}

fn cut_off() -> Error {
    Error::new(ErrorKind::Incomplete, "the response was cut off")
}

/// Returns the error of a response that did not end as it should; `None` if it is complete or was
/// truncated for a reason that a further attempt does not change.
fn unfinished(end: &ResponseEnd) -> Option<Error> {
    let message = match &end.reason {
        FinishReason::Missing => "the response ended without a finish reason".to_owned(),
        FinishReason::Other(reason) => {
            format!("the response ended with the unknown finish reason `{reason}`")
        }
        _ => return None,
    };
    Some(Error::new(ErrorKind::Incomplete, message))
}
