//! Where a model is reached, and what is particular to the service there.

pub mod address;
pub mod profile;
mod recognise;
mod services;
