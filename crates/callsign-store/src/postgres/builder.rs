//! The builder of the store in PostgreSQL.

use std::fmt;
use std::sync::Arc;

use callsign_types::traits::store::StoreError;

use super::address::Address;
use super::lock::AdvisoryLocks;
use super::schema;
use super::server::Server;
use super::store::PostgresStore;

/// The default limit of connections in the pool.
const CONNECTIONS: usize = 10;

/// A builder of a [`PostgresStore`], from [`PostgresStore::builder`].
#[must_use = "a builder does nothing unless it is opened"]
pub struct PostgresStoreBuilder {
    url: String,
    connections: usize,
}

impl fmt::Debug for PostgresStoreBuilder {
    /// Omits the URL, which may contain a password.
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

    /// Limits the pool to `connections` connections, at least 1. The default is 10.
    ///
    /// Each connection runs one statement at a time. The connection that holds the conversation
    /// locks is not counted.
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// Opens the store, and creates its tables if they do not exist.
    ///
    /// # Errors
    /// Returns an error under the same conditions as [`PostgresStore::open`].
    pub async fn open(self) -> Result<PostgresStore, StoreError> {
        let server = Server::new(Address::parse(&self.url)?, self.connections)?;
        let id = schema::prepare(&server).await?;
        let locks = Arc::new(AdvisoryLocks::new(server.clone(), id));
        Ok(PostgresStore { server, locks })
    }
}
