//! The HTTP client that requests for tokens go through: the same as everything else's.

use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request, StatusCode};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::connection::client::{secure, unsecured};

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

impl Exchange {
    fn client(&self, scheme: &str) -> Result<&Client, Error> {
        let https = scheme == "https";
        let kept = if https { &self.secure } else { &self.unsecured };
        if let Some(client) = kept.get() {
            return Ok(client);
        }
        let client = if https { secure(CONNECT) } else { unsecured(CONNECT) };
        let client = client.map_err(|error| Error::new(ErrorKind::Other, error))?;
        Ok(kept.get_or_init(|| client))
    }
}

#[async_trait]
impl HttpClient for Exchange {
    async fn execute_request(&self, request: &Request) -> Result<AsyncRawResponse, Error> {
        let url = request.url();
        let method = Method::from_bytes(request.method().as_str().as_bytes());
        let method = method.map_err(|error| Error::new(ErrorKind::Other, error))?;
        let mut sent = self.client(url.scheme())?.request(method, url.clone()).timeout(WHOLE);
        for (name, value) in request.headers().iter() {
            sent = sent.header(name.as_str(), value.as_str());
        }
        let Body::Bytes(body) = request.body() else {
            let message = "a request for a token has a body that is a stream";
            return Err(Error::with_message(ErrorKind::Other, message));
        };
        let response = sent.body(body.clone()).send().await.map_err(failed)?;
        let status = StatusCode::from(response.status().as_u16());
        let headers = headers(response.headers());
        let mut body = response.bytes().await.map_err(failed)?;
        if !status.is_success() && url.path().ends_with("/oauth2/v2.0/token") {
            body = legible(&body).into();
        }
        Ok(AsyncRawResponse::from_bytes(status, headers, body))
    }
}

fn headers(from: &reqwest::header::HeaderMap) -> Headers {
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

fn failed(error: reqwest::Error) -> Error {
    let error = error.without_url();
    let kind = if error.is_connect() { ErrorKind::Connection } else { ErrorKind::Io };
    let message = if error.is_connect() { "can't connect" } else { "the connection broke" };
    Error::with_error(kind, error, message)
}

#[cfg(test)]
mod tests;
