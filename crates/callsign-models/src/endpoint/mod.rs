//! Endpoints: addresses, and profiles of what providers support.

pub mod address;
pub(crate) mod finish_reasons;
pub mod profile;
mod providers;
mod recognize;
