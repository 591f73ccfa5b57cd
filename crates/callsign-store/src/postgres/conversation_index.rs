//! The conversation index, in SQL.

use std::collections::BTreeSet;

use callsign_types::id::ConversationId;
use callsign_types::traits::conversation_index::{ConversationInfo, ConversationQuery};
use deadpool_postgres::Object;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};

use crate::list_query::{SqlParameter, list_clauses};
use crate::outcome::ChangeOutcome;
use crate::rows::from_sql;

pub(super) async fn list(
    connection: &Object,
    query: &ConversationQuery,
) -> Result<Vec<ConversationInfo>, Error> {
    let clauses = list_clauses(query, '$', "callsign_labels");
    let sql = format!(
        "SELECT c.name, c.created, c.changed, c.length,
                ARRAY(SELECT label FROM callsign_labels WHERE conversation = c.id)
         FROM callsign_conversations AS c{}",
        clauses.sql
    );
    let parameters: Vec<(&(dyn ToSql + Sync), Type)> = clauses
        .parameters
        .iter()
        .map(|parameter| match parameter {
            SqlParameter::Text(text) => (text as &(dyn ToSql + Sync), Type::TEXT),
            SqlParameter::Number(number) => (number as &(dyn ToSql + Sync), Type::INT8),
        })
        .collect();
    connection.query_typed(&sql, &parameters).await?.iter().map(info).collect()
}

fn info(row: &Row) -> Result<ConversationInfo, Error> {
    let name: String = row.try_get(0)?;
    let (created, changed) = (from_sql(row.try_get(1)?), from_sql(row.try_get(2)?));
    let mut info = ConversationInfo::new(ConversationId::from(name), created, changed);
    info.entries = from_sql(row.try_get(3)?);
    info.labels = row.try_get::<_, Vec<String>>(4)?.into_iter().collect();
    Ok(info)
}

/// Replaces the labels. The row lock on the conversation serializes concurrent calls.
pub(super) async fn set_labels(
    connection: &Object,
    name: &str,
    labels: &BTreeSet<String>,
) -> Result<ChangeOutcome, Error> {
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    // If a later statement fails, the caller closes the connection, which rolls back.
    connection.batch_execute("BEGIN").await?;
    let sql = "SELECT id FROM callsign_conversations WHERE name = $1 FOR UPDATE";
    let Some(row) = connection.query_typed_opt(sql, &[(&name, Type::TEXT)]).await? else {
        connection.batch_execute("ROLLBACK").await?;
        return Ok(ChangeOutcome::NotFound);
    };
    let id: i64 = row.try_get(0)?;
    let sql = "DELETE FROM callsign_labels WHERE conversation = $1";
    connection.execute_typed(sql, &[(&id, Type::INT8)]).await?;
    let sql = "INSERT INTO callsign_labels (label, conversation) SELECT unnest($2::text[]), $1";
    connection.execute_typed(sql, &[(&id, Type::INT8), (&labels, Type::TEXT_ARRAY)]).await?;
    connection.batch_execute("COMMIT").await?;
    Ok(ChangeOutcome::Done)
}

pub(super) async fn rename(
    connection: &Object,
    name: &str,
    to: &str,
) -> Result<ChangeOutcome, Error> {
    let names: [(&(dyn ToSql + Sync), Type); 2] = [(&name, Type::TEXT), (&to, Type::TEXT)];
    let sql = "UPDATE callsign_conversations SET name = $2 WHERE name = $1 AND $1 <> $2";
    match connection.execute_typed(sql, &names).await {
        Ok(1) => Ok(ChangeOutcome::Done),
        Ok(_) => {
            let sql = "SELECT FROM callsign_conversations WHERE name = $1";
            let found = connection.query_typed_opt(sql, &names[1..]).await?;
            let is_taken = found.is_some();
            Ok(if is_taken { ChangeOutcome::AlreadyExists } else { ChangeOutcome::NotFound })
        }
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
            Ok(ChangeOutcome::AlreadyExists)
        }
        Err(error) => Err(error),
    }
}

/// Deletes the conversation.
///
/// Its row is deleted first: that statement waits for a concurrent append or delivery, and the
/// statements after it see what was added.
pub(super) async fn delete(connection: &Object, name: &str) -> Result<ChangeOutcome, Error> {
    // If a later statement fails, the caller closes the connection, which rolls back.
    connection.batch_execute("BEGIN").await?;
    let sql = "DELETE FROM callsign_conversations WHERE name = $1 RETURNING id";
    let Some(row) = connection.query_typed_opt(sql, &[(&name, Type::TEXT)]).await? else {
        connection.batch_execute("ROLLBACK").await?;
        return Ok(ChangeOutcome::NotFound);
    };
    let id: i64 = row.try_get(0)?;
    for table in ["callsign_entries", "callsign_inbox", "callsign_labels"] {
        let sql = format!("DELETE FROM {table} WHERE conversation = $1");
        connection.execute_typed(&sql, &[(&id, Type::INT8)]).await?;
    }
    connection.batch_execute("COMMIT").await?;
    Ok(ChangeOutcome::Done)
}
