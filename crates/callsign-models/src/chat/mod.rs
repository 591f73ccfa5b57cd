//! The model over HTTP.

pub mod builder;
mod client;
mod environment;
pub mod model;
mod reply;
mod sniff;
