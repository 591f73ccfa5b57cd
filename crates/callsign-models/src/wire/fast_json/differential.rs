//! Differential testing of the fast parser against `serde_json`, for tests and fuzz targets.

use std::fmt::Debug;

use serde::Deserialize;

use super::{FastJson, read_fast};

/// Returns whether the fast parser supports `json`.
///
/// # Panics
/// Panics if it does and `serde_json` reads a different value.
#[track_caller]
pub(in crate::wire) fn check<'a, T>(json: &'a str) -> bool
where
    T: FastJson<'a> + Deserialize<'a> + Debug,
{
    let Ok(fast) = read_fast::<T>(json) else { return false };
    let reference = serde_json::from_str::<T>(json);
    let reference = reference.map_err(|error| error.to_string());
    assert_eq!(format!("{:?}", Ok::<_, String>(fast)), format!("{reference:?}"), "{json:?}");
    true
}
