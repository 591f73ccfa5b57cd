//! The routes: what each reads, and what it answers.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::complaint::Complaint;
use super::decide::answer;
use super::embeddings::{self, Kind};
use super::extras;
use super::filter;
use super::reply::Reply;
use super::request::ChatRequest;
use super::server::{NAME, PracticeModelBuilder};
use super::stream::{self, Told};

/// The greatest request body that is read, in bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// What may stand before a route: the kinds of endpoint that there are.
const BASES: [&str; 5] = ["", "/v1", "/models", "/openai/v1", "/openai/deployments/{deployment}"];

type Settings = State<Arc<PracticeModelBuilder>>;

/// All routes of a server with these settings.
pub(super) fn router(settings: PracticeModelBuilder) -> Router {
    let mut router = Router::new();
    for base in BASES {
        router = router
            .route(&format!("{base}/chat/completions"), post(chat_completions))
            .route(&format!("{base}/embeddings"), post(texts))
            .route(&format!("{base}/images/embeddings"), post(images))
            .route(&format!("{base}/info"), get(info));
    }
    for path in ["/v1/models", "/openai/v1/models", "/models"] {
        router = router.route(path, get(models));
    }
    router
        .fallback(|| async { refused(&Complaint::not_found()) })
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(Arc::new(settings))
}

async fn chat_completions(
    State(settings): Settings,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = read(&settings, &headers, &body, extras::CHAT).and_then(|body| {
        let request = ChatRequest::read(&body)?;
        if filter::withholds(&body) { Err(Complaint::filtered()) } else { Ok(request) }
    });
    let request = match request {
        Ok(request) => request,
        Err(complaint) => return refused(&complaint),
    };
    let reply = Reply::new(&request, answer(&request));
    if request.stream {
        let headers =
            [(CONTENT_TYPE, "text/event-stream; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
        let told = match uri.path() {
            _ if request.include_usage => Told::Behind,
            "/chat/completions" | "/models/chat/completions" => Told::AtTheEnd,
            _ => Told::Nowhere,
        };
        let chunks = stream::chunks(&reply, told);
        return (headers, stream::body(chunks, settings.delay)).into_response();
    }
    json_response(StatusCode::OK, &reply.to_json())
}

async fn texts(State(settings): Settings, headers: HeaderMap, body: Bytes) -> Response {
    embedded(&settings, &headers, &body, Kind::Texts)
}

async fn images(State(settings): Settings, headers: HeaderMap, body: Bytes) -> Response {
    embedded(&settings, &headers, &body, Kind::Images)
}

fn embedded(
    settings: &PracticeModelBuilder,
    headers: &HeaderMap,
    body: &[u8],
    kind: Kind,
) -> Response {
    let answer = read(settings, headers, body, extras::EMBEDDINGS)
        .and_then(|body| embeddings::answer(&body, kind));
    match answer {
        Ok(answer) => json_response(StatusCode::OK, &answer),
        Err(complaint) => refused(&complaint),
    }
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

/// The body of a request that is let in, after what the header `extra-parameters` does to it.
fn read(
    settings: &PracticeModelBuilder,
    headers: &HeaderMap,
    body: &[u8],
    known: &[&str],
) -> Result<Value, Complaint> {
    if !admitted(settings, headers) {
        return Err(Complaint::unauthorized());
    }
    let mut body = serde_json::from_slice(body)
        .map_err(|error| Complaint::body(format!("The body is no valid JSON: {error}.")))?;
    extras::apply(header(headers, "extra-parameters"), known, &mut body)?;
    Ok(body)
}

fn admitted(settings: &PracticeModelBuilder, headers: &HeaderMap) -> bool {
    let Some(key) = settings.key.as_deref() else { return true };
    let bearer = header(headers, AUTHORIZATION.as_str());
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
    header(headers, "api-key") == Some(key) || bearer == Some(key)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn refused(complaint: &Complaint) -> Response {
    let status = StatusCode::from_u16(complaint.status).unwrap_or(StatusCode::BAD_REQUEST);
    json_response(status, complaint.to_json())
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
