//! Structured output, `.output::<T>()`: modes, schemas, rejections, resumption and streaming.
mod modes;
mod prose;
mod rejections;
mod resumption;
mod schemas;
mod streaming;

use callsign_testkit::check_sendable;
use callsign_types::error::{Error, ErrorKind};
use callsign_types::message::Message;
use callsign_types::request::{Request, ResponseFormat};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// A trip by train.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct Trip {
    /// The destination.
    pub(crate) to: String,
    pub(crate) stops: Vec<String>,
}

pub(crate) fn porto() -> Trip {
    Trip { to: "Porto".to_owned(), stops: vec!["Aveiro".to_owned()] }
}

pub(crate) fn porto_json() -> Value {
    json!({"to": "Porto", "stops": ["Aveiro"]})
}

/// Returns the name and the schema of the requested output; `None` if no schema is requested.
pub(crate) fn schema(request: &Request) -> Option<(&str, &Value)> {
    match request.options.response_format.as_ref()? {
        ResponseFormat::JsonSchema { name, schema, strict: None, prefer_strict: true, .. } => {
            Some((name, schema))
        }
        _ => None,
    }
}

pub(crate) fn tool_names(request: &Request) -> Vec<&str> {
    request.tools.iter().map(|tool| &*tool.name).collect()
}

/// Returns the text of the newest message of a request, and checks that the request is valid.
pub(crate) fn last_text(request: &Request) -> String {
    check_sendable(&request.messages).unwrap();
    request.messages.last().map(Message::text).unwrap_or_default().into_owned()
}

pub(crate) fn unsupported(message: &str) -> Error {
    Error::new(ErrorKind::UnsupportedParameter, message)
}
