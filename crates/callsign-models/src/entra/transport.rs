//! The HTTP client that requests for tokens go through: the same as everything else's.

use std::error::Error as StdError;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request, StatusCode};
use callsign_core::words::error::BoxError;
use http::{HeaderMap, Method};
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::connection::client::{Client, Settings};
use crate::connection::head::added;
use crate::connection::target::Target;
use crate::failure::transport::Failed;

/// How long a whole exchange may take.
const WHOLE: Duration = Duration::from_secs(30);

/// How many characters of what is said of a failure are kept.
const MOST_OF_A_PAGE: usize = 2000;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Clients that are set up when they are needed first.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// For the service that gives tokens.
    secure: OnceLock<Client>,
    /// For the address of a machine's own identity, which is always plain `http:`.
    unsecured: OnceLock<Client>,
}

/// There was no answer, or not all of it.
#[derive(Debug)]
pub(super) struct Unheard(BoxError);

impl Exchange {
    fn client(&self, scheme: &str, target: &Target) -> Result<&Client, Error> {
        let https = scheme == "https";
        let kept = if https { &self.secure } else { &self.unsecured };
        if let Some(client) = kept.get() {
            return Ok(client);
        }
        let mut settings = Settings::new(CONNECT);
        if !https {
            // It is on this very machine, or is at least its host's.
            settings.proxies = None;
        }
        let client = Client::new(target, settings).map_err(other)?;
        Ok(kept.get_or_init(|| client))
    }
}

#[async_trait]
impl HttpClient for Exchange {
    async fn execute_request(&self, request: &Request) -> Result<AsyncRawResponse, Error> {
        let url = request.url();
        let target = Target::new(url).map_err(other)?;
        let client = self.client(url.scheme(), &target)?;
        let method = Method::from_bytes(request.method().as_str().as_bytes()).map_err(other)?;
        let mut headers = added(&target);
        for (name, value) in request.headers().iter() {
            let name = http::HeaderName::from_bytes(name.as_str().as_bytes()).map_err(other)?;
            let value = http::HeaderValue::from_str(value.as_str()).map_err(other)?;
            headers.insert(name, value);
        }
        let Body::Bytes(body) = request.body() else {
            let message = "a request for a token has a body that is a stream";
            return Err(Error::with_message(ErrorKind::Other, message));
        };
        let request = || {
            let mut request = http::Request::new(Full::new(body.clone()));
            *request.method_mut() = method.clone();
            *request.headers_mut() = headers.clone();
            request
        };
        let exchange = async {
            let mut answer = client.send(&target, &request, &mut None).await.map_err(failed)?;
            let mut body = Vec::new();
            while let Some(bytes) = answer.chunk().await.map_err(broken)? {
                body.extend_from_slice(&bytes);
            }
            Ok::<_, Error>((answer, body))
        };
        let (answer, mut body) = timeout(WHOLE, exchange).await.map_err(broken)??;
        let status = StatusCode::from(answer.status.as_u16());
        let headers = azure(&answer.headers);
        if !status.is_success() && url.path().ends_with("/oauth2/v2.0/token") {
            body = legible(&body).into();
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

/// What Entra ID says of a failure, as `azure_identity` can read it: it reads no text that JSON
/// writes with an escape, such as the line breaks that Entra ID's all have, nor the page of a
/// gateway, and forgets the status over that.
fn legible(body: &[u8]) -> String {
    let told = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let codes = told["error_codes"].as_array().into_iter().flatten().filter_map(Value::as_i64);
    let codes: Vec<_> = codes.filter_map(|code| i32::try_from(code).ok()).collect();
    let page = String::from_utf8_lossy(body);
    let description = told["error_description"].as_str().unwrap_or(&page);
    let plain = |character| match character {
        '"' => '\'',
        '\\' => '/',
        other if other.is_control() => ' ',
        other => other,
    };
    let description: String = description.chars().take(MOST_OF_A_PAGE).map(plain).collect();
    json!({ "error_codes": codes, "error_description": description }).to_string()
}

fn failed(error: Failed) -> Error {
    if matches!(error, Failed::Unconnected { .. }) {
        return Error::with_error(ErrorKind::Connection, Unheard(error.into()), "can't connect");
    }
    broken(error)
}

fn broken(error: impl Into<BoxError>) -> Error {
    Error::with_error(ErrorKind::Io, Unheard(error.into()), "the connection broke")
}

fn other(error: impl Into<BoxError>) -> Error {
    Error::new(ErrorKind::Other, error.into())
}

impl fmt::Display for Unheard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Unheard {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests;
