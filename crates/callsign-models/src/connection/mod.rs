//! The connection to a service: one HTTP client, its headers and its patience, for all routes.
//!
//! A request that fails within half a second because its connection was dead, before the head of
//! an answer was there, is sent once more on another. That is part of one request as everything above
//! counts them: `Retry` sees neither the failure nor the second sending.

pub(crate) mod answer;
pub(crate) mod client;
mod connector;
pub(crate) mod head;
mod life;
mod limit;
pub(crate) mod link;
pub(crate) mod patience;
mod pool;
pub(crate) mod request_ids;
mod resolver;
mod stream;
pub(crate) mod target;
mod tls;
pub(crate) mod tokens;
