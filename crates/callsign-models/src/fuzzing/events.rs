//! The decoding of server-sent events.

use crate::sse::SseDecoder;

/// Whatever the bytes are, and however they are cut, the same events come of them; what is decoded
/// of a beginning is the beginning of what is decoded.
///
/// # Panics
/// Where that does not hold.
pub fn events(input: &[u8]) {
    let (whole, pieces) = super::cut(input);
    let expected = decode([whole]);
    assert_eq!(decode(pieces), expected, "cut");
    let half = decode([&whole[..whole.len() / 2]]);
    assert_eq!(Some(&*half), expected.get(..half.len()), "the first half");
    for (name, data) in &expected {
        assert!(!name.is_empty() && !name.contains(['\r', '\n']), "the name {name:?}");
        assert!(!data.contains('\r'), "the data {data:?}");
    }
}

fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, String)> {
    let mut decoder = SseDecoder::default();
    let mut events = Vec::new();
    for piece in pieces {
        let pushed =
            decoder.push(piece, |name, data| events.push((name.to_owned(), data.to_owned())));
        assert_eq!(pushed, Ok(()), "so few bytes are never too long");
    }
    events
}
