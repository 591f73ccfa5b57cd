//! The names of things that outlive a process: conversations, journals, calls, appends.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The name under which a conversation is kept in a store, such as `ada/porto`.
///
/// Any text that is not empty will do; the application chooses it. Names that begin with
/// [`AGENTS`](Self::AGENTS) are left to agents that are tools.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConversationId(String);

impl ConversationId {
    /// How the names of the conversations begin that agents have as tools of other agents, one for
    /// each call.
    pub const AGENTS: &'static str = "callsign:";

    /// The conversation of the call that has this idempotency key, with the agent that this tool
    /// is. Neither ever changes, whatever the conversation is called that the call belongs to.
    pub(crate) fn of_call(idempotency_key: &str, tool: &str) -> Self {
        Self(format!("{}{idempotency_key}/{tool}", Self::AGENTS))
    }

    /// How the names of the conversations begin that the calls of this journal have with agents.
    pub(crate) fn prefix_of_calls(key: &JournalKey) -> String {
        format!("{}{}-", Self::AGENTS, key.as_str())
    }

    /// Whether it is the conversation of an agent that is a tool, by its name.
    #[must_use]
    pub fn is_agents(&self) -> bool {
        self.0.starts_with(Self::AGENTS)
    }

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

    /// The id behind this one. Where that one was minted, nobody else has this one either, and it
    /// takes no randomness.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        // The lowest 62 bits are random throughout; those above say which kind of id it is.
        const LOW: u128 = (1 << 62) - 1;
        let id = self.0.as_u128();
        Self(Uuid::from_u128((id & !LOW) | (id.wrapping_add(1) & LOW)))
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
