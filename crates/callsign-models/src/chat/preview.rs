//! [`Preview`]: a request as it would be sent.

use callsign_types::error::{Error, ErrorKind};
use callsign_types::request::Request;
use http::Method;
use serde_json::Value;
use url::Url;

use super::body::EncodedRequest;
use super::model::Inner;

/// Replaces secrets in a preview.
const REDACTED: &str = "[redacted]";

/// A request as it would be sent, returned by
/// [`ChatModel::preview`](super::model::ChatModel::preview).
///
/// It contains no secrets: the values of headers that carry one, and of query parameters except
/// `api-version`, are `[redacted]`. The headers that the transport adds (`host`, `user-agent`,
/// `accept-encoding`, `content-length`) are not included.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Preview {
    /// The method: `POST`.
    pub method: String,
    /// The URL with its query.
    pub url: String,
    /// The headers, with lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}

impl Preview {
    pub(super) fn new(model: &Inner, request: &Request) -> Result<Self, Error> {
        let client = &model.client;
        let info = model.request_info(request);
        let encoded = EncodedRequest::new(&model.bodies, &model.body(request), &info)?;
        let headers = client.headers.preview(&info.request_id, encoded.headers);
        let headers = headers.iter().map(|(name, value)| {
            let shown = value.to_str().ok().filter(|_| !value.is_sensitive());
            (name.as_str().to_owned(), shown.map_or_else(|| REDACTED.to_owned(), str::to_owned))
        });
        // A preview does not fetch a token.
        let token =
            client.tokens.as_ref().map(|_| ("authorization".to_owned(), REDACTED.to_owned()));
        let body = serde_json::from_slice(&encoded.body).map_err(|error| {
            info.error(ErrorKind::InvalidRequest, "request body is not valid JSON")
                .with_source(error)
        })?;
        Ok(Self {
            method: Method::POST.as_str().to_owned(),
            url: redacted_url(&model.url),
            headers: headers.chain(token).collect(),
            body,
        })
    }

    /// Returns the value of the header with this lower-case name; `None` if absent.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Returns the URL with the query values redacted, except the version.
fn redacted_url(url: &Url) -> String {
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
