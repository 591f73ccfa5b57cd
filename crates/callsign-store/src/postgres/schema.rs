//! The tables, and how older ones become them.

use callsign_core::traits::store::StoreError;
use deadpool_postgres::Object;
use tokio_postgres::Error;
use tokio_postgres::types::Type;

use super::server::Server;
use crate::rows::refused;

/// What makes each version of the one before it, beginning with nothing. What stands here was
/// released, and never changes.
const STEPS: [&str; 1] = [FIRST];

/// The version of the tables that this crate writes.
const VERSION: i32 = STEPS.len() as i32;

/// Those who make the tables at once wait for each other by this number: `CALLSIGN` in ASCII.
const LOCK: i64 = i64::from_be_bytes(*b"CALLSIGN");

/// Names are compared byte by byte, as in every store. Times are milliseconds since the Unix
/// epoch. Rows of conversations change with each append, so that there is room left beside them.
const FIRST: &str = r#"
CREATE TABLE callsign_store (
    version integer NOT NULL,
    id text NOT NULL
);
INSERT INTO callsign_store VALUES (0, gen_random_uuid()::text);
CREATE TABLE callsign_conversations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    created bigint NOT NULL,
    changed bigint NOT NULL,
    length bigint NOT NULL,
    items bigint NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX ON callsign_conversations (created DESC, name);
CREATE INDEX ON callsign_conversations (changed DESC, name);
CREATE TABLE callsign_entries (
    conversation bigint NOT NULL,
    position bigint NOT NULL,
    append_id bytea NOT NULL,
    entry text NOT NULL,
    PRIMARY KEY (conversation, position)
);
CREATE TABLE callsign_inbox (
    conversation bigint NOT NULL,
    position bigint NOT NULL,
    delivery_id bytea NOT NULL,
    item text NOT NULL,
    PRIMARY KEY (conversation, position),
    UNIQUE (conversation, delivery_id)
);
CREATE TABLE callsign_labels (
    label text COLLATE "C" NOT NULL,
    conversation bigint NOT NULL,
    PRIMARY KEY (label, conversation)
);
CREATE INDEX ON callsign_labels (conversation);
"#;

/// What a database says of itself.
enum Found {
    Nothing,
    Store { version: i32, id: String },
}

/// Makes the tables where there are none or older ones, and answers the id of the store, which
/// is the same for everybody who opens it.
pub(super) async fn prepare(server: &Server) -> Result<String, StoreError> {
    let encoding = server.ask("open", |connection| async move { encoding(&connection).await });
    let encoding = encoding.await?;
    let shown = server.shown();
    if encoding != "UTF8" {
        return Err(refused(format!(
            "`{shown}` keeps texts as {encoding}; make a database with the encoding UTF8"
        )));
    }
    let found = server.ask("open", |connection| async move { prepared(&connection).await });
    match found.await? {
        Found::Store { version, id } if version == VERSION => Ok(id),
        Found::Store { version, .. } => Err(refused(format!(
            "`{shown}` was written by a newer version of Callsign (its tables have version \
             {version}, this one knows {VERSION}); update Callsign"
        ))),
        Found::Nothing => Err(refused(format!(
            "`{shown}` has no tables after they were made; see that its search path names a schema"
        ))),
    }
}

async fn encoding(connection: &Object) -> Result<String, Error> {
    connection.query_one_scalar("SELECT current_setting('server_encoding')", &[]).await
}

async fn prepared(connection: &Object) -> Result<Found, Error> {
    let found = look(connection).await?;
    // Nobody waits, and nobody needs the right to make tables, where nothing is to do.
    if matches!(found, Found::Store { version, .. } if version >= VERSION) {
        return Ok(found);
    }
    // A connection that fails from here on is closed, which undoes what was begun.
    connection.batch_execute("BEGIN").await?;
    connection.execute_typed("SELECT pg_advisory_xact_lock($1)", &[(&LOCK, Type::INT8)]).await?;
    let done = match look(connection).await? {
        Found::Nothing => 0,
        Found::Store { version, .. } => version,
    };
    let steps = STEPS.get(usize::try_from(done).unwrap_or_default()..).unwrap_or_default();
    for step in steps {
        connection.batch_execute(step).await?;
    }
    if !steps.is_empty() {
        connection
            .execute_typed("UPDATE callsign_store SET version = $1", &[(&VERSION, Type::INT4)])
            .await?;
    }
    let found = look(connection).await?;
    connection.batch_execute("COMMIT").await?;
    Ok(found)
}

async fn look(connection: &Object) -> Result<Found, Error> {
    // The catalogue is read, because a session that only asks for the name may remember that there
    // was none, also after it waited for those who made the tables.
    let sql = "SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('callsign_store'))";
    let is_there: bool = connection.query_one(sql, &[]).await?.try_get(0)?;
    if !is_there {
        return Ok(Found::Nothing);
    }
    let row = connection.query_one("SELECT version, id FROM callsign_store", &[]).await?;
    Ok(Found::Store { version: row.try_get(0)?, id: row.try_get(1)? })
}
