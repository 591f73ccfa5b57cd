//! What a reply's body is, by its header and its first bytes.

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyKind {
    /// Server-sent events.
    Events,
    /// One JSON text.
    Json,
    /// Something else: a web page, a gateway's note.
    Foreign,
}

/// What a body is. The first bytes are believed over the header: servers mislabel streams, and
/// no JSON text begins as an event stream does.
pub(super) fn sniff(content_type: Option<&str>, first: &[u8]) -> BodyKind {
    let said = |kind: &str| {
        let said = content_type.unwrap_or_default().as_bytes();
        said.windows(kind.len()).any(|part| part.eq_ignore_ascii_case(kind.as_bytes()))
    };
    let first = first.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(first).trim_ascii_start();
    let begins = |field: &str| {
        let most = field.len().min(first.len());
        !first.is_empty() && field.as_bytes()[..most] == first[..most]
    };
    let by_header = if said("event-stream") {
        BodyKind::Events
    } else if said("json") {
        BodyKind::Json
    } else {
        BodyKind::Foreign
    };
    match first.first() {
        Some(b'{' | b'[') => BodyKind::Json,
        Some(b'<') => BodyKind::Foreign,
        Some(b':') if !said("json") => BodyKind::Events,
        _ if ["data:", "event:", "id:", "retry:"].iter().any(|field| begins(field)) => {
            BodyKind::Events
        }
        _ => by_header,
    }
}

#[cfg(test)]
mod tests {
    use super::BodyKind::{Events, Foreign, Json};
    use super::*;

    #[track_caller]
    fn check(content_type: &str, first: &[u8], expected: BodyKind) {
        let content_type = Some(content_type).filter(|kind| !kind.is_empty());
        assert_eq!(sniff(content_type, first), expected);
    }

    #[test]
    fn the_header_decides_where_the_bytes_do_not() {
        check("text/event-stream; charset=utf-8", b"", Events);
        check("text/event-stream", b"\n\n", Events);
        check("application/json", b"\n     \n", Json);
        check("application/json", b"", Json);
        check("text/html; charset=utf-8", b"", Foreign);
        check("text/plain", b"NOT FOUND", Foreign);
        check("", b"", Foreign);
    }

    #[test]
    fn the_bytes_are_believed_over_the_header() {
        check("text/event-stream", b"{\"error\":{}}", Json);
        check("application/json", b"data: {}", Events);
        check("text/plain", b"data: {}", Events);
        check("", b"d", Events);
        check("text/plain", b": PROCESSING", Events);
        check("text/plain", b"\xEF\xBB\xBFevent: message", Events);
        check("application/json", b"<html>", Foreign);
        check("text/event-stream", b"<!DOCTYPE html>", Foreign);
    }
}
