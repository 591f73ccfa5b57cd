//! The wire's JSON: requests out of our words, and replies back into them.
//!
//! It knows no address and no socket. What is wrong with a reply is a [`fault::Fault`].

pub(crate) mod assemble;
mod calls;
mod chunk;
pub(crate) mod encode;
mod extras;
pub(crate) mod fault;
pub(crate) mod grown;
mod history;
mod loose;
pub(crate) mod message;
mod plain;
pub(crate) mod schema;
mod shape;
mod template;
mod tool_media;
mod usage;
