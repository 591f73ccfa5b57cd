//! [`model::ChatModel`]: chat completions over HTTP.

mod body;
mod body_kind;
pub mod builder;
mod environment;
pub mod model;
pub mod preview;
mod response;
mod response_headers;
