//! One request and the events of its reply.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use callsign_core::traits::model::ModelStream;
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::event::ModelEvent;
use callsign_core::words::request::Request;
use futures_util::stream;
use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use tokio::time::timeout;
use uuid::Uuid;

use super::model::Inner;
use super::sniff::{BodyKind, sniff};
use crate::endpoint::address::shown;
use crate::failure::place::Place;
use crate::failure::{reply, status, transport};
use crate::sse::SseDecoder;
use crate::wire::assemble::{Assembler, End};
use crate::wire::encode::Body;

/// How much of the body of an error is read.
const MOST_OF_AN_ERROR: usize = 64 * 1024;

/// How much of a whole reply is read; no model writes as much.
const MOST_OF_A_REPLY: usize = 64 * 1024 * 1024;

/// How long the end of a stream that has said it is done is waited for, so that its connection
/// can be used again.
const GRACE: Duration = Duration::from_millis(10);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");
const EXTRA_PARAMETERS: HeaderName = HeaderName::from_static("extra-parameters");

/// The events of the reply to this request, which is sent once they are asked for.
pub(super) fn stream(model: Arc<Inner>, request: Request) -> ModelStream<'static> {
    let exchange = Exchange {
        place: place(&model),
        assembler: Some(Assembler::new(request.tools.clone())),
        model,
        stage: Stage::Unsent(request),
        ready: VecDeque::new(),
    };
    Box::pin(stream::unfold(Box::new(exchange), |mut exchange| async move {
        let event = exchange.next().await?;
        Some((event, exchange))
    }))
}

fn place(model: &Inner) -> Place {
    Place {
        address: shown(&model.url),
        api_version: model.endpoint.version(),
        request_id: Uuid::new_v4().to_string(),
        model: model.model.clone(),
        secrets: model.secrets.clone(),
        has_key: model.has_key,
    }
}

/// One request and its reply, as far as they have come.
struct Exchange {
    model: Arc<Inner>,
    place: Place,
    /// Gone once the reply has ended.
    assembler: Option<Assembler>,
    stage: Stage,
    /// Events that have come and were not asked for yet.
    ready: VecDeque<ModelEvent>,
}

enum Stage {
    Unsent(Request),
    Events(Response, SseDecoder),
    Over,
}

impl Exchange {
    async fn next(&mut self) -> Option<Result<ModelEvent, Error>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            let advanced = match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Unsent(request) => self.begin(request).await,
                Stage::Events(response, decoder) => self.read_more(response, decoder).await,
                Stage::Over => return None,
            };
            match advanced {
                Ok(stage) => self.stage = stage,
                Err(error) if self.ready.is_empty() => return Some(Err(error)),
                Err(error) => self.stage = Stage::Failed(error),
            }
        }
    }
}
