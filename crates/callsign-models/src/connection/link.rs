//! One request over HTTP and the reading of what comes back.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use callsign_core::words::error::Error;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::Full;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::answer::Answer;
use super::client::Client;
use super::head::Head;
use super::limit::Turn;
use super::patience::Patience;
use super::request_ids::RequestIds;
use super::target::Target;
use super::tokens::Tokens;
use crate::endpoint::address::{Endpoint, shown};
use crate::failure::place::Place;
use crate::failure::secrets::Secrets;
use crate::failure::transport::{self, Failed};
use crate::failure::{reply, status};

/// How much of the body of an error is read.
const MOST_OF_AN_ERROR: usize = 64 * 1024;

/// For how long it is read: what it says is known from its status, and whoever is to try again
/// waits for it.
const LONGEST_OF_AN_ERROR: Duration = Duration::from_secs(5);

/// How much more of it is read, so that a secret at its end is whole and can be found.
const BEYOND: usize = 8 * 1024;

/// How much of a reply is read, streamed or whole; no service writes as much.
pub(crate) const MOST_OF_A_REPLY: usize = 64 * 1024 * 1024;

/// How soon a request fails on a connection that the server has closed before.
const AT_ONCE: Duration = Duration::from_millis(500);

/// A service, and how to talk to it.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) client: Client,
    pub(crate) endpoint: Endpoint,
    /// The headers that every request has.
    pub(crate) head: Head,
    /// The model that requests name.
    pub(crate) model: Option<String>,
    /// How long the service may take until it begins to answer.
    pub(crate) first_byte: Duration,
    /// How long a reply that has begun may be silent.
    pub(crate) idle: Duration,
    /// What no error may show, should the service repeat it.
    pub(crate) secrets: Arc<Secrets>,
    /// Whether a credential is sent.
    pub(crate) has_key: bool,
    /// Where the token of each request comes from, if its credential is one.
    pub(crate) tokens: Option<Tokens>,
    /// The ids of requests that have none of their own.
    pub(crate) request_ids: RequestIds,
}

impl Link {
    /// What an error has to know of a request to this address, under this id or a new one.
    pub(crate) fn place(&self, url: &Url, request_id: Option<&str>) -> Place {
        Place {
            address: shown(url).into(),
            api_version: self.endpoint.version().map(Into::into),
            request_id: request_id.map_or_else(|| self.request_ids.mint(), str::to_owned),
            model: self.model.as_deref().map(Into::into),
            secrets: self.secrets.clone(),
            has_key: self.has_key,
            token_scope: self.tokens.as_ref().map(|tokens| tokens.scope.as_str().into()),
        }
    }

    /// Sends a request and waits for the head of the answer, whatever its status.
    pub(crate) async fn send(
        &self,
        place: &Place,
        method: Method,
        target: &Target,
        own_headers: &HeaderMap,
        body: Option<Bytes>,
    ) -> Result<Answer, Error> {
        let mut patience = Patience::default();
        let sent = self.send_timed(place, method, target, own_headers, body, &mut patience).await;
        sent.map(|(answer, _)| answer)
    }

    /// As [`send`](Self::send), and since when the service has been asked: the waits for its turn
    /// and for a token are over by then, and are no silence of the service's.
    pub(crate) async fn send_timed(
        &self,
        place: &Place,
        method: Method,
        target: &Target,
        own_headers: &HeaderMap,
        body: Option<Bytes>,
        patience: &mut Patience,
    ) -> Result<(Answer, Instant), Error> {
        let mut turn = self.client.turn().await;
        // After the wait, which a token may not outlive.
        let (header, token) = match &self.tokens {
            Some(tokens) => {
                tokens.header(place).await.map(|(header, token)| (Some(header), Some(token)))?
            }
            None => (None, None),
        };
        let request = || {
            let length = body.as_ref().map(Bytes::len);
            let headers = self.head.whole(&place.request_id, own_headers, header.as_ref(), length);
            let mut request = Request::new(Full::new(body.clone().unwrap_or_default()));
            *request.method_mut() = method.clone();
            *request.headers_mut() = headers;
            request
        };
        let asked = Instant::now();
        let sending = self.send_on_live_connection(target, &request, &mut turn);
        match patience.within(self.first_byte, pin!(sending)).await {
            Some(Ok(mut answer)) => {
                answer.token = token;
                Ok((answer, asked))
            }
            Some(Err(error)) => Err(transport::of_request(place, error)),
            None => Err(transport::of_silence(place, self.first_byte, false)),
        }
    }

    /// Sends a request, and sends it once more where the connection turns out to be dead at once.
    ///
    /// Servers close connections that lie idle, and some close each after a streamed reply, without
    /// saying so beforehand: a request that is written at that moment is never read. A service that
    /// breaks off while it works takes longer, and is asked again by nobody but the caller.
    async fn send_on_live_connection(
        &self,
        target: &Target,
        request: &impl Fn() -> Request<Full<Bytes>>,
        turn: &mut Option<Turn>,
    ) -> Result<Answer, Failed> {
        let began = Instant::now();
        match self.client.send(target, request, turn).await {
            Err(error) if error.is_dead() && began.elapsed() < AT_ONCE => {
                tracing::debug!(%error, "the connection was dead; the request is sent on another");
                self.client.send(target, request, turn).await
            }
            sent => sent,
        }
    }

    /// Takes an answer whose status says that it is one; else the error that it is.
    pub(crate) async fn accept(&self, place: &Place, response: &mut Answer) -> Result<(), Error> {
        let status = response.status;
        if status.is_success() {
            return match compression(&response.headers) {
                Some(compression) => Err(reply::of_compression(place, &compression)),
                None => Ok(()),
            };
        }
        if status == StatusCode::UNAUTHORIZED
            && let Some(tokens) = &self.tokens
            && let Some(rejected) = &response.token
        {
            // It may have been withdrawn before its end. Another request may have got a new one
            // since, which is kept.
            tokens.forget(rejected);
        }
        let headers = std::mem::take(&mut response.headers);
        // In a box, so that requests that are waiting need no room for it.
        let body = Box::pin(self.read_some(place, response)).await;
        Err(status::of_status(place, status.as_u16(), &headers, &body))
    }

    /// Reads the next piece of a body; `None` at its end.
    pub(crate) async fn read(
        &self,
        place: &Place,
        response: &mut Answer,
        patience: &mut Patience,
    ) -> Result<Option<Bytes>, Error> {
        match patience.within(self.idle, pin!(response.chunk())).await {
            Some(read) => read.map_err(|error| transport::of_reading(place, error)),
            None => Err(transport::of_silence(place, self.idle, true)),
        }
    }

    /// Reads the next piece of a reply that was asked for at this moment and has not begun: what
    /// is left of the time to the first byte holds. Where the service has shown since that it is
    /// there, by a comment in a stream, it may be silent for as long as in a reply.
    pub(crate) async fn read_unbegun(
        &self,
        place: &Place,
        response: &mut Answer,
        asked: Instant,
        shows_life: bool,
        patience: &mut Patience,
    ) -> Result<Option<Bytes>, Error> {
        let left = self.first_byte.saturating_sub(asked.elapsed());
        let most = if shows_life { left.max(self.idle) } else { left };
        match patience.within(most, pin!(response.chunk())).await {
            Some(read) => read.map_err(|error| transport::of_reading(place, error)),
            None if most > left => Err(transport::of_silence(place, most, true)),
            None => Err(transport::of_silence(place, self.first_byte, false)),
        }
    }

    /// Reads the beginning of a body that is only to be shown, as far as it comes in 5 seconds.
    pub(crate) async fn read_some(&self, place: &Place, response: &mut Answer) -> String {
        let (mut body, mut patience) = (Vec::new(), Patience::default());
        let end = Instant::now() + LONGEST_OF_AN_ERROR;
        while body.len() < MOST_OF_AN_ERROR + BEYOND {
            match timeout_at(end, self.read(place, response, &mut patience)).await {
                Ok(Ok(Some(bytes))) => body.extend_from_slice(&bytes),
                Ok(Ok(None) | Err(_)) | Err(_) => break,
            }
        }
        let mut body = place.scrub(&String::from_utf8_lossy(&body));
        let mut end = body.len().min(MOST_OF_AN_ERROR);
        while !body.is_char_boundary(end) {
            end -= 1;
        }
        body.truncate(end);
        body
    }

    /// Reads the rest of a body that comes whole.
    pub(crate) async fn read_whole(
        &self,
        place: &Place,
        response: &mut Answer,
        first: Bytes,
        patience: &mut Patience,
    ) -> Result<Bytes, Error> {
        let Some(second) = self.read(place, response, patience).await? else {
            return Ok(first);
        };
        let mut body = [first, second].concat();
        while let Some(bytes) = self.read(place, response, patience).await? {
            body.extend_from_slice(&bytes);
            if body.len() > MOST_OF_A_REPLY {
                return Err(reply::of_length(place, MOST_OF_A_REPLY));
            }
        }
        Ok(body.into())
    }
}

/// How a body is compressed, where it is. Nobody asked for that, but some gateways do it all the
/// same; others call a character set an encoding, which means nothing.
fn compression(headers: &HeaderMap) -> Option<String> {
    let encoding = headers.get(CONTENT_ENCODING)?.to_str().ok()?.trim().to_ascii_lowercase();
    let known = ["gzip", "x-gzip", "deflate", "br", "zstd", "compress"];
    encoding.split(',').any(|one| known.contains(&one.trim())).then_some(encoding)
}
