//! The stores to test. A store has an address: `sqlite:<file>` or the URL of a database.

use std::path::Path;
use std::sync::Arc;

use callsign::{SqliteStore, Store};

/// The environment variable with the URL of a PostgreSQL server for tests.
const POSTGRES: &str = "CALLSIGN_POSTGRES";

/// A kind of store: its name, and a function that returns the address of a store. The folder is
/// for its files.
pub(crate) type Kind = (&'static str, fn(&Path) -> String);

/// Returns the kinds of stores that are available on this machine.
pub(crate) fn kinds() -> Vec<Kind> {
    let sqlite: Kind =
        ("SQLite", |folder| format!("sqlite:{}", folder.join("crashes.db").display()));
    if cfg!(feature = "postgres") && std::env::var_os(POSTGRES).is_some() {
        return vec![sqlite, ("PostgreSQL", |_| std::env::var(POSTGRES).unwrap())];
    }
    println!(
        "skipped: crashes on PostgreSQL; to run them: `tests/postgres.sh cargo test -p callsign-tests --features postgres --test crashes`"
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
        _ => panic!("unsupported store address: {address:?}"),
    }
}
