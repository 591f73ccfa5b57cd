//! A server that fails in the ways in which services and networks fail.
//!
//! [`FaultServer`] answers each request with the next [`FaultReply`] of its script and keeps what
//! it was asked. It writes to the socket by itself and byte by byte, so that it can break off
//! anywhere, and knows nothing of the code that it tests.

mod body;
mod gzip;
mod play;
mod reply;
mod request;
mod server;

#[cfg(test)]
mod tests;

pub use self::reply::{FaultAt, FaultReply};
pub use self::request::FaultRequest;
pub use self::server::FaultServer;
