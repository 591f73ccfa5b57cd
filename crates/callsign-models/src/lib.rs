//! Models over HTTP: any endpoint that speaks chat completions, Azure's first of all.
//!
//! [`ChatModel`](chat::model::ChatModel) is the model. What differs between services is data, a
//! [`Profile`](endpoint::profile::Profile); there is one codec, and streamed and whole replies go
//! through the same assembler. Nothing outside this crate knows the wire's JSON.
//!
//! Its rooms stand on floors, and nothing points back up:
//! [`auth`], [`endpoint`], `sse` and `wire` → `failure` → `connection` → `entra` → [`chat`].
//! [`routes`] stand on `connection`, below [`chat`]; [`import`] stands on `wire`, [`media`] on
//! nothing, and [`reading`] on nothing but the words of replies.
//! Beside them stands [`around`], which knows nothing of them: models around a model. What it knows
//! of trying again, [`routes`] go by as well.
//!
//! Users take the `callsign` crate, which has all of this under shorter names.

pub mod around;
pub mod auth;
pub mod chat;
mod connection;
pub mod endpoint;
#[cfg(feature = "entra")]
pub mod entra;
mod failure;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod import;
pub mod media;
pub mod reading;
pub mod routes;
mod sse;
mod wire;

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod shared;
