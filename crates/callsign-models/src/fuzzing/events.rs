//! Decoding of server-sent events.

use crate::sse::SseDecoder;

/// Checks that the decoded events do not depend on how the bytes are split, and that the events of
/// a prefix are a prefix of the events.
///
/// # Panics
/// Panics if an invariant is violated.
pub fn events(input: &[u8]) {
    let (whole, chunks) = super::split(input);
    let expected = decode([whole]);
    assert_eq!(decode(chunks), expected, "split");
    let half = decode([&whole[..whole.len() / 2]]);
    assert_eq!(Some(&*half), expected.get(..half.len()), "the first half");
    for (name, data) in &expected {
        assert!(!name.is_empty() && !name.contains(['\r', '\n']), "the name {name:?}");
        assert!(!data.contains('\r'), "the data {data:?}");
    }
}

fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, String)> {
    let mut decoder = SseDecoder::default();
    let mut events = Vec::new();
    for chunk in chunks {
        let pushed =
            decoder.push(chunk, |name, data| events.push((name.to_owned(), data.to_owned())));
        assert_eq!(pushed, Ok(()), "the input is below the size limit");
    }
    events
}
