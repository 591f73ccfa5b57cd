//! The compaction of a history, as data.

use serde::{Deserialize, Serialize};

/// A compaction of the history that a model receives.
///
/// Positions are those of messages, counted from 0. They are moved back if they would separate a
/// call from its result, or remove something that the model has not seen yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Compaction {
    /// Clears the tool results before a position. The calls remain.
    ClearResults {
        /// The position.
        before: u64,
    },
    /// Replaces the messages before a position. System messages, and user messages since the
    /// model's last answer, remain.
    Replace {
        /// The position.
        before: u64,
        /// The text that replaces the messages, after a fixed marker. If it is empty, a note says
        /// that messages were removed.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        summary: String,
    },
}
