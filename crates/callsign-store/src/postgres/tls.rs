//! TLS for connections to PostgreSQL: rustls on ring, and the system's own certificates.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use callsign_core::traits::store::StoreError;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::{TlsConnector, client};

use crate::rows::{failed, refused};

/// Makes connections secure. The server's certificate is always checked, and its name.
#[derive(Clone, Debug)]
pub(super) struct Tls(Arc<ClientConfig>);

impl Tls {
    /// Trusts the authorities in this file of PEM certificates, and those of the system where
    /// there is no file.
    pub(super) fn new(authorities: Option<&Path>) -> Result<Self, StoreError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let unset = |error| failed("TLS cannot be set up".to_owned(), error);
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unset)?;
        let mut config = match authorities {
            Some(file) => builder.with_root_certificates(roots(file)?).with_no_client_auth(),
            None => builder
                .with_platform_verifier()
                .map_err(|error| {
                    failed(
                        "the system's certificates cannot be read: install them, or name others \
                         by `sslrootcert` in the URL"
                            .to_owned(),
                        error,
                    )
                })?
                .with_no_client_auth(),
        };
        // Asked for where the connection begins with TLS at once (`sslnegotiation=direct`).
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

fn roots(file: &Path) -> Result<RootCertStore, StoreError> {
    let shown = file.display();
    let unread = || format!("cannot read the certificates in `{shown}`: it should be a PEM file");
    let mut roots = RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(file).map_err(|error| failed(unread(), error))?
    {
        let certificate = certificate.map_err(|error| failed(unread(), error))?;
        roots.add(certificate).map_err(|error| failed(unread(), error))?;
    }
    if roots.is_empty() {
        return Err(refused(format!("there is no certificate in `{shown}`")));
    }
    Ok(roots)
}

/// One connection that is to be made secure.
#[derive(Debug)]
pub(super) struct Connector {
    tls: Tls,
    server: ServerName<'static>,
}

/// A secure connection.
#[derive(Debug)]
pub(super) struct Secured<S>(client::TlsStream<S>);

impl<S> MakeTlsConnect<S> for Tls
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Secured<S>;
    type TlsConnect = Connector;
    type Error = InvalidDnsNameError;

    fn make_tls_connect(&mut self, server: &str) -> Result<Connector, InvalidDnsNameError> {
        let server = ServerName::try_from(server.to_owned())?;
        Ok(Connector { tls: self.clone(), server })
    }
}

impl<S> TlsConnect<S> for Connector
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Secured<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Secured<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            TlsConnector::from(self.tls.0).connect(self.server, stream).await.map(Secured)
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Secured<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Secured<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Secured<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
