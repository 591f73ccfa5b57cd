//! Bearer tokens: their sources and their cache.

pub mod cache;
pub mod source;
