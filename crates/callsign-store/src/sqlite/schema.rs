//! The tables, their upgrade from older versions, and the file header that identifies a store.

use std::time::SystemTime;

use callsign_types::traits::conversation_index::unix_milliseconds;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use crate::rows::to_sql;

/// The `application_id` in the header of each store file: `CALS` in ASCII.
pub(super) const APPLICATION: i32 = i32::from_be_bytes(*b"CALS");

/// The version of the tables that this crate writes.
pub(super) const VERSION: i32 = 2;

/// The migrations, in order. Each one upgrades the tables by one version, starting with an empty
/// database. They are released, so they must never change.
const MIGRATIONS: [&str; VERSION as usize] = [VERSION_1, VERSION_2];

const VERSION_1: &str = "
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE entries (
    conversation INTEGER NOT NULL,
    position INTEGER NOT NULL,
    append_id BLOB NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (conversation, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE inbox (
    conversation INTEGER NOT NULL,
    position INTEGER NOT NULL,
    delivery_id BLOB NOT NULL,
    item TEXT NOT NULL,
    PRIMARY KEY (conversation, position),
    UNIQUE (conversation, delivery_id)
) STRICT, WITHOUT ROWID;
";

/// Adds the conversation index. Times are milliseconds since the Unix epoch. An existing
/// conversation gets the start times of its first and last run, or the time of the migration if
/// it has no run.
const VERSION_2: &str = "
ALTER TABLE conversations ADD COLUMN created INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE TEMP TABLE runs AS
    SELECT conversation, json_extract(entry, '$.at') AS at FROM entries
    WHERE json_valid(entry) AND json_extract(entry, '$.entry') = 'run_started';
UPDATE conversations SET created = first, changed = last FROM (
    SELECT conversation, min(at) AS first, max(at) AS last FROM runs GROUP BY conversation
) WHERE conversation = id;
DROP TABLE runs;
UPDATE conversations SET created = unixepoch() * 1000, changed = unixepoch() * 1000
    WHERE created = 0;
CREATE INDEX conversations_created ON conversations (created DESC, name);
CREATE INDEX conversations_changed ON conversations (changed DESC, name);
CREATE TABLE labels (
    label TEXT NOT NULL,
    conversation INTEGER NOT NULL,
    PRIMARY KEY (label, conversation)
) STRICT, WITHOUT ROWID;
CREATE INDEX labels_conversation ON labels (conversation, label);
";

/// The kind of a database, by its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DatabaseKind {
    /// The database is empty.
    Empty,
    /// The database is a store with tables of this version.
    Store(i32),
    /// The database belongs to another application.
    Foreign,
}

impl DatabaseKind {
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        let (application, version) = (number("application_id")?, number("user_version")?);
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok(match (application, version, tables) {
            (APPLICATION, version, _) => Self::Store(version),
            (0, 0, 0) => Self::Empty,
            _ => Self::Foreign,
        })
    }
}

/// Creates or upgrades the tables if needed. Returns the kind of the database afterwards.
///
/// Header and tables are written in one transaction, so that no process sees only one of them.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<DatabaseKind> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let migrations = match DatabaseKind::of(connection)? {
        DatabaseKind::Empty => &MIGRATIONS[..],
        DatabaseKind::Store(version) => {
            let first = usize::try_from(version).unwrap_or_default();
            MIGRATIONS.get(first..).unwrap_or_default()
        }
        DatabaseKind::Foreign => &[],
    };
    for migration in migrations {
        connection.execute_batch(migration)?;
    }
    if !migrations.is_empty() {
        connection.pragma_update(None, "application_id", APPLICATION)?;
        connection.pragma_update(None, "user_version", VERSION)?;
    }
    let kind = DatabaseKind::of(connection)?;
    transaction.commit()?;
    Ok(kind)
}

/// Returns the row id of a conversation. `None` if it does not exist.
pub(super) fn conversation_id(
    connection: &Connection,
    name: &str,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM conversations WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Returns the row id of a conversation that is about to grow. Creates the row if it does not
/// exist, and sets the time of the last change.
pub(super) fn grown_conversation_id(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    let now = to_sql(unix_milliseconds(SystemTime::now()));
    if let Some(id) = conversation_id(connection, name)? {
        connection
            .prepare_cached("UPDATE conversations SET changed = max(changed, ?2) WHERE id = ?1")?
            .execute([id, now])?;
        return Ok(id);
    }
    connection
        .prepare_cached("INSERT INTO conversations (name, created, changed) VALUES (?1, ?2, ?2)")?
        .insert(params![name, now])
}
