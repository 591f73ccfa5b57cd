//! A request as it is sent.

use bytes::Bytes;
use callsign_core::words::error::{Error, ErrorKind};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::failure::place::Place;
use crate::wire::encode::Body;
use crate::wire::grown::Bodies;

const EXTRA_PARAMETERS: HeaderName = HeaderName::from_static("extra-parameters");

/// A request as it is sent: the headers of its own, and the body.
pub(super) struct Written {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Written {
    /// Writes the body, and says in a header where it has fields that are not the API's own.
    pub(super) fn new(bodies: &Bodies, body: &Body<'_>, place: &Place) -> Result<Self, Error> {
        let json = bodies.write(body).map_err(|error| {
            let message = "the request could not be written as JSON";
            place.error(ErrorKind::InvalidRequest, message).with_source(error)
        })?;
        let mut headers = HeaderMap::new();
        let value = body.profile.extra_parameters.as_deref();
        if let Some(value) = value.filter(|_| body.has_extras()) {
            // Without it a service would drop or refuse the fields, and nobody would know why.
            let value = HeaderValue::from_str(value).map_err(|error| {
                let message = "the profile's value for extra-parameters is no header's";
                Error::configuration(message).with_source(error)
            })?;
            headers.insert(EXTRA_PARAMETERS, value);
        }
        Ok(Self { headers, body: json })
    }
}

#[cfg(test)]
mod tests;
