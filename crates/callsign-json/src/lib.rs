//! JSON text and JSON Schema for tool calling. No async, no I/O, no agents.
//!
//! - [`check`]: whether a text is a JSON object.
//! - [`lexer`]: a cursor over JSON text, which the other modules share.
//! - [`partial`]: the value of a JSON object that is still being received.
//! - [`prose`]: the one JSON value in a text with prose.
//! - [`repair`]: repair of malformed JSON that has exactly one possible meaning.
//! - [`scanner`]: the end of a JSON value that arrives in pieces.
//! - [`schema`]: generation, closing, strict form, coercion and validation.
//! - [`truncate`]: truncation of JSON text that keeps it valid JSON.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod check;
pub mod lexer;
pub mod partial;
pub mod prose;
pub mod repair;
pub mod scanner;
pub mod schema;
pub mod truncate;
