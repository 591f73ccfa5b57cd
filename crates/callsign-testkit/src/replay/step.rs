//! One recorded response.

/// One recorded response of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayStep {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl ReplayStep {
    /// Returns a response with this HTTP status, content type and body. The body is sent unchanged.
    ///
    /// If the status or a header is invalid, the server responds with status 500 and an error of
    /// code `replay_malformed`.
    pub fn new(status: u16, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        let (content_type, body) = (content_type.into(), body.into());
        Self { status, content_type, headers: Vec::new(), body }
    }

    /// Returns a JSON response with status 200.
    pub fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "application/json", body)
    }

    /// Returns a response with status 200 and server-sent events.
    pub fn events(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "text/event-stream", body)
    }

    /// Adds a header, such as `retry-after`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}
