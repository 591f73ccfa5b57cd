//! A model that generates scripted replies.

pub mod model;
pub mod scripted_reply;
