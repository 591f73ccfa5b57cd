//! [`Resolver`]: host name resolution.

use std::io;
use std::task::{Context, Poll};

use futures_util::TryFutureExt;
use futures_util::future::MapErr;
use hyper_util::client::legacy::connect::dns::{GaiAddrs, GaiFuture, GaiResolver, Name};
use tower_service::Service;

use crate::error::transport::DnsError;

/// The system's resolver. Its errors have a type of their own, so that messages can tell them
/// apart.
#[derive(Clone, Debug)]
pub(super) struct Resolver(GaiResolver);

impl Default for Resolver {
    fn default() -> Self {
        Self(GaiResolver::new())
    }
}

impl Service<Name> for Resolver {
    type Response = GaiAddrs;
    type Error = DnsError;
    type Future = MapErr<GaiFuture, fn(io::Error) -> DnsError>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), DnsError>> {
        self.0.poll_ready(context).map_err(DnsError)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        self.0.call(name).map_err(DnsError)
    }
}
