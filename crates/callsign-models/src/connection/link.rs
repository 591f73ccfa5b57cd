//! One request over HTTP and the reading of what comes back.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use callsign_core::words::error::Error;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use tokio::time::{Instant, timeout, timeout_at};

use super::patience::Patience;
use super::request_ids::RequestIds;
use super::tokens::{SentToken, Tokens};
use crate::endpoint::address::{Endpoint, shown};
use crate::failure::place::Place;
use crate::failure::secrets::Secrets;
use crate::failure::{reply, status, transport};

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

const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");

/// A service, and how to talk to it.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) client: Client,
    pub(crate) endpoint: Endpoint,
    /// Those that every request has; a key's are marked as sensitive.
    pub(crate) headers: HeaderMap,
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
            address: shown(url),
            api_version: self.endpoint.version(),
            request_id: request_id.map_or_else(|| self.request_ids.mint(), str::to_owned),
            model: self.model.clone(),
            secrets: self.secrets.clone(),
            has_key: self.has_key,
            token_scope: self.tokens.as_ref().map(|tokens| tokens.scope.clone()),
        }
    }

    /// The headers of a request: those that every request has, its id, and its own.
    pub(crate) fn head(&self, place: &Place, own_headers: HeaderMap) -> HeaderMap {
        let mut headers = self.headers.clone();
        if let Ok(id) = HeaderValue::from_str(&place.request_id) {
            headers.insert(REQUEST_ID, id);
        }
        headers.extend(own_headers);
        headers
    }

    /// Sends a request and waits for the head of the answer, whatever its status.
    pub(crate) async fn send(
        &self,
        place: &Place,
        method: Method,
        url: &Url,
        own_headers: HeaderMap,
        body: Option<Bytes>,
    ) -> Result<Response, Error> {
        let sent = self.send_timed(place, method, url, own_headers, body).await;
        sent.map(|(response, _)| response)
    }

    /// As [`send`](Self::send), and since when the service has been asked: the wait for a token
    /// is over by then, and is no silence of the service's.
    pub(crate) async fn send_timed(
        &self,
        place: &Place,
        method: Method,
        url: &Url,
        own_headers: HeaderMap,
        body: Option<Bytes>,
    ) -> Result<(Response, Instant), Error> {
        let token = match &self.tokens {
            Some(tokens) => Some(tokens.header(place).await?),
            None => None,
        };
        let request = || {
            let mut headers = self.head(place, own_headers.clone());
            if let Some((header, _)) = &token {
                headers.insert(AUTHORIZATION, header.clone());
            }
            let request = self.client.request(method.clone(), url.clone()).headers(headers);
            match &body {
                Some(body) => request.body(body.clone()),
                None => request,
            }
        };
        let asked = Instant::now();
        match timeout(self.first_byte, send_on_live_connection(request)).await {
            Ok(Ok(mut response)) => {
                if let Some((_, token)) = token {
                    response.extensions_mut().insert(token);
                }
                Ok((response, asked))
            }
            Ok(Err(error)) => Err(transport::of_request(place, error)),
            Err(_) => Err(transport::of_silence(place, self.first_byte, false)),
        }
    }

    /// The answer, if its status says that it is one; else the error that it is.
    pub(crate) async fn accept(
        &self,
        place: &Place,
        response: Response,
    ) -> Result<Response, Error> {
        let status = response.status();
        if status.is_success() {
            return match compression(response.headers()) {
                Some(compression) => Err(reply::of_compression(place, &compression)),
                None => Ok(response),
            };
        }
        if status == StatusCode::UNAUTHORIZED
            && let Some(tokens) = &self.tokens
            && let Some(rejected) = response.extensions().get::<SentToken>()
        {
            // It may have been withdrawn before its end. Another request may have got a new one
            // since, which is kept.
            tokens.forget(rejected);
        }
        let headers = response.headers().clone();
        let body = self.read_some(place, response).await;
        Err(status::of_status(place, status.as_u16(), &headers, &body))
    }

    /// Reads the next piece of a body; `None` at its end.
    pub(crate) async fn read(
        &self,
        place: &Place,
        response: &mut Response,
        patience: &mut Patience,
    ) -> Result<Option<Bytes>, Error> {
        match patience.within(self.idle, response.chunk()).await {
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
        response: &mut Response,
        asked: Instant,
        shows_life: bool,
        patience: &mut Patience,
    ) -> Result<Option<Bytes>, Error> {
        let left = self.first_byte.saturating_sub(asked.elapsed());
        let most = if shows_life { left.max(self.idle) } else { left };
        match patience.within(most, response.chunk()).await {
            Some(read) => read.map_err(|error| transport::of_reading(place, error)),
            None if most > left => Err(transport::of_silence(place, most, true)),
            None => Err(transport::of_silence(place, self.first_byte, false)),
        }
    }

    /// Reads the beginning of a body that is only to be shown, as far as it comes in 5 seconds.
    pub(crate) async fn read_some(&self, place: &Place, mut response: Response) -> String {
        let (mut body, mut patience) = (Vec::new(), Patience::default());
        let end = Instant::now() + LONGEST_OF_AN_ERROR;
        while body.len() < MOST_OF_AN_ERROR + BEYOND {
            match timeout_at(end, self.read(place, &mut response, &mut patience)).await {
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
        mut response: Response,
        first: Bytes,
        patience: &mut Patience,
    ) -> Result<Bytes, Error> {
        let Some(second) = self.read(place, &mut response, patience).await? else {
            return Ok(first);
        };
        let mut body = [first, second].concat();
        while let Some(bytes) = self.read(place, &mut response, patience).await? {
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

/// Sends a request, and sends it once more where the connection turns out to be dead at once.
///
/// Servers close connections that lie idle, and some close each after a streamed reply, without
/// saying so beforehand: a request that is written at that moment is never read. A service that
/// breaks off while it works takes longer, and is asked again by nobody but the caller.
async fn send_on_live_connection(
    request: impl Fn() -> RequestBuilder,
) -> reqwest::Result<Response> {
    let began = Instant::now();
    match request().send().await {
        Err(error) if is_dead(&error) && began.elapsed() < AT_ONCE => {
            let error = error.without_url();
            tracing::debug!(%error, "the connection was dead; the request is sent on another");
            request().send().await
        }
        sent => sent,
    }
}

/// Whether the connection ended before anything came back.
fn is_dead(error: &reqwest::Error) -> bool {
    error.is_request() && !error.is_timeout() && !error.is_connect()
}
