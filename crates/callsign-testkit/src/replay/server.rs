//! The server, and what it has seen.

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

/// The greatest request body that is read, in bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A server on the loopback interface that gives recorded answers again, in their order.
///
/// Each request gets the next answer, whatever its path and body are; the requests are kept, to
/// be compared with the recorded ones. A request beyond the last answer gets status 400 and an
/// error of code `replay_exhausted`, which nobody asks again for.
///
/// ```
/// # use callsign_testkit::{ReplayServer, ReplayStep};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let answer = ReplayStep::json(r#"{"choices":[]}"#);
/// let server = ReplayServer::start([answer]).await?;
/// println!("a model may be asked at {}", server.endpoint());
/// assert_eq!(server.unreached(), [0]);
/// # Ok(())
/// # }
/// ```
///
/// It serves for as long as this value lives. Request headers, and with them any credential, are
/// kept in memory only, and are in no `Debug`.
#[derive(Debug)]
pub struct ReplayServer {
    endpoint: String,
    shared: Arc<Shared>,
    _running: oneshot::Sender<()>,
}

/// A request that came to a [`ReplayServer`].
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ReplayedRequest {
    /// The method, such as `POST`.
    pub method: String,
    /// The path and the query, such as `/v1/chat/completions?api-version=…`.
    pub target: String,
    /// The headers in the order in which they came; their names are lower-case.
    pub headers: Vec<(String, String)>,
    /// The body as JSON; null where it is none.
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
struct Shared {
    steps: Vec<ReplayStep>,
    requests: Mutex<Vec<ReplayedRequest>>,
}

impl ReplayServer {
    /// Starts a server on a free port of 127.0.0.1 that gives these answers.
    ///
    /// # Errors
    /// Where no port can be bound.
    pub async fn start(steps: impl IntoIterator<Item = ReplayStep>) -> io::Result<Self> {
        let steps = steps.into_iter().collect();
        let shared = Arc::new(Shared { steps, requests: Mutex::default() });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = format!("http://{}/v1", listener.local_addr()?);
        let (running, stopped) = oneshot::channel::<()>();
        let router = Router::new()
            .fallback(replay)
            .layer(DefaultBodyLimit::max(MOST_BYTES))
            .with_state(shared.clone());
        let served = axum::serve(listener, router).with_graceful_shutdown(async {
            // Either way the handle is gone.
            let _ = stopped.await;
        });
        tokio::spawn(async move { served.await });
        Ok(Self { endpoint, shared, _running: running })
    }

    /// The base URL, such as `http://127.0.0.1:40123/v1`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The requests that came, in their order; those beyond the last step are among them.
    #[must_use]
    pub fn requests(&self) -> Vec<ReplayedRequest> {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The positions of the steps that no request has reached, counted from 0.
    #[must_use]
    pub fn unreached(&self) -> Vec<usize> {
        (self.shared.count().min(self.shared.steps.len())..self.shared.steps.len()).collect()
    }

    /// How many requests came beyond the last step.
    #[must_use]
    pub fn beyond(&self) -> usize {
        self.shared.count().saturating_sub(self.shared.steps.len())
    }

    /// Checks that each step was reached and that nothing was asked beyond them.
    ///
    /// # Panics
    /// Where that is not so, with what is.
    #[track_caller]
    pub fn assert_done(&self) {
        let (unreached, beyond) = (self.unreached(), self.beyond());
        let mut complaint = String::new();
        // Writing to a string cannot fail.
        if !unreached.is_empty() {
            let _ = write!(complaint, "the steps {unreached:?} were not reached; ");
        }
        if beyond > 0 {
            let _ = write!(complaint, "{beyond} requests came beyond the last step; ");
        }
        assert!(
            complaint.is_empty(),
            "{complaint}the recording has {} steps",
            self.shared.steps.len()
        );
    }
}

impl Shared {
    fn count(&self) -> usize {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Keeps a request, and answers which one it is.
    fn keep(&self, request: ReplayedRequest) -> usize {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(request);
        requests.len() - 1
    }
}

async fn replay(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
    let at = shared.keep(ReplayedRequest {
        method: method.to_string(),
        target: uri.to_string(),
        headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    });
    let Some(step) = shared.steps.get(at) else {
        let message = format!(
            "the recording has {} answers, and this is request {}",
            shared.steps.len(),
            at + 1
        );
        return refused(StatusCode::BAD_REQUEST, "replay_exhausted", &message);
    };
    let mut response = Response::builder().status(step.status);
    if !step.content_type.is_empty() {
        response = response.header(CONTENT_TYPE, &step.content_type);
    }
    for (name, value) in &step.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(step.body.clone())).unwrap_or_else(|error| {
        let message = format!("step {at} can't be an answer: {error}");
        refused(StatusCode::INTERNAL_SERVER_ERROR, "replay_malformed", &message)
    })
}

fn refused(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({ "error": { "code": code, "message": message } });
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
