//! Errors of TLS handshakes, and what to do about them.

use rustls::{CertificateError, Error, InvalidMessage};

/// Returns why a handshake failed, and the remedy if there is one.
pub(super) fn tls_reason(error: &Error) -> String {
    let reason = match error {
        Error::InvalidCertificate(CertificateError::Other(other)) => {
            format!("invalid peer certificate: {}", other.0)
        }
        error => error.to_string(),
    };
    match remedy(error, &reason) {
        Some(remedy) => format!("TLS handshake failed: {reason}; {remedy}"),
        None => format!("TLS handshake failed: {reason}"),
    }
}

fn remedy(error: &Error, reason: &str) -> Option<&'static str> {
    let certificate = match error {
        // What an HTTP server without TLS sends is not a TLS message.
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            return Some("use http:// if the server has no TLS at this port");
        }
        Error::InvalidCertificate(certificate) => certificate,
        _ => return None,
    };
    Some(match certificate {
        // A bad signature is an issuer of the same name with another key, such as a renewed one.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "if you trust the server, or a proxy that inspects TLS, add the issuer's certificate \
             to those of the system, or on Linux to a file that SSL_CERT_FILE names"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "renew the server's certificate, or check the clock of this machine"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "check the clock of this machine"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "check the host name of the endpoint"
        }
        // The verifier's own error; rustls has no variant for it.
        CertificateError::Other(_) if reason.contains("CaUsedAsEndEntity") => {
            "the server uses an issuer's certificate as its own, as many self-signed ones are; \
             create a server certificate with CA:FALSE"
        }
        _ => return None,
    })
}
