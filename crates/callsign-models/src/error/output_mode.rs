//! Recognition of errors about how a request asks for structured output.

use callsign_types::error::{Error, ErrorKind};

/// What providers mention if they do not accept a request's `response_format`: its names in chat
/// completions, and Gemini's term for it.
const TERMS: [&str; 7] = [
    "response_format",
    "response format",
    "json_schema",
    "json_object",
    "json mode",
    "structured output",
    "mime type",
];

/// Marks an invalid request whose error text is about structured output.
pub(super) fn mark_rejected_output_mode(error: Error) -> Error {
    let mentions = |text: &str| {
        let text = text.to_lowercase();
        TERMS.iter().any(|term| text.contains(term))
    };
    let is_about_output = error.kind() == ErrorKind::InvalidRequest
        && (mentions(&error.to_string()) || error.body().is_some_and(mentions));
    if is_about_output { error.with_rejected_output_mode() } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_invalid_requests_about_structured_output_are_marked() {
        let is_marked = |kind, text: &str| {
            mark_rejected_output_mode(Error::new(kind, text)).is_output_mode_rejected()
        };
        assert!(is_marked(ErrorKind::InvalidRequest, "`response_format` is not supported"));
        assert!(is_marked(ErrorKind::InvalidRequest, "response MIME type is unsupported"));
        assert!(!is_marked(ErrorKind::InvalidRequest, "`messages` is too long"));
        assert!(!is_marked(ErrorKind::Server, "json_schema crashed"));
        let error = Error::new(ErrorKind::InvalidRequest, "bad").with_body("no json_schema here");
        assert!(mark_rejected_output_mode(error).is_output_mode_rejected());
    }
}
