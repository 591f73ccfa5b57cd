#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use async_trait::async_trait;

use super::*;
use crate::memory::MemoryStore;
use crate::traits::store::InboxItem;

/// A store that says it is done at once, and is late or fails at these appends.
#[derive(Default)]
struct Late {
    store: MemoryStore,
    appends: AtomicU32,
    late_at: u32,
    failing_at: Option<u32>,
}

#[async_trait]
impl Store for Late {
    async fn hold(&self, conversation: &ConversationId) -> Result<Hold, StoreError> {
        self.store.hold(conversation).await
    }

    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError> {
        let append = self.appends.fetch_add(1, Relaxed) + 1;
        // What is late has happened all the same, and is asked for again.
        let end = self.store.append(conversation, at, id, entries).await;
        if append == self.late_at {
            tokio::task::yield_now().await;
        }
        if self.failing_at == Some(append) {
            let message = "the disk is gone".to_owned();
            return Err(StoreError::Failed { message, source: None });
        }
        end
    }

    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        self.store.load(conversation, range).await
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError> {
        self.store.deliver(conversation, id, item).await
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        self.store.inbox(conversation, from).await
    }

    fn appends_at_once(&self) -> bool {
        true
    }
}

fn entry(reason: &str) -> Entry {
    Entry::Rejected { reason: reason.to_owned() }
}

async fn open(store: &Arc<Late>) -> (Writer, ConversationId) {
    let conversation = ConversationId::from("c");
    let hold = store.hold(&conversation).await.unwrap();
    (Writer::open(store.clone(), conversation.clone(), 0, hold), conversation)
}

#[tokio::test]
async fn what_is_done_at_once_needs_no_task() {
    let store = Arc::new(Late::default());
    let (writer, conversation) = open(&store).await;
    let receipt = writer.submit(&[entry("a"), entry("b")]);
    // Nobody has waited, and it is there.
    assert_eq!(store.load(&conversation, 0..9).await.unwrap(), [entry("a"), entry("b")]);
    receipt.wait().await.unwrap();
    writer.close();
    drop(store.hold(&conversation).await.unwrap());
    assert!(writer.submit(&[entry("late")]).wait().await.unwrap_err().is_store());
}

#[tokio::test]
async fn what_is_late_or_fails_once_is_kept_once_and_in_order() {
    for (late_at, failing_at) in [(1, None), (2, None), (0, Some(1)), (0, Some(2)), (2, Some(2))] {
        let store = Arc::new(Late { late_at, failing_at, ..Late::default() });
        let (writer, conversation) = open(&store).await;
        let receipts = ["a", "b", "c"].map(|name| writer.submit(&[entry(name)]));
        for receipt in receipts {
            receipt.wait().await.unwrap();
        }
        writer.close();
        writer.ended().await;
        let kept = store.load(&conversation, 0..9).await.unwrap();
        assert_eq!(kept, [entry("a"), entry("b"), entry("c")], "{late_at} {failing_at:?}");
        drop(store.hold(&conversation).await.unwrap());
    }
}

#[tokio::test]
async fn what_conflicts_is_told_and_nothing_is_written_after_it() {
    let store = Arc::new(Late::default());
    let (writer, conversation) = open(&store).await;
    let other = store.append(&conversation, 0, AppendId::random(), &[entry("other's")]).await;
    other.unwrap();
    for name in ["a", "b"] {
        let error = writer.submit(&[entry(name)]).wait().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
    }
    assert_eq!(store.load(&conversation, 0..9).await.unwrap(), [entry("other's")]);
}

#[test]
fn ids_behind_a_minted_one_are_others_and_of_its_kind() {
    let first = AppendId::random();
    let (second, third) = (first.next(), first.next().next());
    assert!(first != second && second != third && first != third);
    let kind = |id: AppendId| (id.as_bytes()[6] >> 4, id.as_bytes()[8] >> 6);
    assert_eq!([kind(first), kind(second), kind(third)], [(4, 2); 3]);
}
