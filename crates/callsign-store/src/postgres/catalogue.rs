//! The catalogue, in SQL.

use std::collections::BTreeSet;

use callsign_core::traits::catalogue::{ConversationInfo, ConversationQuery};
use callsign_core::words::id::ConversationId;
use deadpool_postgres::Object;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};

use crate::listing::{Value, listing};
use crate::rows::number;

/// What came of changing a whole conversation.
#[derive(Debug)]
pub(super) enum Changed {
    Done,
    NotFound,
    Exists,
}

pub(super) async fn list(
    connection: &Object,
    query: &ConversationQuery,
) -> Result<Vec<ConversationInfo>, Error> {
    let listing = listing(query, '$', "callsign_labels");
    let sql = format!(
        "SELECT c.name, c.created, c.changed, c.length,
                ARRAY(SELECT label FROM callsign_labels WHERE conversation = c.id)
         FROM callsign_conversations AS c{}",
        listing.sql
    );
    let values: Vec<(&(dyn ToSql + Sync), Type)> = listing
        .values
        .iter()
        .map(|value| match value {
            Value::Text(text) => (text as &(dyn ToSql + Sync), Type::TEXT),
            Value::Number(number) => (number as &(dyn ToSql + Sync), Type::INT8),
        })
        .collect();
    connection.query_typed(&sql, &values).await?.iter().map(info).collect()
}

fn info(row: &Row) -> Result<ConversationInfo, Error> {
    let name: String = row.try_get(0)?;
    let (created, changed) = (number(row.try_get(1)?), number(row.try_get(2)?));
    let mut info = ConversationInfo::new(ConversationId::from(name), created, changed);
    info.entries = number(row.try_get(3)?);
    info.labels = row.try_get::<_, Vec<String>>(4)?.into_iter().collect();
    Ok(info)
}

/// Those who label a conversation at once wait at its row.
pub(super) async fn set_labels(
    connection: &Object,
    name: &str,
    labels: &BTreeSet<String>,
) -> Result<Changed, Error> {
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    // A connection that fails from here on is closed, which undoes what was begun.
    connection.batch_execute("BEGIN").await?;
    let sql = "SELECT id FROM callsign_conversations WHERE name = $1 FOR UPDATE";
    let Some(row) = connection.query_typed_opt(sql, &[(&name, Type::TEXT)]).await? else {
        connection.batch_execute("ROLLBACK").await?;
        return Ok(Changed::NotFound);
    };
    let id: i64 = row.try_get(0)?;
    let sql = "DELETE FROM callsign_labels WHERE conversation = $1";
    connection.execute_typed(sql, &[(&id, Type::INT8)]).await?;
    let sql = "INSERT INTO callsign_labels (label, conversation) SELECT unnest($2::text[]), $1";
    connection.execute_typed(sql, &[(&id, Type::INT8), (&labels, Type::TEXT_ARRAY)]).await?;
    connection.batch_execute("COMMIT").await?;
    Ok(Changed::Done)
}

pub(super) async fn rename(connection: &Object, name: &str, to: &str) -> Result<Changed, Error> {
    let names: [(&(dyn ToSql + Sync), Type); 2] = [(&name, Type::TEXT), (&to, Type::TEXT)];
    let sql = "UPDATE callsign_conversations SET name = $2 WHERE name = $1 AND $1 <> $2";
    match connection.execute_typed(sql, &names).await {
        Ok(1) => Ok(Changed::Done),
        Ok(_) => {
            let sql = "SELECT FROM callsign_conversations WHERE name = $1";
            let found = connection.query_typed_opt(sql, &names[1..]).await?;
            Ok(if found.is_some() { Changed::Exists } else { Changed::NotFound })
        }
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Ok(Changed::Exists),
        Err(error) => Err(error),
    }
}

/// The row goes first: who is adding to the conversation is waited for, and what it added is seen
/// by the statements that follow.
pub(super) async fn delete(connection: &Object, name: &str) -> Result<Changed, Error> {
    // A connection that fails from here on is closed, which undoes what was begun.
    connection.batch_execute("BEGIN").await?;
    let sql = "DELETE FROM callsign_conversations WHERE name = $1 RETURNING id";
    let Some(row) = connection.query_typed_opt(sql, &[(&name, Type::TEXT)]).await? else {
        connection.batch_execute("ROLLBACK").await?;
        return Ok(Changed::NotFound);
    };
    let id: i64 = row.try_get(0)?;
    for table in ["callsign_entries", "callsign_inbox", "callsign_labels"] {
        let sql = format!("DELETE FROM {table} WHERE conversation = $1");
        connection.execute_typed(&sql, &[(&id, Type::INT8)]).await?;
    }
    connection.batch_execute("COMMIT").await?;
    Ok(Changed::Done)
}
