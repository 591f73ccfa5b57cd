//! [`stream`]: sends one request and yields the events of its response.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use callsign_types::error::Error;
use callsign_types::event::ModelEvent;
use callsign_types::request::{Request, ToolDefinition};
use callsign_types::traits::model::ModelStream;
use futures_util::Stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use pin_project_lite::pin_project;
use tokio::time::{Instant, timeout};

use super::body::EncodedRequest;
use super::body_kind::{BodyKind, detect, is_blank};
use super::model::Inner;
use super::response_headers::informative_headers;
use crate::error::request_info::RequestInfo;
use crate::error::response as response_error;
use crate::sse::{self, SseDecoder};
use crate::transport::exchange::{EndpointClient, MAX_RESPONSE_BYTES, warn_without_end};
use crate::transport::response::HttpResponse;
use crate::transport::timeout::{MAX_TIMEOUT, ReusableTimer};
use crate::wire::assembler::{EndOfInput, Progress, ResponseAssembler};
use crate::wire::schema::nulls::remove_strict_nulls;

/// The wait for the end of the body after a stream is done, so that its connection can be reused.
const END_TIMEOUT: Duration = Duration::from_millis(10);

/// Returns the events of the response to `request`, which is sent when the stream is first polled.
pub(super) fn stream(model: Arc<Inner>, request: Request) -> ModelStream<'static> {
    let assembler =
        ResponseAssembler::new(request.tools.clone()).choice_count(request.options.extra.get("n"));
    let reasons = &model.client.endpoint.profile().finish_reasons;
    let exchange = ChatExchange {
        info: model.request_info(&request),
        assembler: Some(assembler.finish_reasons(reasons)),
        tools: request.tools.clone(),
        model,
        stage: Stage::Unsent(request),
        headers: HeaderMap::new(),
        timer: ReusableTimer::default(),
        ready: VecDeque::new(),
    };
    let exchange = Some(Box::new(exchange));
    Box::pin(EventStream { exchange, advance: ChatExchange::advance, running: None })
}

pin_project! {
    /// The stream of a response's events. It yields the events that have arrived without polling
    /// further, because one chunk often contains many, and otherwise waits for more.
    struct EventStream<A, F> {
        exchange: Option<Box<ChatExchange>>,
        advance: A,
        #[pin]
        running: Option<F>,
    }
}

impl<A, F> Stream for EventStream<A, F>
where
    A: Fn(Box<ChatExchange>) -> F,
    F: Future<Output = Box<ChatExchange>>,
{
    type Item = Result<ModelEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        loop {
            if let Some(running) = this.running.as_mut().as_pin_mut() {
                *this.exchange = Some(ready!(running.poll(context)));
                this.running.set(None);
            }
            let Some(exchange) = this.exchange else { return Poll::Ready(None) };
            if let Poll::Ready(event) = exchange.poll_event() {
                return Poll::Ready(event);
            }
            this.running.set(this.exchange.take().map(&*this.advance));
        }
    }
}

/// One request and the state of its response.
struct ChatExchange {
    model: Arc<Inner>,
    info: RequestInfo,
    /// `None` after the response has ended.
    assembler: Option<ResponseAssembler>,
    /// The tools of the request.
    tools: Arc<[ToolDefinition]>,
    stage: Stage,
    /// The response headers.
    headers: HeaderMap,
    /// The timer for all timeouts of this exchange.
    timer: ReusableTimer,
    /// Events that have arrived and were not yielded yet.
    ready: VecDeque<ModelEvent>,
}

enum Stage {
    Unsent(Request),
    Streaming(Box<StreamingBody>),
    /// The exchange has failed; the events in `ready` are yielded before the error.
    Failed(Error),
    Done,
}

/// The state of a streamed response body.
struct StreamingBody {
    response: HttpResponse,
    decoder: SseDecoder,
    started_at: Instant,
    /// The number of bytes read.
    read: usize,
    /// Whether an event has arrived; comments only show that the provider is alive.
    has_event: bool,
    /// The time at which a response with a finish reason counts as received. `None` before that
    /// reason.
    deadline: Option<Deadline>,
}

struct Deadline {
    at: Instant,
    /// The number of chunks at the time when it was set.
    chunks: u64,
}

impl ChatExchange {
    /// Returns the next event if it has arrived, or the end.
    fn poll_event(&mut self) -> Poll<Option<Result<ModelEvent, Error>>> {
        if let Some(event) = self.ready.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Failed(error) => Poll::Ready(Some(Err(error))),
            Stage::Done => Poll::Ready(None),
            stage => {
                self.stage = stage;
                Poll::Pending
            }
        }
    }

    /// Makes one step of progress: sends the request or reads the next chunk.
    async fn advance(mut self: Box<Self>) -> Box<Self> {
        let advanced = match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Unsent(request) => self.send(&request).await,
            Stage::Streaming(body) => self.read_events(body).await,
            stage => Ok(stage),
        };
        self.stage = advanced.unwrap_or_else(Stage::Failed);
        self
    }

    /// Sends the request and detects the format of the response.
    async fn send(&mut self, request: &Request) -> Result<Stage, Error> {
        let model = self.model.clone();
        let (client, info) = (&model.client, &self.info);
        let EncodedRequest { headers, body } =
            EncodedRequest::new(&model.bodies, &model.body(request), info)?;
        let (post, timer) = (Method::POST, &mut self.timer);
        let sent = client.send_timed(info, post, &model.target, &headers, Some(body), timer);
        let (mut response, started_at) = sent.await?;
        client.check_status(info, &mut response).await?;
        let status = response.status.as_u16();
        // Moved out because `response` does not need its headers from here on.
        self.headers = std::mem::take(&mut response.headers);
        let first = client.read_first(info, &mut response, started_at, false, timer).await?;
        let (first, timer) = (first.unwrap_or_default(), &mut self.timer);
        let first = skip_blank(client, info, first, &mut response, started_at, timer).await?;
        let kind = self.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        match detect(kind, &first) {
            BodyKind::EventStream => {
                let mut body = Box::new(StreamingBody {
                    response,
                    decoder: SseDecoder::default(),
                    started_at,
                    read: 0,
                    has_event: false,
                    deadline: None,
                });
                self.take_events(&mut body, &first)?;
                Ok(Stage::Streaming(body))
            }
            BodyKind::Json => {
                let body = client.read_to_end(info, &mut response, first, &mut self.timer).await?;
                self.decode_body(&body)
            }
            BodyKind::Foreign => {
                let mut body = String::from_utf8_lossy(&first).into_owned();
                body.push_str(&Box::pin(client.read_error_body(info, &mut response)).await);
                Err(response_error::foreign_body_error(info, status, kind, &body))
            }
        }
    }

    /// Decodes a response that is not streamed.
    fn decode_body(&mut self, body: &[u8]) -> Result<Stage, Error> {
        // Replacing invalid UTF-8 is slower than checking that there is none.
        let body = match std::str::from_utf8(body) {
            Ok(body) => Cow::Borrowed(body),
            Err(_) => String::from_utf8_lossy(body),
        };
        let body = body.trim_start_matches('\u{FEFF}');
        if let Some(assembler) = &mut self.assembler {
            let taken = assembler.push_body(body, &mut self.ready);
            taken.map_err(|fault| response_error::fault_error(&self.info, &self.headers, fault))?;
        }
        self.finish(EndOfInput::Complete)
    }

    /// Reads the next chunk of a stream, and finishes the response at its end.
    async fn read_events(&mut self, mut body: Box<StreamingBody>) -> Result<Stage, Error> {
        if self.assembler.as_ref().is_none_or(ResponseAssembler::is_done) {
            // Only the end of the body can follow; an error there does not matter.
            let _ = timeout(END_TIMEOUT, body.response.chunk()).await;
            return self.finish(EndOfInput::Complete);
        }
        let remaining = |deadline: &Deadline| deadline.at.saturating_duration_since(Instant::now());
        let remaining = body.deadline.as_ref().map(remaining);
        let (client, info, response) = (&self.model.client, &self.info, &mut body.response);
        let timer = &mut self.timer;
        let read = match remaining {
            Some(remaining) => client.read_within(info, response, remaining, timer).await,
            None if body.has_event => client.read_chunk(info, response, timer).await,
            None => {
                let is_alive = body.read > 0;
                client.read_first(info, response, body.started_at, is_alive, timer).await
            }
        };
        match read {
            Ok(None) if body.decoder.is_inside_event() => self.finish(EndOfInput::Interrupted),
            Ok(None) => self.finish(EndOfInput::ConnectionClosed),
            Ok(Some(bytes)) => {
                self.take_events(&mut body, &bytes)?;
                Ok(Stage::Streaming(body))
            }
            Err(error) if remaining.is_some() => match self.finish(EndOfInput::Interrupted) {
                Ok(finished) => {
                    warn_without_end(&self.info, &error);
                    Ok(finished)
                }
                Err(_) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    fn take_events(&mut self, body: &mut StreamingBody, bytes: &[u8]) -> Result<(), Error> {
        body.read += bytes.len();
        if body.read > MAX_RESPONSE_BYTES {
            return Err(response_error::too_long_error(&self.info, MAX_RESPONSE_BYTES));
        }
        let (assembler, ready) = (&mut self.assembler, &mut self.ready);
        let (mut taken, has_event) = (Ok(()), &mut body.has_event);
        let pushed = body.decoder.push(bytes, |name, data| {
            *has_event = true;
            if let (Some(assembler), Ok(())) = (assembler.as_mut(), &taken) {
                taken = assembler.push_event(name, data, ready);
            }
        });
        taken.map_err(|fault| response_error::fault_error(&self.info, &self.headers, fault))?;
        pushed.map_err(|_| response_error::too_long_error(&self.info, sse::MAX_EVENT_BYTES))?;
        self.set_deadline(body);
        Ok(())
    }

    /// Sets the deadline for the end of a response that has a finish reason. Each further chunk
    /// moves it, but no heartbeat does.
    fn set_deadline(&mut self, body: &mut StreamingBody) {
        let (Some(assembler), client) = (&mut self.assembler, &self.model.client) else { return };
        let wait = match assembler.progress(self.model.streaming && self.model.stream_options) {
            Progress::Unfinished => return body.deadline = None,
            Progress::Finishing => client.idle_timeout,
            Progress::Finished => client.end_timeout.min(client.idle_timeout),
        };
        let chunks = assembler.chunks();
        if body.deadline.as_ref().is_none_or(|deadline| deadline.chunks != chunks) {
            let at = Instant::now() + wait.min(MAX_TIMEOUT);
            body.deadline = Some(Deadline { at, chunks });
        }
    }

    fn finish(&mut self, end: EndOfInput) -> Result<Stage, Error> {
        let ends = self.model.client.endpoint.profile().end_of_file_ends;
        if let Some(assembler) = self.assembler.take() {
            let finished = assembler.finish(end, ends, &mut self.ready);
            finished
                .map_err(|fault| response_error::fault_error(&self.info, &self.headers, fault))?;
        }
        let profile = self.model.client.endpoint.profile();
        for event in &mut self.ready {
            if let ModelEvent::ToolCall(call) = event {
                remove_strict_nulls(call, &self.tools, profile);
            }
        }
        if let Some(ModelEvent::Finished(finished)) = self.ready.back_mut() {
            finished.headers = informative_headers(&self.headers, &self.info);
        }
        Ok(Stage::Done)
    }
}

/// Reads on if the first bytes do not show the format of the body, and returns those that do.
async fn skip_blank(
    client: &EndpointClient,
    info: &RequestInfo,
    mut first: Bytes,
    response: &mut HttpResponse,
    started_at: Instant,
    timer: &mut ReusableTimer,
) -> Result<Bytes, Error> {
    let mut read = first.len();
    while read > 0 && is_blank(&first) && read <= MAX_RESPONSE_BYTES {
        let next = client.read_first(info, response, started_at, true, timer).await?;
        let Some(next) = next else { break };
        read += next.len();
        // Only a part of a byte order mark belongs to what follows.
        let rest = first.trim_ascii();
        first = if rest.is_empty() { next } else { [rest, &next].concat().into() };
    }
    Ok(first)
}
