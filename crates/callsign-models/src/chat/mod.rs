//! The model over HTTP.

pub mod builder;
mod environment;
pub mod model;
mod reply;
mod sniff;
