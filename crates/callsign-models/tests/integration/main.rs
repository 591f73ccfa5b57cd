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
mod dead_connections;
#[cfg(all(feature = "entra", unix))]
mod entra;
mod exchange;
mod faults;
mod media;
#[cfg(target_os = "linux")]
mod proxies;
mod route_faults;
mod routes;
mod server;
mod text_format;
