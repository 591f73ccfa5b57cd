//! Models over HTTP: any endpoint that speaks chat completions, Azure's first of all.
//!
//! [`ChatModel`](chat::model::ChatModel) is the model. What differs between services is data, a
//! [`Profile`](endpoint::profile::Profile); there is one codec, and streamed and whole replies go
//! through the same assembler. Nothing outside this crate knows the wire's JSON.
//!
//! Its rooms stand on floors, and nothing points back up:
//! [`endpoint`], `sse` and `wire` → `failure` → `connection` → [`chat`].
//!
//! Users take the `callsign` crate, which has all of this under shorter names.

pub mod chat;
mod connection;
pub mod endpoint;
mod failure;
mod sse;
mod wire;

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod shared;
