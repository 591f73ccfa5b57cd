//! Detection of the format of a response body from its content type and its first bytes.

/// The format of a response body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyKind {
    /// Server-sent events.
    EventStream,
    /// One JSON value.
    Json,
    /// Another format, such as an HTML page or a gateway's plain text.
    Foreign,
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Returns whether the first bytes of a body say nothing about its format: some servers send blank
/// lines while a model works.
pub(super) fn is_blank(first: &[u8]) -> bool {
    let rest = without_start(first);
    rest.is_empty() || (rest.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(rest))
}

/// Returns the bytes after a byte order mark and whitespace.
fn without_start(first: &[u8]) -> &[u8] {
    first.strip_prefix(BYTE_ORDER_MARK).unwrap_or(first).trim_ascii_start()
}

/// Returns the format of a body. The first bytes take precedence over the content type: servers
/// mislabel streams, and no JSON value begins like an event stream.
pub(super) fn detect(content_type: Option<&str>, first: &[u8]) -> BodyKind {
    let is_labeled = |kind: &str| {
        let content_type = content_type.unwrap_or_default().as_bytes();
        content_type.windows(kind.len()).any(|part| part.eq_ignore_ascii_case(kind.as_bytes()))
    };
    let first = without_start(first);
    let begins = |field: &str| {
        let length = field.len().min(first.len());
        !first.is_empty() && field.as_bytes()[..length] == first[..length]
    };
    let by_header = if is_labeled("event-stream") {
        BodyKind::EventStream
    } else if is_labeled("json") {
        BodyKind::Json
    } else {
        BodyKind::Foreign
    };
    match first.first() {
        Some(b'{' | b'[') => BodyKind::Json,
        Some(b'<') => BodyKind::Foreign,
        Some(b':') => BodyKind::EventStream,
        _ if ["data:", "event:", "id:", "retry:"].iter().any(|field| begins(field)) => {
            BodyKind::EventStream
        }
        _ => by_header,
    }
}

#[cfg(test)]
mod tests {
    use super::BodyKind::{EventStream, Foreign, Json};
    use super::*;

    #[track_caller]
    fn check(content_type: &str, first: &[u8], expected: BodyKind) {
        let content_type = Some(content_type).filter(|kind| !kind.is_empty());
        assert_eq!(detect(content_type, first), expected);
    }

    #[test]
    fn content_type_decides_if_the_bytes_are_ambiguous() {
        check("text/event-stream; charset=utf-8", b"", EventStream);
        check("text/event-stream", b"\n\n", EventStream);
        check("application/json", b"\n     \n", Json);
        check("application/json", b"", Json);
        check("text/html; charset=utf-8", b"", Foreign);
        check("text/plain", b"NOT FOUND", Foreign);
        check("", b"", Foreign);
    }

    #[test]
    fn blank_start_has_no_format() {
        for first in [&b""[..], b"\n", b" \r\n", b"\xEF", b"\xEF\xBB", b"\xEF\xBB\xBF\n"] {
            assert!(is_blank(first), "{first:?}");
        }
        for first in [&b"\n:"[..], b"d", b"{", b"\xEF\xBB\xBF{", b"\xEFx", b"<"] {
            assert!(!is_blank(first), "{first:?}");
        }
    }

    #[test]
    fn bytes_take_precedence_over_the_content_type() {
        check("text/event-stream", b"{\"error\":{}}", Json);
        check("application/json", b"data: {}", EventStream);
        check("application/json", b": PROCESSING", EventStream);
        check("application/json", b"\r\n\n: PROCESSING", EventStream);
        check("text/plain", b"data: {}", EventStream);
        check("", b"d", EventStream);
        check("text/plain", b": PROCESSING", EventStream);
        check("text/plain", b"\xEF\xBB\xBFevent: message", EventStream);
        check("application/json", b"<html>", Foreign);
        check("text/event-stream", b"<!DOCTYPE html>", Foreign);
    }
}
