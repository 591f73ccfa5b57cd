//! The headers of requests.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::target::Target;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");

/// The headers that all requests of a model have.
#[derive(Debug)]
pub(crate) struct Head {
    /// Those that the model sets.
    pub(crate) own: HeaderMap,
    /// With those that the connection adds, and room for what differs from request to request, so
    /// that a copy need not grow.
    whole: HeaderMap,
}

impl Head {
    /// These headers, for requests to wherever this one is; secrets are marked as sensitive.
    pub(crate) fn new(own: HeaderMap, target: &Target) -> Self {
        let mut whole = added(target);
        whole.extend(own.clone());
        whole.insert(REQUEST_ID, HeaderValue::from_static(""));
        whole.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        Self { own, whole }
    }

    /// The headers of a request as its sender sees them: without those that the connection adds.
    pub(crate) fn shown(&self, request_id: &str, own: HeaderMap) -> HeaderMap {
        let mut headers = self.own.clone();
        set_request_id(&mut headers, request_id);
        headers.extend(own);
        headers
    }

    /// All headers of a request with a body of this length, if with one.
    pub(super) fn whole(
        &self,
        request_id: &str,
        own: &HeaderMap,
        token: Option<&HeaderValue>,
        length: Option<usize>,
    ) -> HeaderMap {
        let mut headers = self.whole.clone();
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

/// What the connection adds where nobody has set it.
pub(crate) fn added(target: &Target) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(HOST, target.host.clone());
    headers.insert(USER_AGENT, user_agent());
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers
}

/// Who is asking.
pub(super) fn user_agent() -> HeaderValue {
    HeaderValue::from_static(concat!("callsign/", env!("CARGO_PKG_VERSION")))
}

/// An id that no header may carry is not sent.
fn set_request_id(headers: &mut HeaderMap, id: &str) {
    match HeaderValue::from_str(id) {
        Ok(id) => headers.insert(REQUEST_ID, id),
        Err(_) => headers.remove(REQUEST_ID),
    };
}
