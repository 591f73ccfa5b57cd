//! The replay server: recorded answers, given again in their order.

mod server;
mod step;
#[cfg(test)]
mod tests;

pub use self::server::{ReplayServer, ReplayedRequest};
pub use self::step::ReplayStep;
