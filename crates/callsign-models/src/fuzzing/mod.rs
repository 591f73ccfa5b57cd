//! Entry points for fuzz targets, property tests and benchmarks. Not part of the public API.
//!
//! Each function takes arbitrary bytes and panics if an invariant is violated. [`parts`] exposes
//! parts of the codec for benchmarks. The module exists with the feature `fuzzing` and in the tests
//! of this crate.

mod codec;
mod events;
mod history;
pub mod parts;
#[cfg(test)]
mod tests;

pub use self::codec::{body, stream};
pub use self::events::events;
pub use self::history::history;

/// Splits all but the first 3 bytes into chunks and returns both. The first 3 bytes set the chunk
/// sizes, so that a fuzzer also explores the splits.
fn split(input: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let (sizes, whole) = input.split_at(input.len().min(3));
    let mut sizes = sizes.iter().map(|size| usize::from(*size % 64)).cycle();
    let mut chunks = Vec::new();
    let mut rest = whole;
    while !rest.is_empty() {
        // An empty chunk stands for an empty read. One more byte follows, so the loop terminates.
        let size = sizes.next().unwrap_or(0);
        let (chunk, others) = rest.split_at(size.min(rest.len()));
        chunks.push(chunk);
        let (next, others) = others.split_at(others.len().min(1));
        chunks.push(next);
        rest = others;
    }
    (whole, chunks)
}
