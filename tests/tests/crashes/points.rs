//! The named points at which a child can be told to crash, and the store that has most of them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock};

use callsign::journal::entry::Entry;
use callsign::{AppendId, ConversationId, Hold, InboxItem, Store, StoreError};

/// All of them. A child counts how often it comes to each.
pub(crate) const POINTS: [&str; 11] = [
    "before hold",
    "after hold",
    "before load",
    "after load",
    "before append",
    "after append",
    "before the model",
    "within a reply",
    "before an effect",
    "after an effect",
    "before the answer is told",
];

/// At which point a child crashes, and when it comes to it for the how-manieth time.
pub(crate) const CRASH_AT: &str = "CALLSIGN_CRASH_AT";

/// Comes to a point: the process ends here, where it was told to.
pub(crate) fn reach(point: &'static str) {
    static CRASH: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static COUNTS: Mutex<BTreeMap<&str, u64>> = Mutex::new(BTreeMap::new());
    let crash = CRASH.get_or_init(|| {
        let at = std::env::var(CRASH_AT).ok()?;
        let (point, count) = at.split_once(':').unwrap();
        Some((point.to_owned(), count.parse().unwrap()))
    });
    let Some((name, count)) = crash else { return };
    // The others wait: after the crash nothing happens any more.
    let mut counts = COUNTS.lock().unwrap();
    let reached = counts.entry(point).or_default();
    *reached += 1;
    if name == point && reached == count {
        std::process::abort();
    }
}

/// A store around another one.
pub(crate) struct Pointed(pub(crate) Arc<dyn Store>);

#[async_trait::async_trait]
impl Store for Pointed {
    async fn hold(&self, conversation: &ConversationId) -> Result<Hold, StoreError> {
        reach("before hold");
        let held = self.0.hold(conversation).await;
        reach("after hold");
        held
    }

    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError> {
        reach("before append");
        let appended = self.0.append(conversation, at, id, entries).await;
        reach("after append");
        appended
    }

    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        reach("before load");
        let loaded = self.0.load(conversation, range).await;
        reach("after load");
        loaded
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError> {
        self.0.deliver(conversation, id, item).await
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        self.0.inbox(conversation, from).await
    }
}
