//! The HTTP client.

use std::sync::Arc;
use std::time::Duration;

use callsign_core::words::error::Error;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, retry};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::endpoint::address::Endpoint;

/// The client for this endpoint.
///
/// It follows no redirects, because a key would go along to wherever they lead. `HTTPS_PROXY`
/// and its like are honoured, except for what is on this very machine.
///
/// # Errors
/// A configuration error where the endpoint is `https:` and the system has no certificates.
pub(crate) fn client(endpoint: &Endpoint, connect: Duration) -> Result<Client, Error> {
    built(endpoint.is_https(), !endpoint.is_loopback(), connect)
}

/// A client for `https:` addresses.
#[cfg(feature = "entra")]
pub(crate) fn secure(connect: Duration) -> Result<Client, Error> {
    built(true, true, connect)
}

/// A client for `http:` addresses of this very machine.
#[cfg(feature = "entra")]
pub(crate) fn unsecured(connect: Duration) -> Result<Client, Error> {
    built(false, false, connect)
}

fn built(https: bool, proxies: bool, connect: Duration) -> Result<Client, Error> {
    let builder = ClientBuilder::new()
        .user_agent(concat!("callsign/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connect)
        .redirect(Policy::none())
        .referer(false)
        // What is sent once more is sent by `Link`, which needs no copy of each request for it.
        .retry(retry::never().max_retries_per_request(0))
        .tls_backend_preconfigured(tls(https)?);
    let builder = if proxies { builder } else { builder.no_proxy() };
    builder.build().map_err(|error| {
        Error::configuration("the HTTP client could not be set up").with_source(error)
    })
}

/// How connections are secured: rustls with ring, and the system's own certificates.
///
/// A configuration is made for `http:` too, because reqwest would panic without one.
fn tls(https: bool) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::configuration("TLS could not be set up").with_source(error))?;
    if !https {
        // Reading the system's certificates takes time, and nothing here looks at them.
        let none = RootCertStore::empty();
        return Ok(builder.with_root_certificates(none).with_no_client_auth());
    }
    let verified = builder.with_platform_verifier().map_err(|error| {
        let message = "no certificates were found on this system, so that no server can be \
                       trusted; install its package (ca-certificates) or set SSL_CERT_FILE";
        Error::configuration(message).with_source(error)
    })?;
    Ok(verified.with_no_client_auth())
}
