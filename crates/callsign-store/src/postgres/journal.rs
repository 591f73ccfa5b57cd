//! The entries of journals, in SQL.

use std::ops::Range;

use callsign_types::id::AppendId;
use deadpool_postgres::Object;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::outcome::AppendOutcome;
use crate::rows::{StoredRow, from_sql, to_sql};

/// Compares the length and appends, in one statement. Parameters: name, expected length, append
/// id, number of entries, entries.
///
/// Of two concurrent appends, the second waits for the row lock on the conversation and then finds
/// another length. All other subqueries see the state at the start of the statement.
const APPEND: &str = "
WITH grown AS (
    UPDATE callsign_conversations
    SET length = length + $4,
        changed = greatest(changed, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)
    WHERE name = $1 AND length = $2
    RETURNING id
), begun AS (
    INSERT INTO callsign_conversations (name, created, changed, length, items)
    SELECT $1, now, now, $4, 0
    FROM (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) AS clock
    WHERE $2 = 0 AND NOT EXISTS (SELECT FROM callsign_conversations WHERE name = $1)
    ON CONFLICT (name) DO NOTHING
    RETURNING id
), kept AS (
    INSERT INTO callsign_entries (conversation, position, append_id, entry)
    SELECT target.id, $2 + row.number - 1, $3, row.entry
    FROM (SELECT id FROM grown UNION ALL SELECT id FROM begun) AS target,
         unnest($5::text[]) WITH ORDINALITY AS row (entry, number)
    RETURNING position
)
SELECT EXISTS (SELECT FROM kept) AS is_kept,
       coalesce((SELECT length FROM callsign_conversations WHERE name = $1), 0) AS length,
       found.count, found.first
FROM (
    SELECT count(*) AS count, min(position) AS first FROM callsign_entries
    WHERE conversation = (SELECT id FROM callsign_conversations WHERE name = $1)
      AND position BETWEEN $2 - 1 AND $2 + $4 AND append_id = $3
) AS found";

pub(super) async fn append(
    connection: &Object,
    name: &str,
    at: u64,
    id: AppendId,
    rows: &[String],
) -> Result<AppendOutcome, Error> {
    let count = rows.len() as u64;
    let end = at.saturating_add(count);
    if rows.is_empty() {
        let length = length(connection, name).await?;
        let conflict = AppendOutcome::Conflict(length);
        return Ok(if length == at { AppendOutcome::Length(at) } else { conflict });
    }
    let statement = connection.prepare_cached(APPEND).await?;
    // Half of the largest number leaves room for `$2 + $4`. No journal is as long as that.
    let position = to_sql(at).min(i64::MAX / 2);
    let (id, added) = (&id.as_bytes()[..], to_sql(count));
    loop {
        let result =
            connection.query_one(&statement, &[&name, &position, &id, &added, &rows]).await;
        let row = match result {
            Ok(row) => row,
            // Another connection made the same append during the statement. The next attempt
            // finds it.
            Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => continue,
            Err(error) => return Err(error),
        };
        if row.try_get(0)? {
            return Ok(AppendOutcome::Length(end));
        }
        let (length, found) = (from_sql(row.try_get(1)?), from_sql(row.try_get(2)?));
        // The query also counts the entries before and after the range. If one of them has this
        // id, the earlier append was longer or shorter, and this is not a repetition of it.
        if found == count && row.try_get::<_, Option<i64>>(3)? == Some(position) {
            return Ok(AppendOutcome::Length(end));
        }
        if length != at {
            return Ok(AppendOutcome::Conflict(length));
        }
        // Another append succeeded during the statement. The next attempt sees its entries.
    }
}

async fn length(connection: &Object, name: &str) -> Result<u64, Error> {
    let statement = connection
        .prepare_cached("SELECT length FROM callsign_conversations WHERE name = $1")
        .await?;
    let row = connection.query_opt(&statement, &[&name]).await?;
    row.map_or(Ok(0), |row| Ok(from_sql(row.try_get(0)?)))
}

pub(super) async fn load(
    connection: &Object,
    name: &str,
    range: &Range<u64>,
) -> Result<Vec<StoredRow>, Error> {
    let statement = connection
        .prepare_cached(
            "SELECT position, entry FROM callsign_entries
             WHERE conversation = (SELECT id FROM callsign_conversations WHERE name = $1)
               AND position >= $2 AND position < $3
             ORDER BY position",
        )
        .await?;
    let rows =
        connection.query(&statement, &[&name, &to_sql(range.start), &to_sql(range.end)]).await?;
    rows.iter().map(stored_row).collect()
}

/// Reads a row with the columns position and text.
pub(super) fn stored_row(row: &tokio_postgres::Row) -> Result<StoredRow, Error> {
    Ok((from_sql(row.try_get(0)?), row.try_get::<_, &str>(1)?.as_bytes().to_owned()))
}
