//! One recorded answer.

/// One recorded answer of a service: what came back to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayStep {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl ReplayStep {
    /// An answer of this HTTP status, content type and body, given byte by byte as it is here.
    ///
    /// A status that is none, and a content type that no header may carry, make the server answer
    /// 500 and say so.
    pub fn new(status: u16, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        let (content_type, body) = (content_type.into(), body.into());
        Self { status, content_type, headers: Vec::new(), body }
    }

    /// An answer of status 200 that comes whole: JSON.
    pub fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "application/json", body)
    }

    /// An answer of status 200 that is streamed: server-sent events.
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
