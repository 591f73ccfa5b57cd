//! [`RequestHeaders`]: the headers of requests.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::target::RequestTarget;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");

/// The headers that all requests of a model share.
#[derive(Debug)]
pub(crate) struct RequestHeaders {
    /// The headers that the model sets.
    pub(crate) base: HeaderMap,
    /// All headers, with spare capacity for those of a single request, so that a clone need not
    /// grow.
    all: HeaderMap,
}

impl RequestHeaders {
    /// Creates the headers of requests to `target` from `base`, in which secrets are marked as
    /// sensitive.
    pub(crate) fn new(base: HeaderMap, target: &RequestTarget) -> Self {
        let mut all = default_headers(target);
        all.extend(base.clone());
        all.insert(REQUEST_ID, HeaderValue::from_static(""));
        all.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        Self { base, all }
    }

    /// Returns the headers of a request without those that the transport adds.
    pub(crate) fn preview(&self, request_id: &str, own: HeaderMap) -> HeaderMap {
        let mut headers = self.base.clone();
        set_request_id(&mut headers, request_id);
        headers.extend(own);
        headers
    }

    /// Returns all headers of a request whose body has `length` bytes, if it has one.
    pub(super) fn build(
        &self,
        request_id: &str,
        own: &HeaderMap,
        token: Option<&HeaderValue>,
        length: Option<usize>,
    ) -> HeaderMap {
        let mut headers = self.all.clone();
        set_request_id(&mut headers, request_id);
        for (name, value) in own {
            headers.insert(name, value.clone());
        }
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, token.clone());
        }
        match length {
            Some(length) => headers.insert(CONTENT_LENGTH, length.into()),
            None => headers.remove(CONTENT_LENGTH),
        };
        headers
    }
}

/// Returns the headers that the transport adds unless the model sets them.
pub(crate) fn default_headers(target: &RequestTarget) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(HOST, target.host.clone());
    headers.insert(USER_AGENT, user_agent());
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers
}

/// Returns the value of `user-agent`.
pub(super) fn user_agent() -> HeaderValue {
    HeaderValue::from_static(concat!("callsign/", env!("CARGO_PKG_VERSION")))
}

/// An id that is not a valid header value is not sent.
fn set_request_id(headers: &mut HeaderMap, id: &str) {
    match HeaderValue::from_str(id) {
        Ok(id) => headers.insert(REQUEST_ID, id),
        Err(_) => headers.remove(REQUEST_ID),
    };
}
