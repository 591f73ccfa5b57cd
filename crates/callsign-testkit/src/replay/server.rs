//! The replay server, and the requests that it received.

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::step::ReplayStep;

/// The size limit of a request body, in bytes.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// A loopback HTTP server that replays recorded responses in order. Dropping it stops the server.
///
/// Each request gets the next response, whatever its path and body. The requests are recorded, so
/// that a test can compare them with the original ones. A request beyond the last response gets
/// status 400 and an error of code `replay_exhausted`. Clients do not retry that status.
///
/// ```
/// # use callsign_testkit::{ReplayServer, ReplayStep};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let response = ReplayStep::json(r#"{"choices":[]}"#);
/// let server = ReplayServer::start([response]).await?;
/// println!("the base URL for a client is {}", server.endpoint());
/// assert_eq!(server.unreached(), [0]);
/// # Ok(())
/// # }
/// ```
///
/// Request headers, including credentials, are kept in memory only. `Debug` omits them.
#[derive(Debug)]
pub struct ReplayServer {
    endpoint: String,
    state: Arc<ReplayState>,
    /// Dropping the sender shuts the server down.
    _shutdown: oneshot::Sender<()>,
}

/// A request that a [`ReplayServer`] received.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ReplayedRequest {
    /// The method, such as `POST`.
    pub method: String,
    /// The path and the query, such as `/v1/chat/completions?api-version=…`.
    pub target: String,
    /// The headers in the order in which they arrived, with lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body as JSON, or `null` if it is not JSON.
    pub body: Value,
}

impl std::fmt::Debug for ReplayedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplayedRequest")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct ReplayState {
    steps: Vec<ReplayStep>,
    requests: Mutex<Vec<ReplayedRequest>>,
}

impl ReplayServer {
    /// Starts a server on a free port of 127.0.0.1 that replays these responses.
    ///
    /// # Errors
    /// Returns an error if the server cannot listen on a port.
    pub async fn start(steps: impl IntoIterator<Item = ReplayStep>) -> io::Result<Self> {
        let steps = steps.into_iter().collect();
        let state = Arc::new(ReplayState { steps, requests: Mutex::default() });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = format!("http://{}/v1", listener.local_addr()?);
        let (shutdown, stopped) = oneshot::channel::<()>();
        let router = Router::new()
            .fallback(replay)
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(state.clone());
        let served = axum::serve(listener, router).with_graceful_shutdown(async {
            // Nothing is ever sent: this ends with an error when the sender is dropped.
            let _ = stopped.await;
        });
        tokio::spawn(async move { served.await });
        Ok(Self { endpoint, state, _shutdown: shutdown })
    }

    /// Returns the base URL for a client, such as `http://127.0.0.1:40123/v1`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the requests so far, oldest first, including those beyond the last step.
    #[must_use]
    pub fn requests(&self) -> Vec<ReplayedRequest> {
        self.state.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the positions of the steps that no request has reached, counted from 0.
    #[must_use]
    pub fn unreached(&self) -> Vec<usize> {
        (self.state.count().min(self.state.steps.len())..self.state.steps.len()).collect()
    }

    /// Returns the number of requests beyond the last step.
    #[must_use]
    pub fn beyond(&self) -> usize {
        self.state.count().saturating_sub(self.state.steps.len())
    }

    /// Checks that each step was reached, and that no request came beyond the last step.
    ///
    /// # Panics
    /// Panics if a step was not reached, or if there were more requests than steps.
    #[track_caller]
    pub fn assert_done(&self) {
        let (unreached, beyond) = (self.unreached(), self.beyond());
        let mut message = String::new();
        // Writing to a string cannot fail.
        if !unreached.is_empty() {
            let _ = write!(message, "the steps {unreached:?} were not reached; ");
        }
        if beyond > 0 {
            let _ = write!(message, "{beyond} requests came beyond the last step; ");
        }
        assert!(message.is_empty(), "{message}the recording has {} steps", self.state.steps.len());
    }
}

impl ReplayState {
    fn count(&self) -> usize {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Records a request, and returns its number, counted from 0.
    fn record(&self, request: ReplayedRequest) -> usize {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(request);
        requests.len() - 1
    }
}

async fn replay(
    State(state): State<Arc<ReplayState>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
    let at = state.record(ReplayedRequest {
        method: method.to_string(),
        target: uri.to_string(),
        headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    });
    let Some(step) = state.steps.get(at) else {
        let steps = state.steps.len();
        let message = format!("the recording has {steps} steps, and this is request {}", at + 1);
        return error_response(StatusCode::BAD_REQUEST, "replay_exhausted", &message);
    };
    let mut response = Response::builder().status(step.status);
    if !step.content_type.is_empty() {
        response = response.header(CONTENT_TYPE, &step.content_type);
    }
    for (name, value) in &step.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(step.body.clone())).unwrap_or_else(|error| {
        let message = format!("step {at} is not a valid response: {error}");
        error_response(StatusCode::INTERNAL_SERVER_ERROR, "replay_malformed", &message)
    })
}

fn error_response(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({ "error": { "code": code, "message": message } });
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
