//! A request as it is sent.

use callsign_core::words::error::{Error, ErrorKind};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::failure::place::Place;
use crate::wire::encode::Body;

const EXTRA_PARAMETERS: HeaderName = HeaderName::from_static("extra-parameters");

/// A request as it is sent: the headers of its own, and the body.
pub(super) struct Written {
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Written {
    /// Writes the body, and says in a header where it has fields that are not the API's own.
    pub(super) fn new(body: Body<'_>, place: &Place) -> Result<Self, Error> {
        let json = serde_json::to_vec(&body).map_err(|error| {
            let message = "the request could not be written as JSON";
            place.error(ErrorKind::InvalidRequest, message).with_source(error)
        })?;
        let mut headers = HeaderMap::new();
        let pass = body.profile.extra_parameters.as_deref();
        let pass = pass.filter(|_| body.has_extras()).map(HeaderValue::from_str);
        if let Some(Ok(value)) = pass {
            headers.insert(EXTRA_PARAMETERS, value);
        }
        Ok(Self { headers, body: json })
    }
}
