//! The routes: authorization, request parsing, and the response of each.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::dialog::complete;
use crate::embeddings::{self, InputKind};
use crate::error::ApiError;
use crate::request::{ChatRequest, content_filter, extra_parameters};
use crate::response::ChatResponse;
use crate::response::stream::{self, UsageReport};
use crate::server::{NAME, PracticeModelBuilder};

/// The maximum size of a request body, in bytes.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// The base paths that providers use.
const BASE_PATHS: [&str; 5] =
    ["", "/v1", "/models", "/openai/v1", "/openai/deployments/{deployment}"];

type Settings = State<Arc<PracticeModelBuilder>>;

/// Returns all routes of a server with these settings.
pub(crate) fn router(settings: PracticeModelBuilder) -> Router {
    let mut router = Router::new();
    for base in BASE_PATHS {
        router = router
            .route(&format!("{base}/chat/completions"), post(chat_completions))
            .route(&format!("{base}/embeddings"), post(text_embeddings))
            .route(&format!("{base}/images/embeddings"), post(image_embeddings))
            .route(&format!("{base}/info"), get(info));
    }
    for path in ["/v1/models", "/openai/v1/models", "/models"] {
        router = router.route(path, get(models));
    }
    router
        .fallback(|| async { error_response(&ApiError::not_found()) })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(Arc::new(settings))
}

async fn chat_completions(
    State(settings): Settings,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields = extra_parameters::CHAT_FIELDS;
    let request = parse_body(&settings, &headers, &body, fields).and_then(|body| {
        let request = ChatRequest::parse(&body)?;
        if content_filter::blocks(&body) { Err(ApiError::content_filtered()) } else { Ok(request) }
    });
    let request = match request {
        Ok(request) => request,
        Err(error) => return error_response(&error),
    };
    let response = ChatResponse::new(&request, complete(&request));
    if request.stream {
        let headers =
            [(CONTENT_TYPE, "text/event-stream; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
        // The path tells which API the client speaks: these two belong to Azure AI Model Inference.
        let usage_report = match uri.path() {
            _ if request.include_usage => UsageReport::ExtraChunk,
            "/chat/completions" | "/models/chat/completions" => UsageReport::LastChoice,
            _ => UsageReport::Omitted,
        };
        let chunks = stream::chunks(&response, usage_report);
        return (headers, stream::body(chunks, settings.delay)).into_response();
    }
    json_response(StatusCode::OK, &response.to_json())
}

async fn text_embeddings(State(settings): Settings, headers: HeaderMap, body: Bytes) -> Response {
    embeddings_response(&settings, &headers, &body, InputKind::Texts)
}

async fn image_embeddings(State(settings): Settings, headers: HeaderMap, body: Bytes) -> Response {
    embeddings_response(&settings, &headers, &body, InputKind::Images)
}

fn embeddings_response(
    settings: &PracticeModelBuilder,
    headers: &HeaderMap,
    body: &[u8],
    kind: InputKind,
) -> Response {
    let response = parse_body(settings, headers, body, extra_parameters::EMBEDDING_FIELDS)
        .and_then(|body| embeddings::respond(&body, kind));
    match response {
        Ok(response) => json_response(StatusCode::OK, &response),
        Err(error) => error_response(&error),
    }
}

async fn info(State(settings): Settings, headers: HeaderMap) -> Response {
    if !is_authorized(&settings, &headers) {
        return error_response(&ApiError::unauthorized());
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
    if !is_authorized(&settings, &headers) {
        return error_response(&ApiError::unauthorized());
    }
    let model = json!({"id": NAME, "object": "model", "created": 0, "owned_by": "callsign"});
    json_response(StatusCode::OK, &json!({"object": "list", "data": [model]}))
}

/// Checks the key, parses the body, and applies the `extra-parameters` header.
fn parse_body(
    settings: &PracticeModelBuilder,
    headers: &HeaderMap,
    body: &[u8],
    known_fields: &[&str],
) -> Result<Value, ApiError> {
    if !is_authorized(settings, headers) {
        return Err(ApiError::unauthorized());
    }
    let mut body = serde_json::from_slice(body)
        .map_err(|error| ApiError::invalid_body(format!("The body is not valid JSON: {error}.")))?;
    extra_parameters::apply(header(headers, "extra-parameters"), known_fields, &mut body)?;
    Ok(body)
}

fn is_authorized(settings: &PracticeModelBuilder, headers: &HeaderMap) -> bool {
    let Some(key) = settings.key.as_deref() else { return true };
    let bearer = header(headers, AUTHORIZATION.as_str());
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
    header(headers, "api-key") == Some(key) || bearer == Some(key)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn error_response(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    json_response(status, error.to_json())
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
