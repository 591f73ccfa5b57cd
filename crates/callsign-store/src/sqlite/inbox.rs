//! The inboxes of conversations, in SQL.

use callsign_types::id::AppendId;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::schema::{conversation_id, grown_conversation_id};
use crate::rows::{StoredRow, from_sql, to_sql};

pub(super) fn deliver(
    connection: &Connection,
    name: &str,
    id: AppendId,
    item: &str,
) -> rusqlite::Result<u64> {
    if let Some(known) = conversation_id(connection, name)? {
        let delivered: Option<i64> = connection
            .prepare_cached(
                "SELECT position FROM inbox WHERE conversation = ?1 AND delivery_id = ?2",
            )?
            .query_row(params![known, id.as_bytes()], |row| row.get(0))
            .optional()?;
        if let Some(delivered) = delivered {
            return Ok(from_sql(delivered));
        }
    }
    let conversation = grown_conversation_id(connection, name)?;
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(position) FROM inbox WHERE conversation = ?1")?
        .query_row([conversation], |row| row.get(0))?;
    let next = last.map_or(0, |last| last + 1);
    connection
        .prepare_cached(
            "INSERT INTO inbox (conversation, position, delivery_id, item)
             VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![conversation, next, id.as_bytes(), item])?;
    Ok(from_sql(next))
}

pub(super) fn load(
    connection: &Connection,
    name: &str,
    from: u64,
) -> rusqlite::Result<Vec<StoredRow>> {
    connection
        .prepare_cached(
            "SELECT position, item FROM inbox
             WHERE conversation = (SELECT id FROM conversations WHERE name = ?1)
               AND position >= ?2
             ORDER BY position",
        )?
        .query_map(params![name, to_sql(from)], |row| {
            Ok((from_sql(row.get(0)?), row.get_ref(1)?.as_bytes()?.to_owned()))
        })?
        .collect()
}
