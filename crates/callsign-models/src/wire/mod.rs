//! The chat completions codec: requests to JSON, and responses from JSON.
//!
//! It knows no addresses and no sockets. An unusable response is a
//! [`response_error::ResponseError`].

mod alternation;
pub(crate) mod assembler;
pub(crate) mod body_cache;
mod bracket_tracker;
mod chunk;
pub(crate) mod encode;
mod extras;
mod fast_json;
pub(crate) mod finish_reason;
mod lenient;
pub(crate) mod message;
mod message_list;
pub(crate) mod response_error;
pub(crate) mod schema;
mod surrogates;
mod template;
mod thinking_blocks;
mod tool_call_assembler;
mod tool_media;
mod usage;
