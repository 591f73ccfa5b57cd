//! How a store in PostgreSQL is opened.

use std::fmt;
use std::sync::Arc;

use callsign_core::traits::store::StoreError;

use super::address::Address;
use super::hold::Holds;
use super::schema;
use super::server::Server;
use super::store::PostgresStore;

/// How many connections there are at most, unless it is set.
const CONNECTIONS: usize = 10;

/// Opens a [`PostgresStore`] with settings of its own.
#[must_use = "a builder does nothing unless it is opened"]
pub struct PostgresStoreBuilder {
    url: String,
    connections: usize,
}

impl fmt::Debug for PostgresStoreBuilder {
    /// Without the URL, because it may have a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStoreBuilder")
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

impl PostgresStoreBuilder {
    pub(super) fn new(url: &str) -> Self {
        Self { url: url.to_owned(), connections: CONNECTIONS }
    }

    /// How many connections there are at most, beside the one that has the claims: 10 unless it
    /// is set, 1 at least. Each does one thing at a time.
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// Opens the store, and makes its tables where there are none.
    ///
    /// # Errors
    /// As [`PostgresStore::open`].
    pub async fn open(self) -> Result<PostgresStore, StoreError> {
        let server = Server::new(Address::parse(&self.url)?, self.connections)?;
        let id = schema::prepare(&server).await?;
        let holds = Arc::new(Holds::of(server.clone(), id));
        Ok(PostgresStore { server, holds })
    }
}
