//! [`EncodedRequest`]: the encoded form of a chat request.

use bytes::Bytes;
use callsign_types::error::{Error, ErrorKind};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::error::request_info::RequestInfo;
use crate::wire::body_cache::BodyCache;
use crate::wire::encode::RequestBody;

const EXTRA_PARAMETERS: HeaderName = HeaderName::from_static("extra-parameters");

/// An encoded request: its own headers and its body.
pub(super) struct EncodedRequest {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl EncodedRequest {
    /// Encodes the body. If it has fields beyond the API's own, adds the header `extra-parameters`.
    pub(super) fn new(
        bodies: &BodyCache,
        body: &RequestBody<'_>,
        info: &RequestInfo,
    ) -> Result<Self, Error> {
        let json = bodies.write(body).map_err(|error| {
            let message = "request cannot be serialized as JSON";
            info.error(ErrorKind::InvalidRequest, message).with_source(error)
        })?;
        let mut headers = HeaderMap::new();
        let value = body.profile.extra_parameters.as_deref();
        if let Some(value) = value.filter(|_| body.has_extras()) {
            // Without the header, a provider would drop or reject these fields.
            let value = HeaderValue::from_str(value).map_err(|error| {
                let message = "invalid value for the header extra-parameters; fix \
                               `extra_parameters` of the profile";
                Error::configuration(message).with_source(error)
            })?;
            headers.insert(EXTRA_PARAMETERS, value);
        }
        Ok(Self { headers, body: json })
    }
}

#[cfg(test)]
mod tests;
