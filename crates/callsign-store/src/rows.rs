//! Rows as databases keep them, and what they stand for.

use callsign_core::journal::entry::Entry;
use callsign_core::traits::store::{InboxItem, StoreError};
use callsign_core::words::error::BoxError;
use callsign_core::words::id::ConversationId;

/// The position and the JSON, which may be damaged.
pub(crate) type Row = (u64, Vec<u8>);

/// The rows that entries are kept in.
pub(crate) fn encode(
    conversation: &ConversationId,
    entries: &[Entry],
) -> Result<Vec<String>, StoreError> {
    let rows: Result<Vec<String>, _> = entries.iter().map(serde_json::to_string).collect();
    rows.map_err(|error| {
        failed(format!("an entry of conversation `{conversation}` is no JSON"), error)
    })
}

/// The row that an inbox item is kept in.
pub(crate) fn encode_item(
    conversation: &ConversationId,
    item: &InboxItem,
) -> Result<String, StoreError> {
    serde_json::to_string(item).map_err(|error| {
        failed(format!("an item for conversation `{conversation}` is no JSON"), error)
    })
}

/// The entries that rows stand for, the first of which is at `start`.
pub(crate) fn decode(
    conversation: &ConversationId,
    start: u64,
    rows: &[Row],
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
                return Err(unreadable(expected, "it is not there".into()));
            }
            serde_json::from_slice(json).map_err(|error| unreadable(expected, error.into()))
        })
        .collect()
}

/// The inbox items that rows of the database stand for.
pub(crate) fn decode_items(
    database: &str,
    conversation: &ConversationId,
    rows: &[Row],
) -> Result<Vec<InboxItem>, StoreError> {
    rows.iter()
        .map(|(position, json)| {
            serde_json::from_slice(json).map_err(|error| {
                failed(
                    format!(
                        "item {position} in the inbox of conversation `{conversation}` cannot be \
                         read: a newer version wrote it, or `{database}` is damaged"
                    ),
                    error,
                )
            })
        })
        .collect()
}

/// A failure with a cause.
pub(crate) fn failed(message: String, source: impl Into<BoxError>) -> StoreError {
    StoreError::Failed { message, source: Some(source.into()) }
}

/// A failure that is its own cause.
pub(crate) fn refused(message: String) -> StoreError {
    StoreError::Failed { message, source: None }
}

/// A number as databases keep it. No journal is as long as their largest one.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that a database kept. None is below 0.
pub(crate) fn number(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}
