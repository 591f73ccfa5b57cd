//! The entries of journals, in SQL.

use std::ops::Range;

use callsign_core::words::id::AppendId;
use rusqlite::{Connection, params};

use super::schema::{conversation, grown_conversation};
use crate::rows::{Row, number, stored};

/// What came of an append.
#[derive(Debug)]
pub(super) enum Appended {
    /// It is there, now or since before; the journal was this long after it.
    Length(u64),
    /// The journal has this length, which is another than the writer believed.
    Conflict(u64),
}

pub(super) fn append(
    connection: &Connection,
    name: &str,
    at: u64,
    id: AppendId,
    rows: &[String],
) -> rusqlite::Result<Appended> {
    let known = conversation(connection, name)?;
    let length = known.map_or(Ok(0), |known| length(connection, known))?;
    let end = at.saturating_add(rows.len() as u64);
    if length != at {
        let repeated = match known {
            Some(known) if end <= length => appended(connection, known, at..end, id)?,
            _ => false,
        };
        return Ok(if repeated { Appended::Length(end) } else { Appended::Conflict(length) });
    }
    if !rows.is_empty() {
        let conversation = grown_conversation(connection, name)?;
        let mut insert = connection.prepare_cached(
            "INSERT INTO entries (conversation, position, append_id, entry)
             VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (position, row) in (at..).zip(rows) {
            insert.execute(params![conversation, stored(position), id.as_bytes(), row])?;
        }
    }
    Ok(Appended::Length(end))
}

fn length(connection: &Connection, conversation: i64) -> rusqlite::Result<u64> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(position) FROM entries WHERE conversation = ?1")?
        .query_row([conversation], |row| row.get(0))?;
    Ok(last.map_or(0, |last| number(last) + 1))
}

/// Whether exactly these positions carry this append.
///
/// The two neighbours are asked as well: an append that was shorter or longer is another one.
fn appended(
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
            params![conversation, stored(range.start), stored(range.end), id.as_bytes()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
    let entries = range.end - range.start;
    Ok(entries > 0 && count == stored(entries) && first == Some(stored(range.start)))
}

pub(super) fn load(
    connection: &Connection,
    name: &str,
    range: Range<u64>,
) -> rusqlite::Result<Vec<Row>> {
    connection
        .prepare_cached(
            "SELECT position, entry FROM entries
             WHERE conversation = (SELECT id FROM conversations WHERE name = ?1)
               AND position >= ?2 AND position < ?3
             ORDER BY position",
        )?
        .query_map(params![name, stored(range.start), stored(range.end)], |row| {
            Ok((number(row.get(0)?), row.get_ref(1)?.as_bytes()?.to_owned()))
        })?
        .collect()
}
