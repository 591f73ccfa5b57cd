//! The stores that are tested, each by its address: `sqlite:<file>`, or the URL of a database.

use std::path::Path;
use std::sync::Arc;

use callsign::{SqliteStore, Store};

/// The URL of a PostgreSQL server that is there for tests.
const POSTGRES: &str = "CALLSIGN_POSTGRES";

/// What is tested: a kind of store, and the address of one, which others may use as well.
pub(crate) type Kind = (&'static str, fn(&Path) -> String);

/// The kinds of stores that there are on this machine.
pub(crate) fn kinds() -> Vec<Kind> {
    let sqlite: Kind =
        ("SQLite", |folder| format!("sqlite:{}", folder.join("crashes.db").display()));
    if cfg!(feature = "postgres") && std::env::var_os(POSTGRES).is_some() {
        return vec![sqlite, ("PostgreSQL", |_| std::env::var(POSTGRES).unwrap())];
    }
    println!(
        "skipped: crashes on PostgreSQL; run them by `tests/postgres.sh cargo test -p callsign-tests --features postgres --test crashes`"
    );
    vec![sqlite]
}

/// Opens the store at an address.
pub(crate) async fn open(address: &str) -> Arc<dyn Store> {
    match address.split_once(':') {
        Some(("sqlite", path)) => Arc::new(SqliteStore::open(path).await.unwrap()),
        #[cfg(feature = "postgres")]
        Some(("postgres" | "postgresql", _)) => {
            Arc::new(callsign_store::PostgresStore::open(address).await.unwrap())
        }
        _ => panic!("no store is known at {address:?}"),
    }
}
