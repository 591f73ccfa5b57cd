//! One request and the events of its reply.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use callsign_core::traits::model::ModelStream;
use callsign_core::words::error::Error;
use callsign_core::words::event::ModelEvent;
use callsign_core::words::request::{Request, ToolDefinition};
use futures_util::Stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use pin_project_lite::pin_project;
use tokio::time::{Instant, timeout};

use super::model::Inner;
use super::service_headers::worth_keeping;
use super::sniff::{BodyKind, sniff};
use super::written::Written;
use crate::connection::answer::Answer;
use crate::connection::link::MOST_OF_A_REPLY;
use crate::connection::patience::Patience;
use crate::failure::place::Place;
use crate::failure::reply;
use crate::sse::{self, SseDecoder};
use crate::wire::assemble::{Assembler, End};
use crate::wire::schema::nulls::without_nulls;

/// How long the end of a stream that has said it is done is waited for, so that its connection
/// can be used again.
const GRACE: Duration = Duration::from_millis(10);

/// The events of the reply to this request, which is sent once they are asked for.
pub(super) fn stream(model: Arc<Inner>, request: Request) -> ModelStream<'static> {
    let exchange = Exchange {
        place: model.place(&request),
        assembler: Some(Assembler::new(request.tools.clone())),
        tools: request.tools.clone(),
        model,
        stage: Stage::Unsent(request),
        headers: HeaderMap::new(),
        patience: Patience::default(),
        ready: VecDeque::new(),
    };
    let resting = Some(Box::new(exchange));
    Box::pin(Telling { resting, advance: Exchange::advance, advancing: None })
}

pin_project! {
    /// Tells the events of a reply: those that have come at once, because many come with each
    /// piece that is read, and waits for more where there are none.
    struct Telling<A, F> {
        resting: Option<Box<Exchange>>,
        advance: A,
        #[pin]
        advancing: Option<F>,
    }
}

impl<A, F> Stream for Telling<A, F>
where
    A: Fn(Box<Exchange>) -> F,
    F: Future<Output = Box<Exchange>>,
{
    type Item = Result<ModelEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        loop {
            if let Some(advancing) = this.advancing.as_mut().as_pin_mut() {
                *this.resting = Some(ready!(advancing.poll(context)));
                this.advancing.set(None);
            }
            let Some(exchange) = this.resting else { return Poll::Ready(None) };
            if let Poll::Ready(told) = exchange.tell() {
                return Poll::Ready(told);
            }
            this.advancing.set(this.resting.take().map(&*this.advance));
        }
    }
}

/// One request and its reply, as far as they have come.
struct Exchange {
    model: Arc<Inner>,
    place: Place,
    /// Gone once the reply has ended.
    assembler: Option<Assembler>,
    /// The tools that the request offers.
    tools: Arc<[ToolDefinition]>,
    stage: Stage,
    /// What came above the reply.
    headers: HeaderMap,
    /// How long the service may be silent.
    patience: Patience,
    /// Events that have come and were not asked for yet.
    ready: VecDeque<ModelEvent>,
}

enum Stage {
    Unsent(Request),
    Events(Box<Events>),
    /// It has failed, and the events from before are told first.
    Failed(Error),
    Over,
}

/// A stream of events, as far as it was read.
struct Events {
    response: Answer,
    decoder: SseDecoder,
    asked: Instant,
    /// How many bytes were read.
    read: usize,
    /// Whether an event was among them; comments only say that the service is there.
    begun: bool,
}

impl Exchange {
    /// The next event, if it has come, or the end.
    fn tell(&mut self) -> Poll<Option<Result<ModelEvent, Error>>> {
        if let Some(event) = self.ready.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Failed(error) => Poll::Ready(Some(Err(error))),
            Stage::Over => Poll::Ready(None),
            stage => {
                self.stage = stage;
                Poll::Pending
            }
        }
    }

    /// Goes on to where there is something to tell, or to where it has to go on again.
    async fn advance(mut self: Box<Self>) -> Box<Self> {
        let advanced = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Unsent(request) => self.begin(&request).await,
            Stage::Events(events) => self.read_events(events).await,
            stage => Ok(stage),
        };
        self.stage = advanced.unwrap_or_else(Stage::Failed);
        self
    }

    /// Sends the request and looks at what comes back.
    async fn begin(&mut self, request: &Request) -> Result<Stage, Error> {
        let model = self.model.clone();
        let (link, place) = (&model.link, &self.place);
        let Written { headers, body } = Written::new(&model.bodies, &model.wire(request), place)?;
        let (post, patience) = (Method::POST, &mut self.patience);
        let sent = link.send_timed(place, post, &model.target, &headers, Some(body), patience);
        let (mut response, asked) = sent.await?;
        link.accept(place, &mut response).await?;
        let status = response.status.as_u16();
        // Nobody looks at them there any more.
        self.headers = std::mem::take(&mut response.headers);
        let first = link.read_unbegun(place, &mut response, asked, false, patience).await?;
        let first = first.unwrap_or_default();
        let kind = self.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        match sniff(kind, &first) {
            BodyKind::Events => {
                let decoder = SseDecoder::default();
                let events = Events { response, decoder, asked, read: 0, begun: false };
                let mut events = Box::new(events);
                self.take_events(&mut events, &first)?;
                Ok(Stage::Events(events))
            }
            BodyKind::Json => {
                let body = link.read_whole(place, &mut response, first, &mut self.patience).await?;
                self.take_whole(&body)
            }
            BodyKind::Foreign => {
                let mut body = String::from_utf8_lossy(&first).into_owned();
                body.push_str(&Box::pin(link.read_some(place, &mut response)).await);
                Err(reply::of_foreign(place, status, kind, &body))
            }
        }
    }

    /// Takes a reply that came whole.
    fn take_whole(&mut self, body: &[u8]) -> Result<Stage, Error> {
        // Looking for what is not UTF-8 takes longer than saying that there is nothing.
        let body = match std::str::from_utf8(body) {
            Ok(body) => Cow::Borrowed(body),
            Err(_) => String::from_utf8_lossy(body),
        };
        let body = body.trim_start_matches('\u{FEFF}');
        if let Some(assembler) = &mut self.assembler {
            let taken = assembler.take_body(body, &mut self.ready);
            taken.map_err(|fault| reply::of_fault(&self.place, &self.headers, fault))?;
        }
        self.finish(End::Said)
    }

    /// Reads more of a stream, and ends the reply where that was all.
    async fn read_events(&mut self, mut events: Box<Events>) -> Result<Stage, Error> {
        if self.assembler.as_ref().is_none_or(Assembler::is_done) {
            // What follows is nothing but the end of the body; whether it comes does not matter.
            let _ = timeout(GRACE, events.response.chunk()).await;
            return self.finish(End::Said);
        }
        let (link, place, response) = (&self.model.link, &self.place, &mut events.response);
        let patience = &mut self.patience;
        let bytes = if events.begun {
            link.read(place, response, patience).await?
        } else {
            let shows_life = events.read > 0;
            link.read_unbegun(place, response, events.asked, shows_life, patience).await?
        };
        match bytes {
            None => self.finish(End::EndOfFile),
            Some(bytes) => {
                self.take_events(&mut events, &bytes)?;
                Ok(Stage::Events(events))
            }
        }
    }

    fn take_events(&mut self, events: &mut Events, bytes: &[u8]) -> Result<(), Error> {
        events.read += bytes.len();
        if events.read > MOST_OF_A_REPLY {
            return Err(reply::of_length(&self.place, MOST_OF_A_REPLY));
        }
        let (assembler, ready) = (&mut self.assembler, &mut self.ready);
        let (mut taken, begun) = (Ok(()), &mut events.begun);
        let pushed = events.decoder.push(bytes, |name, data| {
            *begun = true;
            if let (Some(assembler), Ok(())) = (assembler.as_mut(), &taken) {
                taken = assembler.take_event(name, data, ready);
            }
        });
        taken.map_err(|fault| reply::of_fault(&self.place, &self.headers, fault))?;
        pushed.map_err(|_| reply::of_length(&self.place, sse::MOST_BYTES))
    }

    fn finish(&mut self, end: End) -> Result<Stage, Error> {
        let ends = self.model.link.endpoint.profile().end_of_file_ends;
        if let Some(assembler) = self.assembler.take() {
            let finished = assembler.finish(end, ends, &mut self.ready);
            finished.map_err(|fault| reply::of_fault(&self.place, &self.headers, fault))?;
        }
        let profile = self.model.link.endpoint.profile();
        for event in &mut self.ready {
            if let ModelEvent::ToolCall(call) = event {
                without_nulls(call, &self.tools, profile);
            }
        }
        if let Some(ModelEvent::Finished(finished)) = self.ready.back_mut() {
            finished.headers = worth_keeping(&self.headers, &self.place);
        }
        Ok(Stage::Over)
    }
}
