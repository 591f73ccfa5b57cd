//! The tables, and their upgrade from older versions.

use callsign_types::traits::store::StoreError;
use deadpool_postgres::Object;
use tokio_postgres::Error;
use tokio_postgres::types::Type;

use super::server::Server;
use crate::rows::refused;

/// The migrations, in order. Each one upgrades the tables by one version, starting with an empty
/// schema. They are released, so they must never change.
const MIGRATIONS: [&str; 1] = [VERSION_1];

/// The version of the tables that this crate writes.
const VERSION: i32 = MIGRATIONS.len() as i32;

/// The key of the advisory lock that serializes migrations: `CALLSIGN` in ASCII.
const MIGRATION_LOCK: i64 = i64::from_be_bytes(*b"CALLSIGN");

/// Names are compared byte by byte, as in every store. Times are milliseconds since the Unix
/// epoch. Each append updates the row of its conversation, so that the fill factor leaves room for
/// new row versions on the same page.
const VERSION_1: &str = r#"
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

/// The state of the tables.
enum SchemaState {
    Missing,
    Present { version: i32, id: String },
}

/// Creates or upgrades the tables if needed. Returns the id of the store, which is the same for
/// every process that opens it.
pub(super) async fn prepare(server: &Server) -> Result<String, StoreError> {
    let encoding =
        server.run_idempotent("open", |connection| async move { encoding(&connection).await });
    let encoding = encoding.await?;
    let shown = server.shown();
    if encoding != "UTF8" {
        return Err(refused(format!(
            "`{shown}` has the encoding {encoding}; create a database with the encoding UTF8"
        )));
    }
    let state =
        server.run_idempotent("open", |connection| async move { migrate(&connection).await });
    match state.await? {
        SchemaState::Present { version, id } if version == VERSION => Ok(id),
        SchemaState::Present { version, .. } => Err(refused(format!(
            "`{shown}` was written by a newer version of Callsign (its tables have version \
             {version}, this one supports {VERSION}); update Callsign"
        ))),
        SchemaState::Missing => Err(refused(format!(
            "`{shown}` has no tables after they were created; check that its search path names a \
             schema"
        ))),
    }
}

async fn encoding(connection: &Object) -> Result<String, Error> {
    connection.query_one_scalar("SELECT current_setting('server_encoding')", &[]).await
}

async fn migrate(connection: &Object) -> Result<SchemaState, Error> {
    let state = inspect(connection).await?;
    // Without this shortcut, opening an existing store would wait for the migration lock and need
    // the right to create tables.
    if matches!(state, SchemaState::Present { version, .. } if version >= VERSION) {
        return Ok(state);
    }
    // If a later statement fails, the caller closes the connection, which rolls back.
    connection.batch_execute("BEGIN").await?;
    let sql = "SELECT pg_advisory_xact_lock($1)";
    connection.execute_typed(sql, &[(&MIGRATION_LOCK, Type::INT8)]).await?;
    let version = match inspect(connection).await? {
        SchemaState::Missing => 0,
        SchemaState::Present { version, .. } => version,
    };
    let first = usize::try_from(version).unwrap_or_default();
    let migrations = MIGRATIONS.get(first..).unwrap_or_default();
    for migration in migrations {
        connection.batch_execute(migration).await?;
    }
    if !migrations.is_empty() {
        let sql = "UPDATE callsign_store SET version = $1";
        connection.execute_typed(sql, &[(&VERSION, Type::INT4)]).await?;
    }
    let state = inspect(connection).await?;
    connection.batch_execute("COMMIT").await?;
    Ok(state)
}

async fn inspect(connection: &Object) -> Result<SchemaState, Error> {
    // `to_regclass` alone is not enough: a session may cache that the table does not exist, and
    // keep that answer after it waited for the migration. `pg_class` is always read anew.
    let sql = "SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('callsign_store'))";
    let is_present: bool = connection.query_one(sql, &[]).await?.try_get(0)?;
    if !is_present {
        return Ok(SchemaState::Missing);
    }
    let row = connection.query_one("SELECT version, id FROM callsign_store", &[]).await?;
    Ok(SchemaState::Present { version: row.try_get(0)?, id: row.try_get(1)? })
}
