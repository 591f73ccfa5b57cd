//! The inboxes of conversations, in SQL.

use callsign_core::words::id::AppendId;
use deadpool_postgres::Object;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::journal::row;
use crate::rows::{Row, number, stored};

/// Delivers in one statement: the name, the id, the item. Those who deliver at once wait at the
/// conversation's row, so that positions have no gaps.
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
            Ok(Some(row)) => return Ok(number(row.try_get(0)?)),
            // The conversation was deleted and begun again meanwhile, which the next one sees.
            Ok(None) => {}
            // The same delivery from another connection was first, by less than a statement.
            Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {}
            Err(error) => return Err(error),
        }
    }
}

pub(super) async fn load(connection: &Object, name: &str, from: u64) -> Result<Vec<Row>, Error> {
    let statement = connection
        .prepare_cached(
            "SELECT position, item FROM callsign_inbox
             WHERE conversation = (SELECT id FROM callsign_conversations WHERE name = $1)
               AND position >= $2
             ORDER BY position",
        )
        .await?;
    let rows = connection.query(&statement, &[&name, &stored(from)]).await?;
    rows.iter().map(row).collect()
}
