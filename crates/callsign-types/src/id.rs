//! Identifiers that outlive a process: of conversations, journals, calls and appends.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of a conversation in a store, such as `ada/porto`.
///
/// The application chooses it. Any text that is not empty is valid, but the prefix
/// [`AGENTS`](Self::AGENTS) is reserved for the conversations of sub-agents.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConversationId(String);

impl ConversationId {
    /// The prefix of the conversation ids of sub-agents. Each call of a sub-agent has its own
    /// conversation.
    pub const AGENTS: &'static str = "callsign:";

    /// Creates the id of the conversation of a sub-agent call, from the call's idempotency key
    /// and the tool's name. It stays the same if the caller's conversation is renamed.
    #[doc(hidden)]
    pub fn for_call(idempotency_key: &str, tool: &str) -> Self {
        Self(format!("{}{idempotency_key}/{tool}", Self::AGENTS))
    }

    /// Returns the common prefix of the conversation ids of all sub-agent calls of a journal.
    #[doc(hidden)]
    pub fn prefix_for_calls(key: &JournalKey) -> String {
        format!("{}{}-", Self::AGENTS, key.as_str())
    }

    /// Returns whether this is the conversation of a sub-agent, by its prefix.
    #[must_use]
    pub fn is_agents(&self) -> bool {
        self.0.starts_with(Self::AGENTS)
    }

    /// Creates a random, unique id.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ConversationId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl From<&String> for ConversationId {
    fn from(id: &String) -> Self {
        Self(id.clone())
    }
}

impl From<String> for ConversationId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl From<ConversationId> for String {
    fn from(id: ConversationId) -> Self {
        id.0
    }
}

impl AsRef<str> for ConversationId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The random identity of one journal. It is created with the journal and never copied to
/// another one.
///
/// Idempotency keys contain it. A conversation that was deleted and created again under the same
/// id therefore does not repeat the idempotency keys of the deleted one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JournalKey(String);

impl JournalKey {
    /// Creates a random, unique key.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// Returns the key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for JournalKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JournalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The index of a tool call in its conversation, counted from 0.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct CallIndex(pub u64);

impl CallIndex {
    /// Returns the call id that the model receives if it gave no usable id itself.
    ///
    /// The id has nine letters and digits, because some providers reject anything else.
    #[must_use]
    pub fn wire_id(self) -> String {
        format!("c{:08}", self.0)
    }
}

impl From<u64> for CallIndex {
    fn from(index: u64) -> Self {
        Self(index)
    }
}

impl From<CallIndex> for u64 {
    fn from(index: CallIndex) -> Self {
        index.0
    }
}

impl fmt::Display for CallIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// The identity of one append to a journal.
///
/// A store that receives an append again, with the same id at the same position, returns the
/// same result as the first time. A writer that lost an acknowledgement can safely repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AppendId(Uuid);

impl AppendId {
    /// Creates a random, unique id.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// Creates an id from a digest of `text`, so that equal texts are appended only once, even by
    /// different writers.
    #[doc(hidden)]
    pub fn from_text(text: &str) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hmac_sha256::Hash::hash(text.as_bytes())[..16]);
        Self(Uuid::from_bytes(bytes))
    }

    /// Returns the successor of this id, without new randomness. If this id was created at random,
    /// its successor is unique as well.
    #[must_use]
    #[doc(hidden)]
    pub fn next(self) -> Self {
        // Only the lowest 62 bits of a UUID are all random. The bits above contain the variant.
        const LOW: u128 = (1 << 62) - 1;
        let id = self.0.as_u128();
        Self(Uuid::from_u128((id & !LOW) | (id.wrapping_add(1) & LOW)))
    }

    /// Returns the sixteen bytes of the id.
    /// The sixteen bytes of the id.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// Creates an id from its sixteen bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::{CallIndex, ConversationId, JournalKey};

    #[test]
    fn ids_convert_to_and_from_text() {
        let id = ConversationId::from("ada/porto");
        assert_eq!(id.as_ref(), "ada/porto");
        assert_eq!(String::from(id), "ada/porto");
        let key = JournalKey::random();
        assert_eq!(key.to_string(), key.as_ref());
    }

    #[test]
    fn call_indexes_convert_to_and_from_integers() {
        assert_eq!(u64::from(CallIndex::from(3)), 3);
    }
}
