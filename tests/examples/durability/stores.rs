//! The stores to measure.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use callsign::{MemoryStore, SqliteStore, Store};
use tempfile::TempDir;

/// A kind of store.
pub(crate) enum StoreKind {
    Memory,
    Sqlite(TempDir),
    #[cfg(feature = "postgres")]
    Postgres(String),
}

impl StoreKind {
    /// Returns the kinds that are available on this machine.
    pub(crate) fn all() -> Vec<Self> {
        let kinds = [Self::Memory, Self::Sqlite(tempfile::tempdir().unwrap())];
        #[cfg(feature = "postgres")]
        let kinds =
            kinds.into_iter().chain(std::env::var("CALLSIGN_POSTGRES").ok().map(Self::Postgres));
        kinds.into_iter().collect()
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sqlite(_) => "SQLite",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// Opens the store. `database` names the file in SQLite; PostgreSQL has one database for all.
    pub(crate) async fn open(&self, database: &str) -> Arc<dyn Store> {
        match self {
            Self::Memory => Arc::new(MemoryStore::new()),
            Self::Sqlite(folder) => {
                Arc::new(SqliteStore::open(file(folder.path(), database)).await.unwrap())
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => {
                Arc::new(callsign_store::PostgresStore::open(url).await.unwrap())
            }
        }
    }

    /// Returns whether the data is kept after the store is closed.
    pub(crate) fn is_persistent(&self) -> bool {
        !matches!(self, Self::Memory)
    }

    /// Returns the size of a closed database on disk, or `None` if it is not a file.
    pub(crate) async fn bytes_on_disk(&self, database: &str) -> Option<u64> {
        let Self::Sqlite(folder) = self else { return None };
        let path = file(folder.path(), database);
        let log = path.with_extension("db-wal");
        // A thread of the store closes the connection, which removes the write-ahead log.
        while log.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        Some(path.metadata().unwrap().len())
    }
}

fn file(folder: &Path, database: &str) -> PathBuf {
    folder.join(format!("{database}.db"))
}
