//! The catalogue, in SQL.

use std::collections::BTreeSet;

use callsign_core::traits::catalogue::{ConversationInfo, ConversationQuery};
use callsign_core::words::id::ConversationId;
use rusqlite::types::{Type, Value as SqlValue};
use rusqlite::{Connection, Row, params, params_from_iter};

use super::schema::conversation;
use crate::listing::{Value, listing};
use crate::rows::number;

/// What came of changing a whole conversation.
#[derive(Debug)]
pub(super) enum Changed {
    Done,
    NotFound,
    Exists,
}

pub(super) fn list(
    connection: &Connection,
    query: &ConversationQuery,
) -> rusqlite::Result<Vec<ConversationInfo>> {
    let listing = listing(query, '?', "labels");
    let sql = format!(
        "SELECT c.name, c.created, c.changed,
                (SELECT max(position) FROM entries WHERE conversation = c.id),
                (SELECT json_group_array(label) FROM labels WHERE conversation = c.id)
         FROM conversations AS c{}",
        listing.sql
    );
    let values = listing.values.into_iter().map(|value| match value {
        Value::Text(text) => SqlValue::Text(text),
        Value::Number(number) => SqlValue::Integer(number),
    });
    connection.prepare_cached(&sql)?.query_map(params_from_iter(values), info)?.collect()
}

fn info(row: &Row<'_>) -> rusqlite::Result<ConversationInfo> {
    let name: String = row.get(0)?;
    let mut info =
        ConversationInfo::new(ConversationId::from(name), number(row.get(1)?), number(row.get(2)?));
    info.entries = row.get::<_, Option<i64>>(3)?.map_or(0, |last| number(last) + 1);
    info.labels = serde_json::from_str(row.get_ref(4)?.as_str()?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(4, Type::Text, error.into()))?;
    Ok(info)
}

pub(super) fn set_labels(
    connection: &Connection,
    name: &str,
    labels: &BTreeSet<String>,
) -> rusqlite::Result<Changed> {
    let Some(id) = conversation(connection, name)? else { return Ok(Changed::NotFound) };
    connection.prepare_cached("DELETE FROM labels WHERE conversation = ?1")?.execute([id])?;
    let mut insert =
        connection.prepare_cached("INSERT INTO labels (label, conversation) VALUES (?1, ?2)")?;
    for label in labels {
        insert.execute(params![label, id])?;
    }
    Ok(Changed::Done)
}

pub(super) fn rename(connection: &Connection, name: &str, to: &str) -> rusqlite::Result<Changed> {
    if conversation(connection, to)?.is_some() {
        return Ok(Changed::Exists);
    }
    let renamed = connection
        .prepare_cached("UPDATE conversations SET name = ?2 WHERE name = ?1")?
        .execute([name, to])?;
    Ok(if renamed == 0 { Changed::NotFound } else { Changed::Done })
}

pub(super) fn delete(connection: &Connection, name: &str) -> rusqlite::Result<Changed> {
    let Some(id) = conversation(connection, name)? else { return Ok(Changed::NotFound) };
    for sql in [
        "DELETE FROM entries WHERE conversation = ?1",
        "DELETE FROM inbox WHERE conversation = ?1",
        "DELETE FROM labels WHERE conversation = ?1",
        "DELETE FROM conversations WHERE id = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([id])?;
    }
    Ok(Changed::Done)
}
