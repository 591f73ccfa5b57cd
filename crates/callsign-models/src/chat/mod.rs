//! The model over HTTP.

pub mod builder;
mod environment;
pub mod model;
pub mod preview;
mod reply;
mod retried;
mod service_headers;
mod sniff;
mod written;
