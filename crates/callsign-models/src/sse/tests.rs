use callsign_testkit::shared_file;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn decode(chunks: &[&[u8]]) -> Vec<(String, String)> {
    let mut decoder = SseDecoder::default();
    let mut events = Vec::new();
    for chunk in chunks {
        decoder
            .push(chunk, |name, data| events.push((name.to_owned(), data.to_owned())))
            .expect("not too long");
    }
    events
}

/// Checks the events of `bytes` at once, split at every position, and byte by byte.
#[track_caller]
fn check(bytes: &[u8], expected: &[(&str, &str)]) {
    let expected: Vec<_> =
        expected.iter().map(|(name, data)| ((*name).to_owned(), (*data).to_owned())).collect();
    assert_eq!(decode(&[bytes]), expected, "at once");
    for at in 0..=bytes.len() {
        let (left, right) = bytes.split_at(at);
        assert_eq!(decode(&[left, right]), expected, "split at {at}");
        assert_eq!(decode(&[left, b"", right]), expected, "split at {at}, with an empty chunk");
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(decode(&single), expected, "byte by byte");
}

#[test]
fn lines_end_with_lf_crlf_or_cr() {
    check(b"data: a\n\ndata: b\n\n", &[("message", "a"), ("message", "b")]);
    check(b"data: a\r\n\r\ndata: b\r\n\r\n", &[("message", "a"), ("message", "b")]);
    check(b"data: a\r\rdata: b\r\r", &[("message", "a"), ("message", "b")]);
    check(b"data: a\r\ndata: b\n\r\n", &[("message", "a\nb")]);
    check(b"data: a\r\n\rdata: b\n\n", &[("message", "a"), ("message", "b")]);
}

#[test]
fn event_that_ends_with_cr_is_dispatched_without_the_next_byte() {
    assert_eq!(decode(&[b"data: a\r\r"]), [("message".to_owned(), "a".to_owned())]);
}

#[test]
fn byte_order_mark_is_skipped_once() {
    check(b"\xEF\xBB\xBFdata: a\n\n", &[("message", "a")]);
    check(b"\xEF\xBB\xBF\n\xEF\xBB\xBFdata: a\n\ndata: b\n\n", &[("message", "b")]);
    check(b"data: \xEF\xBB\xBFa\n\n", &[("message", "\u{FEFF}a")]);
}

#[test]
fn split_characters_are_joined_and_invalid_utf8_is_replaced() {
    check("data: h\u{e9} \u{1F980}\n\n".as_bytes(), &[("message", "h\u{e9} \u{1F980}")]);
    check(b"data: a\xFFb\n\n", &[("message", "a\u{FFFD}b")]);
}

#[test]
fn fields_are_parsed_as_in_the_standard() {
    check(b": PROCESSING\n\ndata:a\n:\n\n", &[("message", "a")]);
    check(b"event: error\nid: 1\nretry: 10\ndata:  a\n\n", &[("error", " a")]);
    check(b"event: x\n\ndata\n\n", &[("message", "")]);
    check(b"data\ndata\n\n", &[("message", "\n")]);
    check(b"Data: a\n data: b\ndata : c\n\n", &[]);
}

#[test]
fn incomplete_event_at_the_end_is_not_dispatched() {
    check(b"data: a\n\ndata: b\n", &[("message", "a")]);
    check(b"data: a\n\ndata: b", &[("message", "a")]);
}

#[test]
fn event_above_the_size_limit_is_an_error() {
    let mut decoder = SseDecoder::default();
    let chunk = vec![b'x'; MAX_EVENT_BYTES / 4 + 1];
    let pushed: Vec<_> = (0..4).map(|_| decoder.push(&chunk, |_, _| {})).collect();
    assert_eq!(pushed, [Ok(()), Ok(()), Ok(()), Err(EventTooLong)]);
}

#[test]
fn web_platform_test_cases_pass() {
    let Some(path) = shared_file("web_platform_test_cases_pass", "sse-cases.jsonl") else {
        return;
    };
    for line in std::fs::read_to_string(path).expect("readable").lines() {
        let case: Value = serde_json::from_str(line).expect("JSON");
        let bytes = base64(case["bytes_b64"].as_str().expect("bytes"));
        let expected: Vec<(String, String)> =
            serde_json::from_value(case["expected"].clone()).expect("pairs");
        println!("{}", case["name"]);
        let expected: Vec<_> = expected.iter().map(|(name, data)| (&**name, &**data)).collect();
        check(&bytes, &expected);
    }
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = 0_u32;
    let mut count = 0;
    let mut out = Vec::new();
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let digit = DIGITS.iter().position(|known| *known == byte).expect("a digit of base64");
        bits = (bits << 6) | u32::try_from(digit).expect("small");
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xFF).expect("a byte"));
        }
    }
    out
}

proptest! {
    #[test]
    fn events_do_not_depend_on_how_the_bytes_are_split(
        bytes in prop::collection::vec(
            prop::sample::select(&b"\r\n: \xEF\xBB\xBFdatevn{x"[..]), 0..80),
        size in 1..7_usize,
    ) {
        let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
        prop_assert_eq!(decode(&chunks), decode(&[&bytes]));
    }
}
