//! That what is plain is the same to `serde_json`, for tests and fuzz targets.

use std::fmt::Debug;

use serde::Deserialize;

use super::{Plain, read_plain};

/// Answers whether a JSON text is plain.
///
/// # Panics
/// Where it is, and `serde_json` reads something else.
#[track_caller]
pub(in crate::wire) fn check<'a, T>(json: &'a str) -> bool
where
    T: Plain<'a> + Deserialize<'a> + Debug,
{
    let Ok(plain) = read_plain::<T>(json) else { return false };
    let other = serde_json::from_str::<T>(json);
    let other = other.map_err(|error| error.to_string());
    assert_eq!(format!("{:?}", Ok::<_, String>(plain)), format!("{other:?}"), "{json:?}");
    true
}
