//! A hash that is the same in every build and on every machine.

use std::hash::Hasher;

use fnv::FnvHasher;

/// Returns the 64-bit FNV-1a hash of a text.
pub(crate) fn fnv1a(text: &str) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}
