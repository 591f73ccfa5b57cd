//! Stores: the [`Store`] trait, journal entries, and the stores that ship with Callsign.

pub use callsign_core::journal;
pub use callsign_core::memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use callsign_store::SqliteStore;
#[cfg(feature = "postgres")]
pub use callsign_store::{PostgresStore, PostgresStoreBuilder};
pub use callsign_types::approval::{ApprovalDecision, Decision};
pub use callsign_types::id::{AppendId, CallIndex, ConversationId, JournalKey};
pub use callsign_types::journal::entry::{
    Entry, FORMAT, HandedOff, OutputMode, RecordedReply, RecordedSpending, RecordedTool,
    RecordedVerdict, RunStarted,
};
pub use callsign_types::tool_status::{LateToolResult, ToolCallStatus};
pub use callsign_types::traits::conversation_index::{
    ConversationIndex, ConversationInfo, ConversationOrder, ConversationPage, ConversationQuery,
    Cursor, InvalidCursor, unix_milliseconds,
};
pub use callsign_types::traits::store::{ConversationLock, InboxItem, Store, StoreError};
