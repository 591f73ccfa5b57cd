//! TLS for connections to PostgreSQL: rustls with ring, and the certificates of the system.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use callsign_types::traits::store::StoreError;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::{TlsConnector, client};

use crate::rows::{failed, refused};

/// A factory of TLS connectors. The server's certificate and its name are always verified.
#[derive(Clone, Debug)]
pub(super) struct Tls(Arc<ClientConfig>);

impl Tls {
    /// Trusts the CA certificates in the PEM file `authorities`, or those of the system if it is
    /// `None`.
    pub(super) fn new(authorities: Option<&Path>) -> Result<Self, StoreError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let setup_error = |error| failed("cannot set up TLS".to_owned(), error);
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(setup_error)?;
        let mut config = match authorities {
            Some(file) => builder.with_root_certificates(roots(file)?).with_no_client_auth(),
            None => builder
                .with_platform_verifier()
                .map_err(|error| {
                    failed(
                        "cannot read the certificates of the system; install them, or pass a PEM \
                         file as `sslrootcert` in the URL"
                            .to_owned(),
                        error,
                    )
                })?
                .with_no_client_auth(),
        };
        // The server requires this protocol name with `sslnegotiation=direct`.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

fn roots(file: &Path) -> Result<RootCertStore, StoreError> {
    let shown = file.display();
    let message = || format!("cannot read the certificates in `{shown}`; pass a PEM file");
    let mut roots = RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(file).map_err(|error| failed(message(), error))?
    {
        let certificate = certificate.map_err(|error| failed(message(), error))?;
        roots.add(certificate).map_err(|error| failed(message(), error))?;
    }
    if roots.is_empty() {
        return Err(refused(format!("`{shown}` contains no certificate; pass a PEM file")));
    }
    Ok(roots)
}

/// A TLS connector for one connection.
#[derive(Debug)]
pub(super) struct TlsHandshake {
    tls: Tls,
    server: ServerName<'static>,
}

/// A connection with TLS.
#[derive(Debug)]
pub(super) struct TlsSocket<S>(client::TlsStream<S>);

impl<S> MakeTlsConnect<S> for Tls
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = TlsSocket<S>;
    type TlsConnect = TlsHandshake;
    type Error = InvalidDnsNameError;

    fn make_tls_connect(&mut self, server: &str) -> Result<TlsHandshake, InvalidDnsNameError> {
        let server = ServerName::try_from(server.to_owned())?;
        Ok(TlsHandshake { tls: self.clone(), server })
    }
}

impl<S> TlsConnect<S> for TlsHandshake
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = TlsSocket<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TlsSocket<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            TlsConnector::from(self.tls.0).connect(self.server, stream).await.map(TlsSocket)
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for TlsSocket<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsSocket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsSocket<S> {
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
