//! The stores that are measured.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use callsign::{ConversationId, MemoryStore, SqliteStore, Store};
use tempfile::TempDir;

/// A kind of store.
pub(crate) enum Place {
    Memory,
    Sqlite(TempDir),
    #[cfg(feature = "postgres")]
    Postgres(String),
}

impl Place {
    /// Those that there are on this machine.
    pub(crate) fn all() -> Vec<Self> {
        let places = [Self::Memory, Self::Sqlite(tempfile::tempdir().unwrap())];
        #[cfg(feature = "postgres")]
        let places =
            places.into_iter().chain(std::env::var("CALLSIGN_POSTGRES").ok().map(Self::Postgres));
        places.into_iter().collect()
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sqlite(_) => "SQLite",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// Opens a part of it; it can be opened again, except in memory.
    pub(crate) async fn open(&self, part: &str) -> Arc<dyn Store> {
        match self {
            Self::Memory => Arc::new(MemoryStore::new()),
            Self::Sqlite(folder) => {
                Arc::new(SqliteStore::open(file(folder.path(), part)).await.unwrap())
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => {
                Arc::new(callsign_store::PostgresStore::open(url).await.unwrap())
            }
        }
    }

    /// The name of a conversation that nobody has used.
    pub(crate) fn conversation() -> String {
        ConversationId::random().to_string()
    }

    /// Whether what was written is there when the store is opened again.
    pub(crate) fn lasts(&self) -> bool {
        !matches!(self, Self::Memory)
    }

    /// The bytes of a part on the disk, once it is closed; `None` where they can't be told.
    pub(crate) async fn bytes(&self, part: &str) -> Option<u64> {
        let Self::Sqlite(folder) = self else { return None };
        let path = file(folder.path(), part);
        let log = path.with_extension("db-wal");
        // The connection is closed by a thread of the store's, which takes the log along.
        while log.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        Some(path.metadata().unwrap().len())
    }
}

fn file(folder: &Path, part: &str) -> PathBuf {
    folder.join(format!("{part}.db"))
}
