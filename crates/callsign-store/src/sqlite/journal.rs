//! The entries of journals, in SQL.

use std::ops::Range;

use callsign_types::id::AppendId;
use rusqlite::{Connection, params};

use super::schema::{conversation_id, grown_conversation_id};
use crate::outcome::AppendOutcome;
use crate::rows::{StoredRow, from_sql, to_sql};

pub(super) fn append(
    connection: &Connection,
    name: &str,
    at: u64,
    id: AppendId,
    rows: &[String],
) -> rusqlite::Result<AppendOutcome> {
    let known = conversation_id(connection, name)?;
    let length = known.map_or(Ok(0), |known| length(connection, known))?;
    let end = at.saturating_add(rows.len() as u64);
    if length != at {
        let is_repeated = match known {
            Some(known) if end <= length => is_append_of(connection, known, at..end, id)?,
            _ => false,
        };
        let conflict = AppendOutcome::Conflict(length);
        return Ok(if is_repeated { AppendOutcome::Length(end) } else { conflict });
    }
    if !rows.is_empty() {
        let conversation = grown_conversation_id(connection, name)?;
        let mut insert = connection.prepare_cached(
            "INSERT INTO entries (conversation, position, append_id, entry)
             VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (position, row) in (at..).zip(rows) {
            insert.execute(params![conversation, to_sql(position), id.as_bytes(), row])?;
        }
    }
    Ok(AppendOutcome::Length(end))
}

fn length(connection: &Connection, conversation: i64) -> rusqlite::Result<u64> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(position) FROM entries WHERE conversation = ?1")?
        .query_row([conversation], |row| row.get(0))?;
    Ok(last.map_or(0, |last| from_sql(last) + 1))
}

/// Returns whether the append with this id wrote exactly the entries in `range`.
///
/// The query also counts the entries before and after the range. If one of them has this id, the
/// append was longer than the range.
fn is_append_of(
    connection: &Connection,
    conversation: i64,
    range: Range<u64>,
    id: AppendId,
) -> rusqlite::Result<bool> {
    let (count, first): (i64, Option<i64>) = connection
        .prepare_cached(
            "SELECT count(*), min(position) FROM entries
             WHERE conversation = ?1 AND position BETWEEN ?2 - 1 AND ?3 AND append_id = ?4",
        )?
        .query_row(
            params![conversation, to_sql(range.start), to_sql(range.end), id.as_bytes()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
    let entries = range.end - range.start;
    Ok(entries > 0 && count == to_sql(entries) && first == Some(to_sql(range.start)))
}

pub(super) fn load(
    connection: &Connection,
    name: &str,
    range: Range<u64>,
) -> rusqlite::Result<Vec<StoredRow>> {
    connection
        .prepare_cached(
            "SELECT position, entry FROM entries
             WHERE conversation = (SELECT id FROM conversations WHERE name = ?1)
               AND position >= ?2 AND position < ?3
             ORDER BY position",
        )?
        .query_map(params![name, to_sql(range.start), to_sql(range.end)], |row| {
            Ok((from_sql(row.get(0)?), row.get_ref(1)?.as_bytes()?.to_owned()))
        })?
        .collect()
}
