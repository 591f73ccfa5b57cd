//! What must hold of any bytes: entry points for fuzz targets and for property tests.
//!
//! Each takes bytes as they might come from anywhere and panics where a promise is broken; but for
//! [`parts`], which has the codec's parts for benches. They are no API: they are there with the
//! feature `fuzzing` and in this crate's own tests.

mod codec;
mod events;
mod history;
pub mod parts;
#[cfg(test)]
mod tests;

pub use self::codec::{body, stream};
pub use self::events::events;
pub use self::history::history;

/// Cuts bytes into pieces. The sizes come from the first bytes, so that a fuzzer finds the cuts
/// as it finds the bytes; the pieces are those of the rest.
fn cut(input: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let (sizes, whole) = input.split_at(input.len().min(3));
    let mut sizes = sizes.iter().map(|size| usize::from(*size % 64)).cycle();
    let mut pieces = Vec::new();
    let mut rest = whole;
    while !rest.is_empty() {
        // An empty piece is a read that brought nothing; two of them in a row would never end.
        let size = sizes.next().unwrap_or(0);
        let (piece, others) = rest.split_at(size.min(rest.len()));
        pieces.push(piece);
        let (next, others) = others.split_at(others.len().min(1));
        pieces.push(next);
        rest = others;
    }
    (whole, pieces)
}
