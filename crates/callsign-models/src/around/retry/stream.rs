//! The tries of one request.

use std::time::Duration;

use callsign_core::traits::model::{Model, ModelStream};
use callsign_core::words::error::Error;
use callsign_core::words::event::{ModelEvent, Retrying};
use callsign_core::words::request::Request;
use futures_util::{StreamExt, stream};
use tokio::time::sleep;
use uuid::Uuid;

use super::policy::RetryPolicy;
use super::tries::Tries;

/// The events of the first try that gets any, with those of the waits before it.
pub(super) fn stream<'a>(
    model: &'a dyn Model,
    policy: &'a RetryPolicy,
    mut request: Request,
) -> ModelStream<'a> {
    // The service can only tell a repetition from a new request by this.
    request.client_request_id.get_or_insert_with(|| Uuid::new_v4().to_string().into());
    let tries = Tries::new(policy);
    let asking = Asking { model, request, tries, told: 1, stage: Stage::Ask };
    Box::pin(stream::unfold(Box::new(asking), |mut asking| async move {
        let event = asking.next().await?;
        Some((event, asking))
    }))
}

struct Asking<'a> {
    model: &'a dyn Model,
    request: Request,
    tries: Tries<'a>,
    /// The number of the newest try that the audience knows of, a model's own among them.
    told: u32,
    stage: Stage<'a>,
}

enum Stage<'a> {
    Ask,
    /// Nothing of the reply has come yet.
    Asked(ModelStream<'a>),
    Wait(Duration),
    /// Some of the reply was handed on, and the rest is handed on as it comes.
    Replying(ModelStream<'a>),
    Over,
}

impl Asking<'_> {
    async fn next(&mut self) -> Option<Result<ModelEvent, Error>> {
        loop {
            match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Ask => {
                    self.tries.begin();
                    self.stage = Stage::Asked(self.model.stream(self.request.clone()));
                }
                Stage::Asked(mut reply) => match reply.next().await? {
                    Ok(ModelEvent::Retrying(mut retrying)) => {
                        self.stage = Stage::Asked(reply);
                        self.told += 1;
                        retrying.attempt = self.told;
                        return Some(Ok(ModelEvent::Retrying(retrying)));
                    }
                    Ok(event) => {
                        self.stage = Stage::Replying(reply);
                        return Some(Ok(event));
                    }
                    Err(error) => return Some(self.failed(error)),
                },
                Stage::Wait(time) => {
                    sleep(time).await;
                    self.stage = Stage::Ask;
                }
                Stage::Replying(mut reply) => {
                    let event = reply.next().await?;
                    self.stage = Stage::Replying(reply);
                    return Some(event);
                }
                Stage::Over => return None,
            }
        }
    }

    /// The error of a try that nothing came of, or the word that there is going to be another.
    fn failed(&mut self, error: Error) -> Result<ModelEvent, Error> {
        let again = self.tries.failed(error)?;
        self.stage = Stage::Wait(again.after);
        self.told += 1;
        Ok(ModelEvent::Retrying(Retrying::new(self.told, again.after, again.reason)))
    }
}
