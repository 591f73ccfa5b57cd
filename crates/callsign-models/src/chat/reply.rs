//! One request and the events of its reply.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use callsign_core::traits::model::ModelStream;
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::event::ModelEvent;
use callsign_core::words::request::Request;
use futures_util::stream;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response};
use tokio::time::timeout;

use super::model::Inner;
use super::sniff::{BodyKind, sniff};
use crate::failure::place::Place;
use crate::failure::reply;
use crate::sse::SseDecoder;
use crate::wire::assemble::{Assembler, End};
use crate::wire::encode::Body;

/// How long the end of a stream that has said it is done is waited for, so that its connection
/// can be used again.
const GRACE: Duration = Duration::from_millis(10);

const EXTRA_PARAMETERS: HeaderName = HeaderName::from_static("extra-parameters");

/// The events of the reply to this request, which is sent once they are asked for.
pub(super) fn stream(model: Arc<Inner>, request: Request) -> ModelStream<'static> {
    let exchange = Exchange {
        place: model.link.place(&model.url, request.client_request_id.as_deref()),
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
        let model = self.model.clone();
        let (link, place) = (&model.link, &self.place);
        let (headers, body) = self.written(request)?;
        let sent = link.send(place, Method::POST, &model.url, headers, Some(body)).await?;
        let mut response = link.accept(place, sent).await?;
        let status = response.status().as_u16();
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.map(str::to_owned);
        let first = link.read(place, &mut response).await?.unwrap_or_default();
        match sniff(kind.as_deref(), &first) {
            BodyKind::Events => {
                let mut decoder = SseDecoder::default();
                self.take_events(&mut decoder, &first)?;
                Ok(Stage::Events(response, decoder))
            }
            BodyKind::Json => {
                let body = link.read_whole(place, response, first).await?;
                self.take_whole(&body)
            }
            BodyKind::Foreign => {
                let mut body = String::from_utf8_lossy(&first).into_owned();
                body.push_str(&link.read_some(place, response).await);
                Err(reply::of_foreign(place, status, kind.as_deref(), &body))
            }
        }
    }

    /// The request as it is sent: the headers of its own, and the body.
    fn written(&self, request: &Request) -> Result<(HeaderMap, Vec<u8>), Error> {
        let model = &*self.model;
        let endpoint = &model.link.endpoint;
        let body = Body {
            request,
            profile: endpoint.profile(),
            model: model.link.model.as_deref(),
            streaming: model.streaming,
            stream_options: endpoint.takes_stream_options(),
        };
        let json = serde_json::to_vec(&body).map_err(|error| {
            let message = "the request could not be written as JSON";
            self.place.error(ErrorKind::InvalidRequest, message).with_source(error)
        })?;
        let mut headers = HeaderMap::new();
        let pass = endpoint.profile().extra_parameters.as_deref();
        let pass = pass.filter(|_| body.has_extras()).map(HeaderValue::from_str);
        if let Some(Ok(value)) = pass {
            headers.insert(EXTRA_PARAMETERS, value);
        }
        Ok((headers, json))
    }

    /// Takes a reply that came whole.
    fn take_whole(&mut self, body: &[u8]) -> Result<Stage, Error> {
        let body = String::from_utf8_lossy(body);
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
        match self.model.link.read(&self.place, &mut response).await? {
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
        let ends = self.model.link.endpoint.profile().end_of_file_ends;
        if let Some(assembler) = self.assembler.take() {
            let finished = assembler.finish(end, ends, &mut self.ready);
            finished.map_err(|fault| reply::of_fault(&self.place, fault))?;
        }
        Ok(Stage::Over)
    }
}
