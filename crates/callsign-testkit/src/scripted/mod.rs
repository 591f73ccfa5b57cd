//! A model that generates scripted replies.

pub mod model;
mod report;
pub mod scripted_reply;
