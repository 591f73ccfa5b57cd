//! The conversation index, in SQL.

use std::collections::BTreeSet;

use callsign_types::id::ConversationId;
use callsign_types::traits::conversation_index::{ConversationInfo, ConversationQuery};
use rusqlite::types::{Type, Value};
use rusqlite::{Connection, Row, params, params_from_iter};

use super::schema::conversation_id;
use crate::list_query::{SqlParameter, list_clauses};
use crate::outcome::ChangeOutcome;
use crate::rows::from_sql;

pub(super) fn list(
    connection: &Connection,
    query: &ConversationQuery,
) -> rusqlite::Result<Vec<ConversationInfo>> {
    let clauses = list_clauses(query, '?', "labels");
    let sql = format!(
        "SELECT c.name, c.created, c.changed,
                (SELECT max(position) FROM entries WHERE conversation = c.id),
                (SELECT json_group_array(label) FROM labels WHERE conversation = c.id)
         FROM conversations AS c{}",
        clauses.sql
    );
    let parameters = clauses.parameters.into_iter().map(|parameter| match parameter {
        SqlParameter::Text(text) => Value::Text(text),
        SqlParameter::Number(number) => Value::Integer(number),
    });
    connection.prepare_cached(&sql)?.query_map(params_from_iter(parameters), info)?.collect()
}

fn info(row: &Row<'_>) -> rusqlite::Result<ConversationInfo> {
    let name: String = row.get(0)?;
    let (created, changed) = (from_sql(row.get(1)?), from_sql(row.get(2)?));
    let mut info = ConversationInfo::new(ConversationId::from(name), created, changed);
    info.entries = row.get::<_, Option<i64>>(3)?.map_or(0, |last| from_sql(last) + 1);
    info.labels = serde_json::from_str(row.get_ref(4)?.as_str()?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(4, Type::Text, error.into()))?;
    Ok(info)
}

pub(super) fn set_labels(
    connection: &Connection,
    name: &str,
    labels: &BTreeSet<String>,
) -> rusqlite::Result<ChangeOutcome> {
    let Some(id) = conversation_id(connection, name)? else { return Ok(ChangeOutcome::NotFound) };
    connection.prepare_cached("DELETE FROM labels WHERE conversation = ?1")?.execute([id])?;
    let mut insert =
        connection.prepare_cached("INSERT INTO labels (label, conversation) VALUES (?1, ?2)")?;
    for label in labels {
        insert.execute(params![label, id])?;
    }
    Ok(ChangeOutcome::Done)
}

pub(super) fn rename(
    connection: &Connection,
    name: &str,
    to: &str,
) -> rusqlite::Result<ChangeOutcome> {
    if conversation_id(connection, to)?.is_some() {
        return Ok(ChangeOutcome::AlreadyExists);
    }
    let renamed = connection
        .prepare_cached("UPDATE conversations SET name = ?2 WHERE name = ?1")?
        .execute([name, to])?;
    Ok(if renamed == 0 { ChangeOutcome::NotFound } else { ChangeOutcome::Done })
}

pub(super) fn delete(connection: &Connection, name: &str) -> rusqlite::Result<ChangeOutcome> {
    let Some(id) = conversation_id(connection, name)? else { return Ok(ChangeOutcome::NotFound) };
    for sql in [
        "DELETE FROM entries WHERE conversation = ?1",
        "DELETE FROM inbox WHERE conversation = ?1",
        "DELETE FROM labels WHERE conversation = ?1",
        "DELETE FROM conversations WHERE id = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([id])?;
    }
    Ok(ChangeOutcome::Done)
}
