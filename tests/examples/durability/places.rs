//! The stores that are measured.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use callsign::{MemoryStore, SqliteStore, Store};
use tempfile::TempDir;

/// A kind of store.
pub(crate) enum Place {
    Memory,
    Sqlite(TempDir),
}

impl Place {
    /// Those that there are on this machine.
    pub(crate) fn all() -> Vec<Self> {
        vec![Self::Memory, Self::Sqlite(tempfile::tempdir().unwrap())]
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sqlite(_) => "SQLite, FULL",
        }
    }

    /// Opens a part of it that nothing else uses; it can be opened again, except in memory.
    pub(crate) async fn open(&self, part: &str) -> Arc<dyn Store> {
        match self {
            Self::Memory => Arc::new(MemoryStore::new()),
            Self::Sqlite(folder) => {
                Arc::new(SqliteStore::open(file(folder.path(), part)).await.unwrap())
            }
        }
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
