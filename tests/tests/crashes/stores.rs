//! The stores that are tested, each by its address: `sqlite:<file>`.

use std::path::Path;
use std::sync::Arc;

use callsign::{SqliteStore, Store};

/// What is tested: a kind of store, and the address of one that is used by nobody else.
pub(crate) type Kind = (&'static str, fn(&Path) -> String);

/// The kinds of stores that there are on this machine.
pub(crate) fn kinds() -> Vec<Kind> {
    vec![("SQLite", |folder| format!("sqlite:{}", folder.join("crashes.db").display()))]
}

/// Opens the store at an address.
pub(crate) async fn open(address: &str) -> Arc<dyn Store> {
    match address.split_once(':') {
        Some(("sqlite", path)) => Arc::new(SqliteStore::open(path).await.unwrap()),
        _ => panic!("no store is known at {address:?}"),
    }
}
