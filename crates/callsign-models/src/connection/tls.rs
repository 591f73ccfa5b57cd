//! How connections are secured.

use std::sync::Arc;

use callsign_core::words::error::Error;
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_rustls::TlsConnector;

/// TLS by rustls with ring, and the system's own certificates, which are read here.
///
/// # Errors
/// A configuration error where the system has none.
pub(super) fn tls() -> Result<TlsConnector, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::configuration("TLS could not be set up").with_source(error))?;
    let verified = builder.with_platform_verifier().map_err(|error| {
        let message = "no certificates were found on this system, so that no server can be \
                       trusted; install its package (ca-certificates) or set SSL_CERT_FILE";
        Error::configuration(message).with_source(error)
    })?;
    Ok(TlsConnector::from(Arc::new(verified.with_no_client_auth())))
}
