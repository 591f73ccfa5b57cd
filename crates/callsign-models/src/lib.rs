//! Chat completions over HTTP: Azure AI and any OpenAI-compatible endpoint.
//!
//! [`ChatModel`](chat::model::ChatModel) is the model. Differences between providers are data, a
//! [`Profile`](endpoint::profile::Profile). One codec serves all providers, and streamed and
//! complete responses use the same assembler. Only this crate knows the JSON of chat completions.
//!
//! The modules form layers. Each layer depends only on those to its left:
//! [`auth`], [`endpoint`], `sse` → `wire` → `error` → `transport` → `entra`, [`routes`] → [`chat`].
//! [`import`] depends on `endpoint` and `wire`. [`media`] and [`response_ext`] depend on no other
//! module.
//!
//! Applications use the `callsign` crate, which re-exports the public items.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod auth;
pub mod chat;
pub mod endpoint;
#[cfg(feature = "entra")]
pub mod entra;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod import;
pub mod media;
pub mod response_ext;
pub mod routes;
mod sse;
mod transport;
mod wire;

#[cfg(test)]
mod recordings;
