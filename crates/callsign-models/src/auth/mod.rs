//! Tokens: where they come from, and how long one is kept.

pub mod cache;
pub mod source;
