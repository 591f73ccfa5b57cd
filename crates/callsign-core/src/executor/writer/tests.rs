#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use callsign_testkit::DelegatingStore;

use super::*;
use crate::memory::MemoryStore;

/// Returns a store whose append `late_at` is stored, but completes late. Append `failing_at` is
/// stored, but fails.
fn faulty_store(late_at: u64, failing_at: Option<u64>) -> Arc<DelegatingStore> {
    let store = DelegatingStore::new(MemoryStore::new()).on_append(move |append| async move {
        let length = append.forward().await?;
        if append.number == late_at {
            tokio::task::yield_now().await;
        }
        if failing_at == Some(append.number) {
            let message = "the disk is gone".to_owned();
            return Err(StoreError::Failed { message, source: None });
        }
        Ok(length)
    });
    assert!(store.appends_immediately());
    Arc::new(store)
}

fn entry(reason: &str) -> Entry {
    Entry::OutputRejected { reason: reason.to_owned() }
}

async fn open(store: &Arc<impl Store>) -> (Writer, ConversationId) {
    let conversation = ConversationId::from("c");
    let lock = store.lock(&conversation).await.unwrap();
    (Writer::open(store.clone(), conversation.clone(), 0, lock), conversation)
}

#[tokio::test]
async fn immediate_append_needs_no_task() {
    let store = Arc::new(MemoryStore::new());
    let (writer, conversation) = open(&store).await;
    let receipt = writer.submit(&[entry("a"), entry("b")]);
    // The entries are stored before the receipt is awaited.
    assert_eq!(store.load(&conversation, 0..9).await.unwrap(), [entry("a"), entry("b")]);
    receipt.wait().await.unwrap();
    writer.close();
    drop(store.lock(&conversation).await.unwrap());
    assert!(writer.submit(&[entry("late")]).wait().await.unwrap_err().is_store());
}

#[tokio::test]
async fn late_or_failed_append_is_stored_once_and_in_order() {
    for (late_at, failing_at) in [(1, None), (2, None), (0, Some(1)), (0, Some(2)), (2, Some(2))] {
        let store = faulty_store(late_at, failing_at);
        let (writer, conversation) = open(&store).await;
        let receipts = ["a", "b", "c"].map(|name| writer.submit(&[entry(name)]));
        for receipt in receipts {
            receipt.wait().await.unwrap();
        }
        writer.close();
        writer.ended().await;
        let stored = store.load(&conversation, 0..9).await.unwrap();
        assert_eq!(stored, [entry("a"), entry("b"), entry("c")], "{late_at} {failing_at:?}");
        drop(store.lock(&conversation).await.unwrap());
    }
}

#[tokio::test]
async fn conflict_fails_all_later_submissions() {
    let store = Arc::new(MemoryStore::new());
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
fn successive_append_ids_are_distinct_and_valid() {
    let first = AppendId::random();
    let (second, third) = (first.next(), first.next().next());
    assert!(first != second && second != third && first != third);
    let kind = |id: AppendId| (id.as_bytes()[6] >> 4, id.as_bytes()[8] >> 6);
    assert_eq!([kind(first), kind(second), kind(third)], [(4, 2); 3]);
}
