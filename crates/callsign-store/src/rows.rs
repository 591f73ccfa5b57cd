//! Conversion between journal entries and database rows.

use callsign_types::error::BoxError;
use callsign_types::id::ConversationId;
use callsign_types::journal::entry::Entry;
use callsign_types::traits::store::{InboxItem, StoreError};

/// A position and the JSON at it, which is not checked yet.
pub(crate) type StoredRow = (u64, Vec<u8>);

/// Returns the entries as JSON, one text for each.
pub(crate) fn encode(
    conversation: &ConversationId,
    entries: &[Entry],
) -> Result<Vec<String>, StoreError> {
    let rows: Result<Vec<String>, _> = entries.iter().map(serde_json::to_string).collect();
    rows.map_err(|error| {
        failed(format!("cannot serialize an entry of conversation `{conversation}`"), error)
    })
}

/// Returns the inbox item as JSON.
pub(crate) fn encode_item(
    conversation: &ConversationId,
    item: &InboxItem,
) -> Result<String, StoreError> {
    serde_json::to_string(item).map_err(|error| {
        failed(format!("cannot serialize an inbox item of conversation `{conversation}`"), error)
    })
}

/// Returns the entries in `rows`, the first of which must be at position `start`.
pub(crate) fn decode(
    conversation: &ConversationId,
    start: u64,
    rows: &[StoredRow],
) -> Result<Vec<Entry>, StoreError> {
    let unreadable = |position, source| StoreError::Unreadable {
        conversation: conversation.clone(),
        position,
        source,
    };
    (start..)
        .zip(rows)
        .map(|(expected, (position, json))| {
            if *position != expected {
                return Err(unreadable(expected, "the entry is missing".into()));
            }
            serde_json::from_slice(json).map_err(|error| unreadable(expected, error.into()))
        })
        .collect()
}

/// Returns the inbox items in `rows`. `database` names the database in error messages.
pub(crate) fn decode_items(
    database: &str,
    conversation: &ConversationId,
    rows: &[StoredRow],
) -> Result<Vec<InboxItem>, StoreError> {
    rows.iter()
        .map(|(position, json)| {
            serde_json::from_slice(json).map_err(|error| {
                failed(
                    format!(
                        "cannot read inbox item {position} of conversation `{conversation}` in \
                         `{database}`: update Callsign if a newer version wrote it, or restore a \
                         backup"
                    ),
                    error,
                )
            })
        })
        .collect()
}

/// Returns an error with a cause.
pub(crate) fn failed(message: String, source: impl Into<BoxError>) -> StoreError {
    StoreError::Failed { message, source: Some(source.into()) }
}

/// Returns an error without a cause.
pub(crate) fn refused(message: String) -> StoreError {
    StoreError::Failed { message, source: None }
}

/// Converts a number to the signed type of databases. Numbers above its range, which no journal
/// reaches, become its maximum.
pub(crate) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Converts a number from a database. Negative numbers, which are never written, become 0.
pub(crate) fn from_sql(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}
