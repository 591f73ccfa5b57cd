//! The connection to a service: one HTTP client, its headers and its patience, for all routes.

pub(crate) mod client;
pub(crate) mod link;
pub(crate) mod tokens;
