//! The server: routes, keys, and the start and end of its task.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::complaint::Complaint;
use super::decide::answer;
use super::reply::Reply;
use super::request::ChatRequest;
use super::stream;

/// What the model calls itself.
pub(super) const NAME: &str = "practice-model";

/// The greatest request body that is read, in bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A rule-following chat-completions server on the loopback interface; no language model.
///
/// It serves for as long as this value lives: dropping it closes the port, and answers that are under way are
/// still finished.
#[derive(Debug)]
pub struct PracticeModel {
    endpoint: String,
    _running: oneshot::Sender<()>,
}

impl PracticeModel {
    /// The name that the model gives itself in replies and in `/info`.
    pub const NAME: &'static str = NAME;

    /// Starts a server on a free port of 127.0.0.1 that asks for no key and streams at a pace that can be watched.
    ///
    /// # Errors
    /// Where no port can be bound.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// A server with settings of its own.
    pub fn builder() -> PracticeModelBuilder {
        PracticeModelBuilder { delay: Duration::from_millis(4), key: None }
    }

    /// The base URL, such as `http://127.0.0.1:40123/v1`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

/// Settings of a [`PracticeModel`] that is to be started.
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct PracticeModelBuilder {
    delay: Duration,
    key: Option<String>,
}

impl PracticeModelBuilder {
    /// The pause before each chunk of a stream: a few milliseconds unless set, zero for tests.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Refuses with 401 every request whose `api-key` or `Authorization: Bearer` header doesn't have this key.
    pub fn require_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Binds a free port of 127.0.0.1 and serves on a task of its own.
    ///
    /// # Errors
    /// Where no port can be bound.
    pub async fn start(self) -> io::Result<PracticeModel> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = format!("http://{}/v1", listener.local_addr()?);
        let (running, stopped) = oneshot::channel::<()>();
        let served = axum::serve(listener, router(self)).with_graceful_shutdown(async {
            // Either way the handle is gone.
            let _ = stopped.await;
        });
        tokio::spawn(async move { served.await });
        Ok(PracticeModel { endpoint, _running: running })
    }
}

impl fmt::Debug for PracticeModelBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key.as_ref().map(|_| "(set)");
        formatter
            .debug_struct("PracticeModelBuilder")
            .field("delay", &self.delay)
            .field("key", &key)
            .finish()
    }
}

fn router(settings: PracticeModelBuilder) -> Router {
    let mut router = Router::new();
    for path in ["/v1/chat/completions", "/chat/completions", "/models/chat/completions"] {
        router = router.route(path, post(chat_completions));
    }
    for path in ["/info", "/v1/info", "/models/info"] {
        router = router.route(path, get(info));
    }
    for path in ["/v1/models", "/models"] {
        router = router.route(path, get(models));
    }
    router
        .fallback(|| async { refused(&Complaint::not_found()) })
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(Arc::new(settings))
}

type Settings = State<Arc<PracticeModelBuilder>>;

async fn chat_completions(State(settings): Settings, headers: HeaderMap, body: Bytes) -> Response {
    if !admitted(&settings, &headers) {
        return refused(&Complaint::unauthorized());
    }
    let request = serde_json::from_slice::<Value>(&body)
        .map_err(|error| Complaint::body(format!("The body is no valid JSON: {error}.")))
        .and_then(|body| ChatRequest::read(&body));
    let request = match request {
        Ok(request) => request,
        Err(complaint) => return refused(&complaint),
    };
    let reply = Reply::new(&request, answer(&request));
    if request.stream {
        let headers =
            [(CONTENT_TYPE, "text/event-stream; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
        return (
            headers,
            stream::body(stream::chunks(&reply, request.include_usage), settings.delay),
        )
            .into_response();
    }
    json_response(StatusCode::OK, &reply.to_json())
}

async fn info(State(settings): Settings, headers: HeaderMap) -> Response {
    if !admitted(&settings, &headers) {
        return refused(&Complaint::unauthorized());
    }
    let info = json!({
        "model_name": NAME,
        "model_type": "chat-completion",
        "model_provider_name": "Callsign",
        "description": "A practice model: it follows rules and is not a language model.",
    });
    json_response(StatusCode::OK, &info)
}

async fn models(State(settings): Settings, headers: HeaderMap) -> Response {
    if !admitted(&settings, &headers) {
        return refused(&Complaint::unauthorized());
    }
    let model = json!({"id": NAME, "object": "model", "created": 0, "owned_by": "callsign"});
    json_response(StatusCode::OK, &json!({"object": "list", "data": [model]}))
}

fn admitted(settings: &PracticeModelBuilder, headers: &HeaderMap) -> bool {
    let Some(key) = &settings.key else { return true };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = header(AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    header("api-key") == Some(key) || bearer == Some(key)
}

fn refused(complaint: &Complaint) -> Response {
    let status = StatusCode::from_u16(complaint.status).unwrap_or(StatusCode::BAD_REQUEST);
    json_response(status, &complaint.to_json())
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
