//! The names of things that outlive a process: conversations, journals, calls, appends.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The name under which a conversation is kept in a store, such as `ada/porto`.
///
/// Any text that is not empty will do; the application chooses it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConversationId(String);

impl ConversationId {
    /// Mints an id that no other conversation has.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// The id as text.
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

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The random identity of one journal, minted with it and never carried over to another.
///
/// Idempotency keys are built on it, so that a conversation that was deleted and made anew
/// under the same name does not repeat the keys of the old one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JournalKey(String);

impl JournalKey {
    /// Mints a key that no other journal has.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The number of a tool call within its conversation, counted from 0.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct CallNumber(pub u64);

impl CallNumber {
    /// The id that the model sees for this call where it gave none that can be used.
    ///
    /// Nine alphanumeric characters, because Mistral's models refuse anything else.
    #[must_use]
    pub fn wire_id(self) -> String {
        format!("c{:08}", self.0)
    }
}

impl fmt::Display for CallNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// The identity of one append to a journal.
///
/// A store that sees an append again under the same id, at the same place, answers as it did
/// the first time, so that an acknowledgement that was lost is safe to ask for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AppendId(Uuid);

impl AppendId {
    /// Mints an id that no other append has.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The id of what may be added only once, whoever adds it: the same for the same text.
    pub(crate) fn of(text: &str) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hmac_sha256::Hash::hash(text.as_bytes())[..16]);
        Self(Uuid::from_bytes(bytes))
    }

    /// The sixteen bytes of the id.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id that these bytes stand for.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}
