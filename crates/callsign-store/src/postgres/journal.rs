//! The entries of journals, in SQL.

use std::ops::Range;

use callsign_core::words::id::AppendId;
use deadpool_postgres::Object;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::rows::{Row, number, stored};

/// What came of an append.
#[derive(Debug)]
pub(super) enum Appended {
    /// It is there, now or since before; the journal was this long after it.
    Length(u64),
    /// The journal has this length, which is another than the writer believed.
    Conflict(u64),
}

/// Compares and appends in one statement: the name, the place, the id, the count, the entries.
///
/// Whoever comes second waits at the conversation's row, and finds another length there. All the
/// rest is seen as it was when the statement began.
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
) -> Result<Appended, Error> {
    let count = rows.len() as u64;
    let end = at.saturating_add(count);
    if rows.is_empty() {
        let length = length(connection, name).await?;
        return Ok(if length == at { Appended::Length(at) } else { Appended::Conflict(length) });
    }
    let statement = connection.prepare_cached(APPEND).await?;
    // No journal is as long as half of the largest number, to which a count can be added.
    let place = stored(at).min(i64::MAX / 2);
    let (id, added) = (&id.as_bytes()[..], stored(count));
    loop {
        let asked = connection.query_one(&statement, &[&name, &place, &id, &added, &rows]).await;
        let row = match asked {
            Ok(row) => row,
            // The same append from another connection was first, by less than a statement.
            Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => continue,
            Err(error) => return Err(error),
        };
        if row.try_get(0)? {
            return Ok(Appended::Length(end));
        }
        let (length, found) = (number(row.try_get(1)?), number(row.try_get(2)?));
        // The two neighbours are asked as well: one that was shorter or longer is another append.
        if found == count && row.try_get::<_, Option<i64>>(3)? == Some(place) {
            return Ok(Appended::Length(end));
        }
        if length != at {
            return Ok(Appended::Conflict(length));
        }
        // Somebody else was first while the statement ran, which the next one sees.
    }
}

async fn length(connection: &Object, name: &str) -> Result<u64, Error> {
    let statement = connection
        .prepare_cached("SELECT length FROM callsign_conversations WHERE name = $1")
        .await?;
    let row = connection.query_opt(&statement, &[&name]).await?;
    row.map_or(Ok(0), |row| Ok(number(row.try_get(0)?)))
}

pub(super) async fn load(
    connection: &Object,
    name: &str,
    range: &Range<u64>,
) -> Result<Vec<Row>, Error> {
    let statement = connection
        .prepare_cached(
            "SELECT position, entry FROM callsign_entries
             WHERE conversation = (SELECT id FROM callsign_conversations WHERE name = $1)
               AND position >= $2 AND position < $3
             ORDER BY position",
        )
        .await?;
    let rows =
        connection.query(&statement, &[&name, &stored(range.start), &stored(range.end)]).await?;
    rows.iter().map(row).collect()
}

/// A row of a position and a text.
pub(super) fn row(row: &tokio_postgres::Row) -> Result<Row, Error> {
    Ok((number(row.try_get(0)?), row.try_get::<_, &str>(1)?.as_bytes().to_owned()))
}
