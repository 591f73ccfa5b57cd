//! Checks of inboxes: every delivery is stored once, in order, whether or not the conversation is
//! locked.

use std::sync::Arc;

use callsign_types::id::{AppendId, ConversationId};
use callsign_types::traits::store::Store;

use super::samples::{decision_item, late_result_item, message_item, user_entry};
use super::violation::{Violation, ensure_eq};

/// Checks `deliver` and `inbox` with one caller.
///
/// # Errors
/// Returns the requirement that `store` violates.
pub async fn inbox(store: &Arc<dyn Store>) -> Result<(), Violation> {
    order(&**store).await?;
    repeated_deliveries(&**store).await?;
    locked_conversation(&**store).await
}

async fn order(store: &dyn Store) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let found = store.inbox(&conversation, 0).await?;
    ensure_eq(found, vec![], "a conversation that does not exist has no inbox items")?;
    let last = message_item("it's \u{0} 🛫");
    let items = [message_item("a"), decision_item(), late_result_item(), last];
    for (position, item) in (0..).zip(&items) {
        let found = store.deliver(&conversation, AppendId::random(), item.clone()).await?;
        ensure_eq(found, position, "inbox positions are consecutive and begin at 0")?;
    }
    for (from, expected) in [(0, &items[..]), (1, &items[1..]), (4, &[]), (u64::MAX, &[])] {
        let found = store.inbox(&conversation, from).await?;
        let requirement = "`inbox` returns the items at `from` and after, oldest first";
        ensure_eq(&found[..], expected, requirement)?;
    }
    Ok(())
}

async fn repeated_deliveries(store: &dyn Store) -> Result<(), Violation> {
    let requirement = "a repeated delivery returns the same position and adds nothing";
    let conversation = ConversationId::random();
    let ids = [AppendId::random(), AppendId::random()];
    for _ in 0..2 {
        for (position, id) in (0..).zip(ids) {
            let found = store.deliver(&conversation, id, message_item("a")).await?;
            ensure_eq(found, position, requirement)?;
        }
    }
    ensure_eq(store.inbox(&conversation, 0).await?.len(), 2, requirement)?;
    let other = store.deliver(&ConversationId::random(), ids[1], message_item("a")).await?;
    ensure_eq(other, 0, "delivery ids are scoped to one conversation")
}

async fn locked_conversation(store: &dyn Store) -> Result<(), Violation> {
    let requirement = "deliveries ignore the lock, and do not affect the journal";
    let conversation = ConversationId::random();
    let lock = store.lock(&conversation).await?;
    store.deliver(&conversation, AppendId::random(), message_item("a")).await?;
    let length = store.append(&conversation, 0, AppendId::random(), &[user_entry("b")]).await?;
    ensure_eq(length, 1, requirement)?;
    let second = store.deliver(&conversation, AppendId::random(), message_item("c")).await?;
    ensure_eq(second, 1, requirement)?;
    drop(lock);
    ensure_eq(store.load(&conversation, 0..9).await?, vec![user_entry("b")], requirement)?;
    let items = vec![message_item("a"), message_item("c")];
    ensure_eq(store.inbox(&conversation, 0).await?, items, requirement)
}
