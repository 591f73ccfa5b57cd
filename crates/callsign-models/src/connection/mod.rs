//! The connection to a service: one HTTP client, its headers and its patience, for all routes.
//!
//! A request that fails within half a second because its connection was dead, before anything of
//! an answer came, is sent once more on another. That is part of one request as everything above
//! counts them: `Retry` sees neither the failure nor the second sending.

pub(crate) mod client;
pub(crate) mod link;
pub(crate) mod patience;
pub(crate) mod request_ids;
pub(crate) mod tokens;
