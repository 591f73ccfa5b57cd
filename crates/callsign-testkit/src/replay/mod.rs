//! A server that replays recorded responses in order.

mod server;
mod step;
#[cfg(test)]
mod tests;

pub use self::server::{ReplayServer, ReplayedRequest};
pub use self::step::ReplayStep;
