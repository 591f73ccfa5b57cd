//! The inboxes of conversations, in SQL.

use callsign_types::id::AppendId;
use deadpool_postgres::Object;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::journal::stored_row;
use crate::rows::{StoredRow, from_sql, to_sql};

/// Delivers in one statement. Parameters: name, delivery id, item.
///
/// The row lock on the conversation serializes concurrent deliveries, so that positions have no
/// gaps.
const DELIVER: &str = "
WITH grown AS (
    INSERT INTO callsign_conversations AS c (name, created, changed, length, items)
    SELECT $1, now, now, 0, 1
    FROM (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) AS clock
    ON CONFLICT (name) DO UPDATE
    SET items = c.items + 1, changed = greatest(c.changed, excluded.changed)
    WHERE NOT EXISTS (
        SELECT FROM callsign_inbox WHERE conversation = c.id AND delivery_id = $2
    )
    RETURNING id, items
), kept AS (
    INSERT INTO callsign_inbox (conversation, position, delivery_id, item)
    SELECT id, items - 1, $2, $3 FROM grown
    RETURNING position
)
SELECT position FROM kept
UNION ALL
SELECT position FROM callsign_inbox
WHERE conversation = (SELECT id FROM callsign_conversations WHERE name = $1) AND delivery_id = $2";

pub(super) async fn deliver(
    connection: &Object,
    name: &str,
    id: AppendId,
    item: &str,
) -> Result<u64, Error> {
    let statement = connection.prepare_cached(DELIVER).await?;
    loop {
        match connection.query_opt(&statement, &[&name, &&id.as_bytes()[..], &item]).await {
            Ok(Some(row)) => return Ok(from_sql(row.try_get(0)?)),
            // The conversation was deleted and created again during the statement. The next
            // attempt sees the new one.
            Ok(None) => {}
            // Another connection made the same delivery during the statement. The next attempt
            // finds it.
            Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {}
            Err(error) => return Err(error),
        }
    }
}

pub(super) async fn load(
    connection: &Object,
    name: &str,
    from: u64,
) -> Result<Vec<StoredRow>, Error> {
    let statement = connection
        .prepare_cached(
            "SELECT position, item FROM callsign_inbox
             WHERE conversation = (SELECT id FROM callsign_conversations WHERE name = $1)
               AND position >= $2
             ORDER BY position",
        )
        .await?;
    let rows = connection.query(&statement, &[&name, &to_sql(from)]).await?;
    rows.iter().map(stored_row).collect()
}
