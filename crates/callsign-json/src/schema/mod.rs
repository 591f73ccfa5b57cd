//! JSON Schema: generation from Rust types, closed and strict forms, coercion and validation.

pub mod close;
pub mod coerce;
pub mod description;
pub mod generate;
pub mod nulls;
pub mod reference;
pub mod strict;
#[cfg(feature = "validate")]
pub mod validate;
