//! A server that fails the way providers and networks fail.
//!
//! [`FaultServer`] plays the next [`FaultReply`] of its script for each request, and records the
//! requests. It writes to the socket directly, so that it can break off at any byte. It shares no
//! code with the HTTP client under test.

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
