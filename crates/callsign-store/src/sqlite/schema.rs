//! The tables, and the marks by which a file is known as ours.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// `CALS`, in the header of each of our files.
pub(super) const APPLICATION: i32 = i32::from_be_bytes(*b"CALS");

/// The version of the tables that this crate writes.
pub(super) const VERSION: i32 = 1;

const TABLES: &str = "
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

/// What a database says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// There is nothing in it.
    Empty,
    /// It is a store, with tables of this version.
    Ours(i32),
    /// Another application made it.
    Foreign,
}

impl Kind {
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        let (application, version) = (number("application_id")?, number("user_version")?);
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok(match (application, version, tables) {
            (APPLICATION, version, _) => Self::Ours(version),
            (0, 0, 0) => Self::Empty,
            _ => Self::Foreign,
        })
    }
}

/// Makes the tables where there are none, and answers what the database is then.
///
/// The marks and the tables come in one transaction, so that nobody sees one without the other.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<Kind> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    if Kind::of(connection)? == Kind::Empty {
        connection.execute_batch(TABLES)?;
        connection.pragma_update(None, "application_id", APPLICATION)?;
        connection.pragma_update(None, "user_version", VERSION)?;
    }
    let kind = Kind::of(connection)?;
    transaction.commit()?;
    Ok(kind)
}

/// The number under which a conversation is kept, if it is.
pub(super) fn conversation(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    use rusqlite::OptionalExtension as _;
    connection
        .prepare_cached("SELECT id FROM conversations WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// The number under which a conversation is kept from now on.
pub(super) fn begin_conversation(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    if let Some(id) = conversation(connection, name)? {
        return Ok(id);
    }
    connection.prepare_cached("INSERT INTO conversations (name) VALUES (?1)")?.insert([name])
}

/// A position as SQLite keeps it. No journal is as long as its largest number.
pub(super) fn stored(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// A position that SQLite kept. It never keeps one below 0.
pub(super) fn position(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}
