//! One request and the events of its reply.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use callsign_core::traits::model::ModelStream;
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::event::ModelEvent;
use callsign_core::words::request::Request;
use futures_util::stream;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{RequestBuilder, Response};
use tokio::time::{Instant, timeout};
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

/// How soon a request fails on a connection that the server has closed before.
const AT_ONCE: Duration = Duration::from_millis(500);

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

/// Sends a request, and sends it once more where the connection turns out to be dead at once.
///
/// Servers close connections that lie idle, and some close each after a streamed reply, without
/// saying so beforehand: a request that is written at that moment is never read. A service that
/// breaks off while it works takes longer, and is asked again by nobody but the caller.
async fn send_on_live_connection(request: RequestBuilder) -> reqwest::Result<Response> {
    let again = request.try_clone();
    let began = Instant::now();
    match (request.send().await, again) {
        (Err(error), Some(again)) if is_dead(&error) && began.elapsed() < AT_ONCE => {
            tracing::debug!(%error, "the connection was dead; the request is sent on another");
            again.send().await
        }
        (sent, _) => sent,
    }
}

/// Whether the connection ended before anything came back.
fn is_dead(error: &reqwest::Error) -> bool {
    error.is_request() && !error.is_timeout() && !error.is_connect()
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
    /// It has failed, and the events from before are told first.
    Failed(Error),
    Over,
}

impl Exchange {
    async fn next(&mut self) -> Option<Result<ModelEvent, Error>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            let advanced = match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Unsent(request) => self.begin(&request).await,
                Stage::Events(response, decoder) => self.read_events(response, decoder).await,
                Stage::Failed(error) => return Some(Err(error)),
                Stage::Over => return None,
            };
            self.stage = advanced.unwrap_or_else(Stage::Failed);
        }
    }

    /// Sends the request and looks at what comes back.
    async fn begin(&mut self, request: &Request) -> Result<Stage, Error> {
        let mut response = self.send(request).await?;
        let status = response.status().as_u16();
        if !response.status().is_success() {
            let headers = response.headers().clone();
            let body = self.read_some(response).await;
            return Err(status::of_status(&self.place, status, &headers, &body));
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.map(str::to_owned);
        let first = self.read(&mut response).await?.unwrap_or_default();
        match sniff(kind.as_deref(), &first) {
            BodyKind::Events => {
                let mut decoder = SseDecoder::default();
                self.take_events(&mut decoder, &first)?;
                Ok(Stage::Events(response, decoder))
            }
            BodyKind::Json => self.take_whole(response, first.to_vec()).await,
            BodyKind::Foreign => {
                let mut body = String::from_utf8_lossy(&first).into_owned();
                body.push_str(&self.read_some(response).await);
                Err(reply::of_foreign(&self.place, status, kind.as_deref(), &body))
            }
        }
    }

    async fn send(&self, request: &Request) -> Result<Response, Error> {
        let model = &*self.model;
        let body = Body {
            request,
            profile: model.endpoint.profile(),
            model: model.model.as_deref(),
            streaming: model.streaming,
            stream_options: model.endpoint.takes_stream_options(),
        };
        let json = serde_json::to_vec(&body).map_err(|error| {
            let message = "the request could not be written as JSON";
            self.place.error(ErrorKind::InvalidRequest, message).with_source(error)
        })?;
        let mut headers = model.headers.clone();
        if let Ok(id) = HeaderValue::from_str(&self.place.request_id) {
            headers.insert(REQUEST_ID, id);
        }
        let pass = model.endpoint.profile().extra_parameters.as_deref();
        let pass = pass.filter(|_| body.has_extras()).map(HeaderValue::from_str);
        if let Some(Ok(value)) = pass {
            headers.insert(EXTRA_PARAMETERS, value);
        }
        let request = model.client.post(model.url.clone()).headers(headers).body(json);
        match timeout(model.first_byte, send_on_live_connection(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(transport::of_request(&self.place, error)),
            Err(_) => Err(transport::of_silence(&self.place, model.first_byte, false)),
        }
    }

    /// Reads the next piece of a body; `None` at its end.
    async fn read(&self, response: &mut Response) -> Result<Option<Vec<u8>>, Error> {
        match timeout(self.model.idle, response.chunk()).await {
            Ok(Ok(bytes)) => Ok(bytes.map(Vec::from)),
            Ok(Err(error)) => Err(transport::of_reading(&self.place, error)),
            Err(_) => Err(transport::of_silence(&self.place, self.model.idle, true)),
        }
    }

    /// Reads the beginning of a body that is only to be shown.
    async fn read_some(&self, mut response: Response) -> String {
        let mut body = Vec::new();
        while body.len() < MOST_OF_AN_ERROR {
            match self.read(&mut response).await {
                Ok(Some(bytes)) => body.extend_from_slice(&bytes),
                Ok(None) | Err(_) => break,
            }
        }
        body.truncate(MOST_OF_AN_ERROR);
        String::from_utf8_lossy(&body).into_owned()
    }

    /// Reads a reply that comes whole.
    async fn take_whole(&mut self, mut response: Response, first: Vec<u8>) -> Result<Stage, Error> {
        let mut body = first;
        while let Some(bytes) = self.read(&mut response).await? {
            body.extend_from_slice(&bytes);
            if body.len() > MOST_OF_A_REPLY {
                return Err(reply::of_length(&self.place));
            }
        }
        let body = String::from_utf8_lossy(&body);
        let body = body.trim_start_matches('\u{FEFF}');
        if let Some(assembler) = &mut self.assembler {
            let taken = assembler.take_body(body, &mut self.ready);
            taken.map_err(|fault| reply::of_fault(&self.place, fault))?;
        }
        self.finish(End::Said)
    }

    /// Reads more of a stream, and ends the reply where that was all.
    async fn read_events(
        &mut self,
        mut response: Response,
        mut decoder: SseDecoder,
    ) -> Result<Stage, Error> {
        if self.assembler.as_ref().is_none_or(Assembler::is_done) {
            // What follows is nothing but the end of the body; whether it comes does not matter.
            let _ = timeout(GRACE, response.chunk()).await;
            return self.finish(End::Said);
        }
        match self.read(&mut response).await? {
            None => self.finish(End::EndOfFile),
            Some(bytes) => {
                self.take_events(&mut decoder, &bytes)?;
                Ok(Stage::Events(response, decoder))
            }
        }
    }

    fn take_events(&mut self, decoder: &mut SseDecoder, bytes: &[u8]) -> Result<(), Error> {
        let (assembler, ready) = (&mut self.assembler, &mut self.ready);
        let mut taken = Ok(());
        let pushed = decoder.push(bytes, |name, data| {
            if let (Some(assembler), Ok(())) = (assembler.as_mut(), &taken) {
                taken = assembler.take_event(name, data, ready);
            }
        });
        taken.map_err(|fault| reply::of_fault(&self.place, fault))?;
        pushed.map_err(|_| reply::of_length(&self.place))
    }

    fn finish(&mut self, end: End) -> Result<Stage, Error> {
        let ends = self.model.endpoint.profile().end_of_file_ends;
        if let Some(assembler) = self.assembler.take() {
            let finished = assembler.finish(end, ends, &mut self.ready);
            finished.map_err(|fault| reply::of_fault(&self.place, fault))?;
        }
        Ok(Stage::Over)
    }
}
