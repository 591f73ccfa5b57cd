//! A model that replies as a test says.

pub mod model;
pub mod scripted_reply;
