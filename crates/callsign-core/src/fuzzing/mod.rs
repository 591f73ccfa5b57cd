//! Invariants of any input: entry points for fuzz targets, tests and benches.
//!
//! They take arbitrary bytes and panic if an invariant is violated. `CompiledSchema` is for benches
//! only. They are not part of the API: they exist with the feature `fuzzing` and in this crate's
//! own tests.

mod arguments;
#[cfg(feature = "fuzzing")]
mod compiled;
#[cfg(feature = "validate")]
mod schema;
#[cfg(test)]
mod tests;

pub use self::arguments::arguments;
#[cfg(feature = "fuzzing")]
pub use self::compiled::CompiledSchema;
#[cfg(feature = "validate")]
pub use self::schema::schema;
