//! One request, as it goes from model to model.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use callsign_core::traits::model::{Model, ModelStream};
use callsign_core::words::error::Error;
use callsign_core::words::event::{ModelEvent, Retrying};
use callsign_core::words::request::Request;
use futures_util::{StreamExt, stream};

/// The events of the first model that has any.
pub(super) fn stream(
    models: &[Arc<dyn Model>],
    falls_back: fn(&Error) -> bool,
    request: Request,
) -> ModelStream<'_> {
    let asking = Asking {
        models,
        falls_back,
        request,
        at: 0,
        told: 1,
        failures: String::new(),
        reply: None,
    };
    Box::pin(stream::unfold(Some(Box::new(asking)), |asking| async move {
        let mut asking = asking?;
        match asking.next().await? {
            Ok(event) => Some((Ok(event), Some(asking))),
            Err(error) => Some((Err(error), None)),
        }
    }))
}

struct Asking<'a> {
    models: &'a [Arc<dyn Model>],
    falls_back: fn(&Error) -> bool,
    request: Request,
    /// Which model is being asked.
    at: usize,
    /// The number of the newest try that the audience knows of, the models' own among them.
    told: u32,
    /// What the models said that have failed, each with its name.
    failures: String,
    reply: Option<Reply<'a>>,
}

enum Reply<'a> {
    /// Nothing of it has come yet.
    Asked(ModelStream<'a>),
    /// Some of it was handed on, and the rest is handed on as it comes.
    Begun(ModelStream<'a>),
}

impl Asking<'_> {
    async fn next(&mut self) -> Option<Result<ModelEvent, Error>> {
        let mut reply = match self.reply.take() {
            Some(Reply::Begun(mut reply)) => {
                let event = reply.next().await?;
                self.reply = Some(Reply::Begun(reply));
                return Some(event);
            }
            Some(Reply::Asked(reply)) => reply,
            None => self.models.get(self.at)?.stream(self.request.clone()),
        };
        match reply.next().await? {
            Ok(ModelEvent::Retrying(mut retrying)) => {
                self.reply = Some(Reply::Asked(reply));
                self.told += 1;
                retrying.attempt = self.told;
                Some(Ok(ModelEvent::Retrying(retrying)))
            }
            Ok(event) => {
                self.reply = Some(Reply::Begun(reply));
                Some(Ok(event))
            }
            Err(error) => Some(self.failed(error)),
        }
    }

    /// The error of a model that nothing came of, or the word that the next one is asked.
    fn failed(&mut self, error: Error) -> Result<ModelEvent, Error> {
        let name = self.models.get(self.at).map_or("", |model| model.name());
        let next = self.models.get(self.at + 1).filter(|_| (self.falls_back)(&error));
        let Some(next) = next else {
            let before = std::mem::take(&mut self.failures);
            return Err(match before.as_str() {
                "" => error,
                before => {
                    error.map_message(|last| format!("no model answered: {before}; {name}: {last}"))
                }
            });
        };
        tracing::debug!(%error, next = next.name(), "the next model is asked");
        let separator = if self.failures.is_empty() { "" } else { "; " };
        // Writing to a string cannot fail.
        let _ = write!(self.failures, "{separator}{name}: {error}");
        let reason = format!("{error} Asking {} now.", next.name());
        self.at += 1;
        self.told += 1;
        Ok(ModelEvent::Retrying(Retrying::new(self.told, Duration::ZERO, reason)))
    }
}
