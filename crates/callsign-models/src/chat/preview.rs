//! [`Preview`]: a request as it would be sent.

use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::request::Request;
use http::Method;
use serde_json::Value;
use url::Url;

use super::model::Inner;
use super::written::Written;

/// What stands where a secret is sent.
const REDACTED: &str = "[redacted]";

/// A request as it would be sent; made by
/// [`ChatModel::preview`](super::model::ChatModel::preview).
///
/// It has no secret in it: the values of headers that carry one, and of what an address has in
/// its query besides the `api-version`, read `[redacted]`. The headers that the connection adds
/// (`host`, `user-agent`, `accept-encoding`, `content-length`) are not among these.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Preview {
    /// The method: `POST`.
    pub method: String,
    /// The address with its query.
    pub url: String,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}

impl Preview {
    pub(super) fn new(model: &Inner, request: &Request) -> Result<Self, Error> {
        let link = &model.link;
        let place = model.place(request);
        let written = Written::new(&model.bodies, &model.wire(request), &place)?;
        let headers = link.head.shown(&place.request_id, written.headers);
        let headers = headers.iter().map(|(name, value)| {
            let shown = value.to_str().ok().filter(|_| !value.is_sensitive());
            (name.as_str().to_owned(), shown.map_or_else(|| REDACTED.to_owned(), str::to_owned))
        });
        // A token is fetched only once a request is sent.
        let token = link.tokens.as_ref().map(|_| ("authorization".to_owned(), REDACTED.to_owned()));
        let body = serde_json::from_slice(&written.body).map_err(|error| {
            place.error(ErrorKind::InvalidRequest, "the request is no JSON").with_source(error)
        })?;
        Ok(Self {
            method: Method::POST.as_str().to_owned(),
            url: shown(&model.url),
            headers: headers.chain(token).collect(),
            body,
        })
    }

    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The address, of whose query only the version is shown.
fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .map(|(name, value)| match &*name {
            "api-version" => (name.into_owned(), value.into_owned()),
            _ => (name.into_owned(), REDACTED.to_owned()),
        })
        .collect();
    if !pairs.is_empty() {
        shown.query_pairs_mut().extend_pairs(pairs);
    }
    shown.into()
}
