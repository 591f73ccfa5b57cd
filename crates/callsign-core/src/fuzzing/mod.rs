//! What must hold of any bytes: entry points for fuzz targets and for tests.
//!
//! They take bytes as they might come from anywhere and panic where a promise is broken; but for
//! [`CompiledSchema`], which is for benches. They are no API: they are there with the feature
//! `fuzzing` and in this crate's own tests.

mod arguments;
#[cfg(feature = "fuzzing")]
mod compiled;
#[cfg(test)]
mod tests;

pub use self::arguments::arguments;
#[cfg(feature = "fuzzing")]
pub use self::compiled::CompiledSchema;
