//! One request over HTTP and the reading of what comes back.

use std::time::Duration;

use callsign_core::words::error::Error;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use secrecy::SecretString;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::endpoint::address::{Endpoint, shown};
use crate::failure::place::Place;
use crate::failure::{reply, status, transport};

/// How much of the body of an error is read.
const MOST_OF_AN_ERROR: usize = 64 * 1024;

/// How much of a whole reply is read; no service writes as much.
const MOST_OF_A_REPLY: usize = 64 * 1024 * 1024;

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
    pub(crate) secrets: Vec<SecretString>,
    pub(crate) has_key: bool,
}

impl Link {
    /// What an error has to know of a request to this address, under this id or a new one.
    pub(crate) fn place(&self, url: &Url, request_id: Option<&str>) -> Place {
        Place {
            address: shown(url),
            api_version: self.endpoint.version(),
            request_id: request_id.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned),
            model: self.model.clone(),
            secrets: self.secrets.clone(),
            has_key: self.has_key,
        }
    }

    /// Sends a request and waits for the head of the answer, whatever its status.
    pub(crate) async fn send(
        &self,
        place: &Place,
        method: Method,
        url: &Url,
        own_headers: HeaderMap,
        body: Option<Vec<u8>>,
    ) -> Result<Response, Error> {
        let mut headers = self.headers.clone();
        if let Ok(id) = HeaderValue::from_str(&place.request_id) {
            headers.insert(REQUEST_ID, id);
        }
        headers.extend(own_headers);
        let mut request = self.client.request(method, url.clone()).headers(headers);
        if let Some(body) = body {
            request = request.body(body);
        }
        match timeout(self.first_byte, send_on_live_connection(request)).await {
            Ok(Ok(response)) => Ok(response),
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
            return Ok(response);
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
    ) -> Result<Option<Vec<u8>>, Error> {
        match timeout(self.idle, response.chunk()).await {
            Ok(Ok(bytes)) => Ok(bytes.map(Vec::from)),
            Ok(Err(error)) => Err(transport::of_reading(place, error)),
            Err(_) => Err(transport::of_silence(place, self.idle, true)),
        }
    }

    /// Reads the beginning of a body that is only to be shown.
    pub(crate) async fn read_some(&self, place: &Place, mut response: Response) -> String {
        let mut body = Vec::new();
        while body.len() < MOST_OF_AN_ERROR {
            match self.read(place, &mut response).await {
                Ok(Some(bytes)) => body.extend_from_slice(&bytes),
                Ok(None) | Err(_) => break,
            }
        }
        body.truncate(MOST_OF_AN_ERROR);
        String::from_utf8_lossy(&body).into_owned()
    }

    /// Reads the rest of a body that comes whole.
    pub(crate) async fn read_whole(
        &self,
        place: &Place,
        mut response: Response,
        first: Vec<u8>,
    ) -> Result<Vec<u8>, Error> {
        let mut body = first;
        while let Some(bytes) = self.read(place, &mut response).await? {
            body.extend_from_slice(&bytes);
            if body.len() > MOST_OF_A_REPLY {
                return Err(reply::of_length(place));
            }
        }
        Ok(body)
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
            let error = error.without_url();
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
