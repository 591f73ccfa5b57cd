//! The tries of one request.

use std::time::Duration;

use callsign_core::traits::model::{Model, ModelStream};
use callsign_core::words::error::Error;
use callsign_core::words::event::{ModelEvent, Retrying};
use callsign_core::words::request::Request;
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::policy::{RetryPolicy, Verdict};

/// The events of the first try that gets any, with those of the waits before it.
pub(super) fn stream<'a>(
    model: &'a dyn Model,
    policy: &'a RetryPolicy,
    mut request: Request,
) -> ModelStream<'a> {
    // The service can only tell a repetition from a new request by this.
    request.client_request_id.get_or_insert_with(|| Uuid::new_v4().to_string().into());
    let tries = Tries { model, policy, request, began: None, tried: 0, told: 1, stage: Stage::Ask };
    Box::pin(stream::unfold(Box::new(tries), |mut tries| async move {
        let event = tries.next().await?;
        Some((event, tries))
    }))
}

struct Tries<'a> {
    model: &'a dyn Model,
    policy: &'a RetryPolicy,
    request: Request,
    /// When the first try began. A queue in the model comes after this, and its time counts.
    began: Option<Instant>,
    /// How many tries have begun.
    tried: u32,
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

impl Tries<'_> {
    async fn next(&mut self) -> Option<Result<ModelEvent, Error>> {
        loop {
            match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Ask => {
                    self.began.get_or_insert_with(Instant::now);
                    self.tried += 1;
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
        let elapsed = self.began.map(|began| began.elapsed()).unwrap_or_default();
        match self.policy.judge(&error, self.tried, elapsed) {
            Verdict::Again(after) => {
                tracing::debug!(%error, ?after, tried = self.tried, "the model is asked again");
                self.stage = Stage::Wait(after);
                self.told += 1;
                Ok(ModelEvent::Retrying(Retrying::new(self.told, after, error.to_string())))
            }
            Verdict::TooLong { asked, left } => Err(error.map_message(|message| {
                let (asked, left) = (seconds(asked), seconds(left));
                let tries = self.tries_made();
                format!("{message} ({tries}; the wait of {asked} s is beyond the {left} s left)")
            })),
            Verdict::UsedUp | Verdict::Final if self.tried > 1 => {
                Err(error.map_message(|message| format!("{message} ({})", self.tries_made())))
            }
            Verdict::UsedUp | Verdict::Final => Err(error),
        }
    }

    fn tries_made(&self) -> String {
        match self.tried {
            1 => "tried once".to_owned(),
            tries => format!("tried {tries} times"),
        }
    }
}

/// The seconds, to a tenth.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}
