//! The tables, and the marks by which a file is known as ours.

use std::time::SystemTime;

use callsign_core::traits::catalogue::unix_milliseconds;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::rows::stored;

/// `CALS`, in the header of each of our files.
pub(super) const APPLICATION: i32 = i32::from_be_bytes(*b"CALS");

/// The version of the tables that this crate writes.
pub(super) const VERSION: i32 = 2;

/// What makes each version of the one before it, beginning with an empty database. What stands
/// here was released, and never changes.
const STEPS: [&str; VERSION as usize] = [FIRST, CATALOGUE];

const FIRST: &str = "
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

/// Times are milliseconds since the Unix epoch. A conversation from before has those of its first
/// run and of its last, or that of the change where there was no run.
const CATALOGUE: &str = "
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

/// Makes the tables where there are none or older ones, and answers what the database is then.
///
/// The marks and the tables come in one transaction, so that nobody sees one without the other.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<Kind> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let steps = match Kind::of(connection)? {
        Kind::Empty => &STEPS[..],
        Kind::Ours(version) => {
            let done = usize::try_from(version).unwrap_or_default();
            STEPS.get(done..).unwrap_or_default()
        }
        Kind::Foreign => &[],
    };
    for step in steps {
        connection.execute_batch(step)?;
    }
    if !steps.is_empty() {
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

/// The number under which a conversation is kept from now on, and has grown now.
pub(super) fn grown_conversation(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    let now = stored(unix_milliseconds(SystemTime::now()));
    if let Some(id) = conversation(connection, name)? {
        connection
            .prepare_cached("UPDATE conversations SET changed = max(changed, ?2) WHERE id = ?1")?
            .execute([id, now])?;
        return Ok(id);
    }
    connection
        .prepare_cached("INSERT INTO conversations (name, created, changed) VALUES (?1, ?2, ?2)")?
        .insert(params![name, now])
}
