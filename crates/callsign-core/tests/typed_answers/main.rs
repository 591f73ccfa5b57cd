//! `.output::<T>()`: how an answer of a type is asked for, checked, asked for again, kept and shown
//! as it grows.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod formats;
mod kept;
mod rejected;
mod shapes;
mod streamed;

use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::message::Message;
use callsign_core::words::request::{Request, ResponseFormat};
use callsign_testkit::check_sendable;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// A trip by train.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct Trip {
    /// Where it ends.
    pub(crate) to: String,
    pub(crate) stops: Vec<String>,
}

pub(crate) fn porto() -> Trip {
    Trip { to: "Porto".to_owned(), stops: vec!["Aveiro".to_owned()] }
}

pub(crate) fn porto_json() -> Value {
    json!({"to": "Porto", "stops": ["Aveiro"]})
}

/// The request's response format, where it asks for a schema.
pub(crate) fn schema(request: &Request) -> Option<(&str, &Value, Option<bool>)> {
    match request.options.response_format.as_ref()? {
        ResponseFormat::JsonSchema { name, schema, strict, .. } => Some((name, schema, *strict)),
        _ => None,
    }
}

pub(crate) fn tool_names(request: &Request) -> Vec<&str> {
    request.tools.iter().map(|tool| &*tool.name).collect()
}

/// The newest message of a request, which can be sent.
pub(crate) fn last_text(request: &Request) -> String {
    check_sendable(&request.messages).unwrap();
    request.messages.last().map(Message::text).unwrap_or_default().into_owned()
}

pub(crate) fn refuses(message: &str) -> Error {
    Error::new(ErrorKind::UnsupportedParameter, message)
}
