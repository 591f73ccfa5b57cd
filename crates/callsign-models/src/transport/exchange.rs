//! [`EndpointClient`]: sends requests to one endpoint and reads the responses.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use callsign_types::error::{Error, ErrorKind};
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;
use serde::de::IgnoredAny;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::client::Client;
use super::headers::RequestHeaders;
use super::limit::Permit;
use super::request_ids::RequestIds;
use super::response::HttpResponse;
use super::target::RequestTarget;
use super::timeout::ReusableTimer;
use super::tokens::Tokens;
use crate::endpoint::address::{Endpoint, without_query};
use crate::error::request_info::RequestInfo;
use crate::error::secrets::Secrets;
use crate::error::transport::{self, SendError};
use crate::error::{response as response_error, status};

/// The maximum length of an error body, in bytes.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// The maximum time for reading an error body. The status already tells the kind, and a retry waits
/// for the body.
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// The number of bytes read beyond the maximum, so that a secret at the cut is complete and can be
/// redacted.
const REDACTION_MARGIN: usize = 8 * 1024;

/// The maximum length of a response, streamed or whole. No provider generates as much.
pub(crate) const MAX_RESPONSE_BYTES: usize = 64 * 1024 * 1024;

/// A request on a connection that the server had already closed fails within this time.
const CLOSED_WITHIN: Duration = Duration::from_millis(500);

/// The parts of a request that stay the same if it is sent again.
struct RequestParts<'a> {
    method: Method,
    target: &'a RequestTarget,
    headers: &'a HeaderMap,
    body: Option<Bytes>,
}

/// A client for one endpoint.
#[derive(Debug)]
pub(crate) struct EndpointClient {
    pub(crate) http: Client,
    pub(crate) endpoint: Endpoint,
    /// The headers of every request.
    pub(crate) headers: RequestHeaders,
    /// The model that requests name, if any.
    pub(crate) model: Option<String>,
    /// The timeout until the response begins.
    pub(crate) first_byte_timeout: Duration,
    /// The timeout between two chunks of a response body.
    pub(crate) idle_timeout: Duration,
    /// The timeout for the end of a response that is complete.
    pub(crate) end_timeout: Duration,
    /// Whether a request is sent again if the server has closed the reused connection.
    pub(crate) resend: bool,
    /// The values to redact from errors.
    pub(crate) secrets: Arc<Secrets>,
    /// Whether requests carry a credential.
    pub(crate) has_credential: bool,
    /// The token source, if requests carry tokens.
    pub(crate) tokens: Option<Tokens>,
    /// Generates the ids of requests without one.
    pub(crate) request_ids: RequestIds,
}

impl EndpointClient {
    /// Returns the details for error messages of a request to `url`. The request gets a new id if
    /// `request_id` is `None`.
    pub(crate) fn request_info(&self, url: &Url, request_id: Option<&str>) -> RequestInfo {
        RequestInfo {
            address: without_query(url).into(),
            api_version: self.endpoint.version().map(Into::into),
            request_id: request_id.map_or_else(|| self.request_ids.next_id(), str::to_owned),
            model: self.model.as_deref().map(Into::into),
            secrets: self.secrets.clone(),
            has_credential: self.has_credential,
            token_scope: self.tokens.as_ref().map(|tokens| tokens.scope.as_str().into()),
        }
    }

    /// Sends a request and waits for the response head, whatever its status.
    pub(crate) async fn send(
        &self,
        info: &RequestInfo,
        method: Method,
        target: &RequestTarget,
        request_headers: &HeaderMap,
        body: Option<Bytes>,
    ) -> Result<HttpResponse, Error> {
        let mut timer = ReusableTimer::default();
        let sent = self.send_timed(info, method, target, request_headers, body, &mut timer).await;
        sent.map(|(response, _)| response)
    }

    /// Like [`send`](Self::send), and also returns when the request was started. The waits for a
    /// permit and for a token come before that and do not count towards the first-byte timeout.
    ///
    /// If the provider rejects the token (401) and the token source returns another one, the
    /// request is sent again once: the token may have been revoked before its expiry.
    pub(crate) async fn send_timed(
        &self,
        info: &RequestInfo,
        method: Method,
        target: &RequestTarget,
        headers: &HeaderMap,
        body: Option<Bytes>,
        timer: &mut ReusableTimer,
    ) -> Result<(HttpResponse, Instant), Error> {
        let request = RequestParts { method, target, headers, body };
        let mut permit = self.http.acquire_permit().await;
        let Some(tokens) = &self.tokens else {
            return self.send_once(info, &request, None, &mut permit, timer).await;
        };
        // Fetched after the wait for a permit, during which a token could expire.
        let (header, token) = tokens.header(info).await?;
        let (mut response, started) =
            self.send_once(info, &request, Some(&header), &mut permit, timer).await?;
        if response.status != StatusCode::UNAUTHORIZED {
            return Ok((response, started));
        }
        // Boxed to keep this future small: a token is rarely rejected.
        let Some((header, token)) = Box::pin(tokens.renew(info, &token)).await else {
            return Ok((response, started));
        };
        // The permit stays with this request, and the connection is closed.
        permit = response.take_permit();
        drop(response);
        let sent =
            Box::pin(self.send_once(info, &request, Some(&header), &mut permit, timer)).await?;
        if sent.0.status == StatusCode::UNAUTHORIZED {
            tokens.forget(&token);
        }
        Ok(sent)
    }

    /// Sends a request with this token and waits for the response head.
    async fn send_once(
        &self,
        info: &RequestInfo,
        parts: &RequestParts<'_>,
        token: Option<&HeaderValue>,
        permit: &mut Option<Permit>,
        timer: &mut ReusableTimer,
    ) -> Result<(HttpResponse, Instant), Error> {
        let request = || {
            let length = parts.body.as_ref().map(Bytes::len);
            let headers = self.headers.build(&info.request_id, parts.headers, token, length);
            let mut request = Request::new(Full::new(parts.body.clone().unwrap_or_default()));
            *request.method_mut() = parts.method.clone();
            *request.headers_mut() = headers;
            request
        };
        let started = Instant::now();
        let sending = self.send_with_resend(parts.target, &request, permit);
        match timer.timeout(self.first_byte_timeout, pin!(sending)).await {
            Some(Ok(response)) => Ok((response, started)),
            Some(Err(error)) => Err(transport::send_error(info, error)),
            None => Err(transport::timeout_error(info, self.first_byte_timeout, false)),
        }
    }

    /// Sends a request, and resends it once if its connection turns out to be closed.
    ///
    /// Servers close idle connections, and some close each one after a streamed response without
    /// announcing it. A request that is written at that moment is never read. This is assumed only
    /// of a reused connection that fails at once and without any byte of a response: a provider
    /// that aborts while it works takes longer. In all other cases only a retry policy repeats the
    /// request.
    async fn send_with_resend(
        &self,
        target: &RequestTarget,
        request: &impl Fn() -> Request<Full<Bytes>>,
        permit: &mut Option<Permit>,
    ) -> Result<HttpResponse, SendError> {
        let started = Instant::now();
        match self.http.send(target, request, permit).await {
            Err(error)
                if self.resend
                    && error.is_stale_connection()
                    && started.elapsed() < CLOSED_WITHIN =>
            {
                tracing::debug!(%error, "connection closed by the server; resending the request");
                // The server has most likely closed the other idle connections too.
                self.http.close_idle(target);
                self.http.send(target, request, permit).await
            }
            sent => sent,
        }
    }

    /// Returns an error if the response has an error status or a compressed body.
    pub(crate) async fn check_status(
        &self,
        info: &RequestInfo,
        response: &mut HttpResponse,
    ) -> Result<(), Error> {
        let status = response.status;
        if status.is_success() {
            return match compression(&response.headers) {
                Some(compression) => Err(response_error::compressed_error(info, &compression)),
                None => Ok(()),
            };
        }
        let headers = std::mem::take(&mut response.headers);
        let proxy = response.forward_proxy();
        // Boxed to keep the futures of waiting requests small.
        let body = Box::pin(self.read_error_body(info, response)).await;
        if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            let error = transport::proxy_authentication_error(info, proxy.as_deref());
            return Err(error.with_status(status.as_u16()).with_body(body));
        }
        Err(status::status_error(info, status.as_u16(), &headers, &body))
    }

    /// Reads the next chunk of a body; `None` at its end.
    pub(crate) async fn read_chunk(
        &self,
        info: &RequestInfo,
        response: &mut HttpResponse,
        timer: &mut ReusableTimer,
    ) -> Result<Option<Bytes>, Error> {
        self.read_within(info, response, self.idle_timeout, timer).await
    }

    /// Reads the next chunk of a body, and waits for `limit` at most.
    pub(crate) async fn read_within(
        &self,
        info: &RequestInfo,
        response: &mut HttpResponse,
        limit: Duration,
        timer: &mut ReusableTimer,
    ) -> Result<Option<Bytes>, Error> {
        match timer.timeout(limit, pin!(response.chunk())).await {
            Some(read) => read.map_err(|error| transport::body_error(info, error)),
            None => Err(transport::timeout_error(info, limit, true)),
        }
    }

    /// Reads the next chunk of a response that has not started, within the rest of the first-byte
    /// timeout. `is_alive` means that the provider has sent a comment in the stream since: then the
    /// idle timeout applies if it is longer.
    pub(crate) async fn read_first(
        &self,
        info: &RequestInfo,
        response: &mut HttpResponse,
        started: Instant,
        is_alive: bool,
        timer: &mut ReusableTimer,
    ) -> Result<Option<Bytes>, Error> {
        let remaining = self.first_byte_timeout.saturating_sub(started.elapsed());
        let limit = if is_alive { remaining.max(self.idle_timeout) } else { remaining };
        match timer.timeout(limit, pin!(response.chunk())).await {
            Some(read) => read.map_err(|error| transport::body_error(info, error)),
            None if limit > remaining => Err(transport::timeout_error(info, limit, true)),
            None => Err(transport::timeout_error(info, self.first_byte_timeout, false)),
        }
    }

    /// Reads the start of an error body, for at most 5 seconds.
    pub(crate) async fn read_error_body(
        &self,
        info: &RequestInfo,
        response: &mut HttpResponse,
    ) -> String {
        let (mut body, mut timer) = (Vec::new(), ReusableTimer::default());
        let end = Instant::now() + ERROR_BODY_TIMEOUT;
        while body.len() < MAX_ERROR_BYTES + REDACTION_MARGIN {
            match timeout_at(end, self.read_chunk(info, response, &mut timer)).await {
                Ok(Ok(Some(bytes))) => body.extend_from_slice(&bytes),
                Ok(Ok(None) | Err(_)) | Err(_) => break,
            }
        }
        let mut body = info.redact(&String::from_utf8_lossy(&body));
        let mut end = body.len().min(MAX_ERROR_BYTES);
        while !body.is_char_boundary(end) {
            end -= 1;
        }
        body.truncate(end);
        body
    }

    /// Reads the rest of a body that is not streamed. If the JSON value in it is complete and its end
    /// does not come, the value is the body.
    pub(crate) async fn read_to_end(
        &self,
        info: &RequestInfo,
        response: &mut HttpResponse,
        first: Bytes,
        timer: &mut ReusableTimer,
    ) -> Result<Bytes, Error> {
        // Most bodies are one chunk, which is not copied. The others are in `whole`.
        let mut whole = Vec::new();
        loop {
            let body = if whole.is_empty() { &first[..] } else { &whole };
            // The value is parsed only if the body does not end.
            let may_be_complete = matches!(body.trim_ascii_end().last(), Some(b'}' | b']'));
            let limit = self.idle_timeout;
            let limit = if may_be_complete { limit.min(self.end_timeout) } else { limit };
            let read = match self.read_within(info, response, limit, timer).await {
                Err(error) if may_be_complete && is_json(body) => {
                    warn_without_end(info, &error);
                    Ok(None)
                }
                Err(error) if error.kind() == ErrorKind::Timeout && limit < self.idle_timeout => {
                    self.read_chunk(info, response, timer).await
                }
                read => read,
            };
            match read? {
                None if whole.is_empty() => return Ok(first),
                None => return Ok(whole.into()),
                Some(bytes) if whole.is_empty() => whole = [&first[..], &bytes].concat(),
                Some(bytes) => whole.extend_from_slice(&bytes),
            }
            if whole.len() > MAX_RESPONSE_BYTES {
                return Err(response_error::too_long_error(info, MAX_RESPONSE_BYTES));
            }
        }
    }
}

/// Logs that a response is used although its end did not come, because of `error`.
pub(crate) fn warn_without_end(info: &RequestInfo, error: &Error) {
    tracing::warn!(address = %info.address, %error, "response is complete, but it did not end; using it");
}

/// Returns whether `body` is one complete JSON value.
fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

/// Returns the compression of a body, if any. Requests accept none, but some gateways compress
/// anyway. Others send a character set as the encoding, which is ignored.
fn compression(headers: &HeaderMap) -> Option<String> {
    let encoding = headers.get(CONTENT_ENCODING)?.to_str().ok()?.trim().to_ascii_lowercase();
    let known = ["gzip", "x-gzip", "deflate", "br", "zstd", "compress"];
    encoding.split(',').any(|name| known.contains(&name.trim())).then_some(encoding)
}
