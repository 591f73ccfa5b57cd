//! TLS configuration.

use std::sync::Arc;

use callsign_types::error::Error;
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_rustls::TlsConnector;

/// Returns a connector for rustls with ring and the system's root certificates, which are loaded
/// here.
///
/// # Errors
/// Returns a configuration error if the system has no root certificates.
pub(super) fn tls() -> Result<TlsConnector, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::configuration("TLS setup failed").with_source(error))?;
    let verified = builder.with_platform_verifier().map_err(|error| {
        let message = "no root certificates found on this system; install the package \
                       ca-certificates or set SSL_CERT_FILE";
        Error::configuration(message).with_source(error)
    })?;
    Ok(TlsConnector::from(Arc::new(verified.with_no_client_auth())))
}
