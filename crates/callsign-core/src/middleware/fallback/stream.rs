//! One request on its way through the models.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::{ModelEvent, RetryNotice};
use callsign_types::request::Request;
use callsign_types::traits::model::{Model, ModelStream};
use futures_util::{StreamExt, stream};

/// Returns the events of the first model that produces any, after a notice for each model that
/// failed.
pub(super) fn stream(
    models: &[Arc<dyn Model>],
    falls_back: fn(&Error) -> bool,
    request: Request,
) -> ModelStream<'_> {
    let candidates = FallbackStream {
        models,
        falls_back,
        request,
        position: 0,
        announced: 1,
        failures: String::new(),
        response: None,
    };
    Box::pin(stream::unfold(Some(Box::new(candidates)), |candidates| async move {
        let mut candidates = candidates?;
        match candidates.next().await? {
            Ok(event) => Some((Ok(event), Some(candidates))),
            Err(error) => Some((Err(error), None)),
        }
    }))
}

struct FallbackStream<'a> {
    models: &'a [Arc<dyn Model>],
    falls_back: fn(&Error) -> bool,
    request: Request,
    /// The position of the model in use.
    position: usize,
    /// The number of the newest attempt that subscribers know of. The attempts of retrying models
    /// in the list are counted too.
    announced: u32,
    /// The errors of the models that have failed, each after the model's name.
    failures: String,
    response: Option<CandidateResponse<'a>>,
}

enum CandidateResponse<'a> {
    /// The request was sent, and no part of the response has arrived.
    Waiting(ModelStream<'a>),
    /// A part of the response was passed on, so that no other model can be used.
    Responding(ModelStream<'a>),
}

impl<'a> FallbackStream<'a> {
    async fn next(&mut self) -> Option<Result<ModelEvent, Error>> {
        let mut response = match self.response.take() {
            Some(CandidateResponse::Responding(mut response)) => {
                let event = match response.next().await {
                    // No subscriber has received what came before: another model may answer.
                    Some(Err(error)) if self.request.restartable => {
                        return Some(self.failed(error));
                    }
                    None if self.request.restartable => return Some(self.failed(cut_off())),
                    event => event?,
                };
                return Some(event.map(|event| self.responding(event, response)));
            }
            Some(CandidateResponse::Waiting(response)) => response,
            None => self.models.get(self.position)?.stream(self.attempt()),
        };
        match response.next().await? {
            Ok(event) => Some(Ok(self.responding(event, response))),
            Err(error) => Some(self.failed(error)),
        }
    }

    /// Keeps the response after one of its events, and returns the event.
    fn responding(&mut self, event: ModelEvent, response: ModelStream<'a>) -> ModelEvent {
        match event {
            ModelEvent::Retrying(mut notice) => {
                self.response = Some(CandidateResponse::Waiting(response));
                self.announced += 1;
                notice.attempt = self.announced;
                ModelEvent::Retrying(notice)
            }
            // Whatever follows the end is no part of the response.
            ModelEvent::Finished(_) if self.request.restartable => {
                self.position = self.models.len();
                event
            }
            event => {
                self.response = Some(CandidateResponse::Responding(response));
                event
            }
        }
    }

    /// Returns the request for the model in use. If another model follows after transient errors,
    /// the model sends it once: its own retries would only delay the fallback.
    fn attempt(&self) -> Request {
        let mut request = self.request.clone();
        let is_last = self.position + 1 == self.models.len();
        let transient = [ErrorKind::RateLimited, ErrorKind::Server, ErrorKind::Transport];
        let falls_back = |kind| (self.falls_back)(&Error::new(kind, ""));
        request.is_retried |= !is_last && transient.into_iter().all(falls_back);
        request
    }

    /// Returns the notice that the next model is used, or the error if there is none.
    fn failed(&mut self, error: Error) -> Result<ModelEvent, Error> {
        let name = self.models.get(self.position).map_or("", |model| model.info().name);
        let next = self.models.get(self.position + 1).filter(|_| (self.falls_back)(&error));
        let Some(next) = next else {
            let before = std::mem::take(&mut self.failures);
            return Err(match before.as_str() {
                "" => error,
                before => {
                    error.map_message(|last| format!("all models failed: {before}; {name}: {last}"))
                }
            });
        };
        tracing::debug!(%error, next = next.info().name, "falling back to the next model");
        let separator = if self.failures.is_empty() { "" } else { "; " };
        // Writing to a string cannot fail.
        let _ = write!(self.failures, "{separator}{name}: {error}");
        let reason = format!("falling back to {}: {error}", next.info().name);
        self.position += 1;
        self.announced += 1;
        Ok(ModelEvent::Retrying(RetryNotice::new(self.announced, Duration::ZERO, reason)))
    }
}

fn cut_off() -> Error {
    Error::new(ErrorKind::Incomplete, "the response was cut off")
}
