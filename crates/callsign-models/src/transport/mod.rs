//! The HTTP transport: one client, its connections, headers and timeouts, for all routes.
//!
//! A request that fails within half a second because its connection was closed, before any response
//! head arrived, is sent again once on another connection. Both belong to one request: `Retry` sees
//! neither the failure nor the resend.

pub(crate) mod client;
mod connection_task;
mod connector;
pub(crate) mod exchange;
pub(crate) mod headers;
mod limit;
mod pool;
pub(crate) mod request_ids;
mod resolver;
pub(crate) mod response;
mod stream;
pub(crate) mod target;
pub(crate) mod timeout;
mod tls;
pub(crate) mod tokens;
