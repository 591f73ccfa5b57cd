//! [`RequestTarget`]: the address of requests.

use std::sync::Arc;

use callsign_types::error::Error;
use http::{HeaderValue, Uri};
use url::{Position, Url};

/// An address in the forms that HTTP needs, computed once for all requests to it.
#[derive(Clone, Debug)]
pub(crate) struct RequestTarget {
    /// The absolute URI, as sent to a forward proxy.
    pub(super) absolute: Uri,
    /// The path and the query, as sent to a server.
    pub(super) relative: Uri,
    /// The value of the `host` header.
    pub(super) host: HeaderValue,
    /// The scheme, host and port. Requests to one origin share connections.
    pub(super) origin: Arc<str>,
}

impl RequestTarget {
    /// # Errors
    /// Returns a configuration error if the address contains characters that a request cannot
    /// carry.
    pub(crate) fn new(url: &Url) -> Result<Self, Error> {
        let invalid = || {
            let message = "endpoint URL contains characters that are not allowed in a request";
            Error::configuration(message)
        };
        let host = &url[Position::BeforeHost..Position::AfterPort];
        let port = url.port_or_known_default().unwrap_or_default();
        Ok(Self {
            absolute: url.as_str().parse().map_err(|error| invalid().with_source(error))?,
            relative: url[Position::BeforePath..Position::AfterQuery]
                .parse()
                .map_err(|error| invalid().with_source(error))?,
            host: HeaderValue::from_str(host).map_err(|error| invalid().with_source(error))?,
            origin: format!("{}://{}:{port}", url.scheme(), url.host_str().unwrap_or_default())
                .into(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn forms(url: &str) -> [String; 4] {
        let RequestTarget { absolute, relative, host, origin } =
            RequestTarget::new(&Url::parse(url).unwrap()).unwrap();
        let host = host.to_str().unwrap().to_owned();
        [absolute.to_string(), relative.to_string(), host, origin.to_string()]
    }

    #[test]
    fn address_has_all_its_forms() {
        let url = "https://a.example/v1/chat?api-version=1&code=a%20b#part";
        let all = "https://a.example/v1/chat?api-version=1&code=a%20b";
        let path = "/v1/chat?api-version=1&code=a%20b";
        assert_eq!(forms(url), [all, path, "a.example", "https://a.example:443"]);
        let v6 = ["http://[::1]:8080/", "/", "[::1]:8080", "http://[::1]:8080"];
        assert_eq!(forms("http://[::1]:8080"), v6);
        // The default port belongs to the same origin.
        let port = ["http://h/v1", "/v1", "h", "http://h:80"];
        assert_eq!(forms("http://h:80/v1"), port);
        assert!(RequestTarget::new(&Url::parse("https://{{host}}/").unwrap()).is_err());
    }
}
