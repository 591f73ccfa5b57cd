//! Endpoints: addresses, and profiles of what providers support.

pub mod address;
pub mod profile;
mod providers;
mod recognize;
