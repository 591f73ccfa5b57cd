//! Integration tests over real sockets, in one binary to link only once.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod cancellation;
mod chat;
mod connections;
mod context_length;
mod dead_connections;
#[cfg(all(feature = "entra", unix))]
mod entra;
mod exchange;
mod faults;
mod late_ends;
mod media;
#[cfg(target_os = "linux")]
mod proxies;
mod retries;
mod route_faults;
mod routes;
mod server;
mod text_format;
mod tokens;
