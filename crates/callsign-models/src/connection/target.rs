//! Where a request goes.

use std::sync::Arc;

use callsign_core::words::error::Error;
use http::{HeaderValue, Uri};
use url::{Position, Url};

/// An address in the forms in which HTTP needs it, worked out once for all requests to it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The whole of it, as a proxy that passes requests on is told it.
    pub(super) absolute: Uri,
    /// The path and the query, as a server is told it.
    pub(super) relative: Uri,
    /// What the header `host` says.
    pub(super) host: HeaderValue,
    /// The scheme, the host and the port: those of one origin may share a connection.
    pub(super) origin: Arc<str>,
}

impl Target {
    /// # Errors
    /// A configuration error where the address has characters in it that a request can't carry.
    pub(crate) fn new(url: &Url) -> Result<Self, Error> {
        let unfit = || {
            let message = "the address has characters in it that no request can carry";
            Error::configuration(message)
        };
        let host = &url[Position::BeforeHost..Position::AfterPort];
        let port = url.port_or_known_default().unwrap_or_default();
        Ok(Self {
            absolute: url.as_str().parse().map_err(|error| unfit().with_source(error))?,
            relative: url[Position::BeforePath..Position::AfterQuery]
                .parse()
                .map_err(|error| unfit().with_source(error))?,
            host: HeaderValue::from_str(host).map_err(|error| unfit().with_source(error))?,
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
        let Target { absolute, relative, host, origin } =
            Target::new(&Url::parse(url).unwrap()).unwrap();
        let host = host.to_str().unwrap().to_owned();
        [absolute.to_string(), relative.to_string(), host, origin.to_string()]
    }

    #[test]
    fn the_forms_of_an_address() {
        let url = "https://a.example/v1/chat?api-version=1&code=a%20b#part";
        let all = "https://a.example/v1/chat?api-version=1&code=a%20b";
        let path = "/v1/chat?api-version=1&code=a%20b";
        assert_eq!(forms(url), [all, path, "a.example", "https://a.example:443"]);
        let v6 = ["http://[::1]:8080/", "/", "[::1]:8080", "http://[::1]:8080"];
        assert_eq!(forms("http://[::1]:8080"), v6);
        // A port that goes without saying is the same origin's.
        let port = ["http://h/v1", "/v1", "h", "http://h:80"];
        assert_eq!(forms("http://h:80/v1"), port);
        assert!(Target::new(&Url::parse("https://{{host}}/").unwrap()).is_err());
    }
}
