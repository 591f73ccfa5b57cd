//! [`TokenHttpClient`]: this crate's HTTP client for `azure_identity`.

use std::error::Error as StdError;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request, StatusCode};
use callsign_types::error::BoxError;
use http::{HeaderMap, Method};
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::error::transport::SendError;
use crate::transport::client::{Client, Settings};
use crate::transport::headers::default_headers;
use crate::transport::target::RequestTarget;

/// The timeout of a whole exchange.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(30);

/// The maximum length of an error description, in characters.
const MAX_DESCRIPTION_CHARS: usize = 2000;

/// The timeout for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// HTTP clients, created when first needed.
#[derive(Debug, Default)]
pub(super) struct TokenHttpClient {
    /// The client for Entra ID.
    secure: OnceLock<Client>,
    /// The client for the instance metadata service, which is always plain `http:`.
    plain: OnceLock<Client>,
}

/// No response was received, or only a part of it.
#[derive(Debug)]
pub(super) struct TokenTransportError(BoxError);

impl TokenHttpClient {
    fn client(&self, scheme: &str, target: &RequestTarget) -> Result<&Client, Error> {
        let https = scheme == "https";
        let kept = if https { &self.secure } else { &self.plain };
        if let Some(client) = kept.get() {
            return Ok(client);
        }
        let mut settings = Settings::new(CONNECT_TIMEOUT);
        if !https {
            // The service is on this machine or its host.
            settings.proxies = None;
        }
        let client = Client::new(target, settings).map_err(other)?;
        Ok(kept.get_or_init(|| client))
    }
}

#[async_trait]
impl HttpClient for TokenHttpClient {
    async fn execute_request(&self, request: &Request) -> Result<AsyncRawResponse, Error> {
        let url = request.url();
        let target = RequestTarget::new(url).map_err(other)?;
        let client = self.client(url.scheme(), &target)?;
        let method = Method::from_bytes(request.method().as_str().as_bytes()).map_err(other)?;
        let mut headers = default_headers(&target);
        for (name, value) in request.headers().iter() {
            let name = http::HeaderName::from_bytes(name.as_str().as_bytes()).map_err(other)?;
            let value = http::HeaderValue::from_str(value.as_str()).map_err(other)?;
            headers.insert(name, value);
        }
        let Body::Bytes(body) = request.body() else {
            let message = "streaming bodies are not supported in token requests";
            return Err(Error::with_message(ErrorKind::Other, message));
        };
        let request = || {
            let mut request = http::Request::new(Full::new(body.clone()));
            *request.method_mut() = method.clone();
            *request.headers_mut() = headers.clone();
            request
        };
        let exchange = async {
            let mut response =
                client.send(&target, &request, &mut None).await.map_err(send_failed)?;
            let mut body = Vec::new();
            while let Some(bytes) = response.chunk().await.map_err(connection_lost)? {
                body.extend_from_slice(&bytes);
            }
            Ok::<_, Error>((response, body))
        };
        let (response, mut body) =
            timeout(EXCHANGE_TIMEOUT, exchange).await.map_err(connection_lost)??;
        let status = StatusCode::from(response.status.as_u16());
        let headers = azure(&response.headers);
        if !status.is_success() && url.path().ends_with("/oauth2/v2.0/token") {
            body = parseable_error_body(&body).into();
        }
        Ok(AsyncRawResponse::from_bytes(status, headers, body))
    }
}

fn azure(from: &HeaderMap) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in from {
        if let Ok(value) = value.to_str() {
            let name = HeaderName::from(name.as_str().to_owned());
            headers.insert(name, HeaderValue::from(value.to_owned()));
        }
    }
    headers
}

/// Returns an error body of Entra ID in a form that `azure_identity` can parse. It fails on strings
/// with JSON escapes, such as the line breaks in all of Entra ID's, and on HTML pages of gateways.
/// Without the rewrite the status would be lost.
fn parseable_error_body(body: &[u8]) -> String {
    let report = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let codes = report["error_codes"].as_array().into_iter().flatten().filter_map(Value::as_i64);
    let codes: Vec<_> = codes.filter_map(|code| i32::try_from(code).ok()).collect();
    let page = String::from_utf8_lossy(body);
    let description = report["error_description"].as_str().unwrap_or(&page);
    let plain = |character| match character {
        '"' => '\'',
        '\\' => '/',
        other if other.is_control() => ' ',
        other => other,
    };
    let description: String = description.chars().take(MAX_DESCRIPTION_CHARS).map(plain).collect();
    json!({ "error_codes": codes, "error_description": description }).to_string()
}

fn send_failed(error: SendError) -> Error {
    if matches!(error, SendError::Connect { .. }) {
        return Error::with_error(
            ErrorKind::Connection,
            TokenTransportError(error.into()),
            "cannot connect",
        );
    }
    connection_lost(error)
}

fn connection_lost(error: impl Into<BoxError>) -> Error {
    Error::with_error(ErrorKind::Io, TokenTransportError(error.into()), "connection lost")
}

fn other(error: impl Into<BoxError>) -> Error {
    Error::new(ErrorKind::Other, error.into())
}

impl fmt::Display for TokenTransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for TokenTransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests;
