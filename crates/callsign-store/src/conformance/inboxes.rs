//! Inboxes: what was delivered is there, once, in order, whoever holds the conversation.

use std::sync::Arc;

use callsign_core::traits::store::Store;
use callsign_core::words::id::{AppendId, ConversationId};

use super::samples::{came_late, decided, item, said};
use super::violation::{Violation, ensure_eq};

/// Checks delivering and taking by one caller.
///
/// # Errors
/// The promise that is broken, and how.
pub async fn inboxes(store: &Arc<dyn Store>) -> Result<(), Violation> {
    order(&**store).await?;
    once(&**store).await?;
    beside(&**store).await
}

async fn order(store: &dyn Store) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let found = store.inbox(&conversation, 0).await?;
    ensure_eq(found, vec![], "a conversation that does not exist has no inbox items")?;
    let items = [item("a"), decided(), came_late(), item("it's \u{0} 🛫")];
    for (position, item) in (0..).zip(&items) {
        let found = store.deliver(&conversation, AppendId::random(), item.clone()).await?;
        ensure_eq(found, position, "positions in an inbox are counted from 0")?;
    }
    for (from, promised) in [(0, &items[..]), (1, &items[1..]), (4, &[]), (u64::MAX, &[])] {
        let found = store.inbox(&conversation, from).await?;
        ensure_eq(&found[..], promised, "an inbox is read from a position on, oldest first")?;
    }
    Ok(())
}

async fn once(store: &dyn Store) -> Result<(), Violation> {
    let promise = "delivering again under the same id adds nothing";
    let conversation = ConversationId::random();
    let ids = [AppendId::random(), AppendId::random()];
    for _ in 0..2 {
        for (position, id) in (0..).zip(ids) {
            let found = store.deliver(&conversation, id, item("a")).await?;
            ensure_eq(found, position, promise)?;
        }
    }
    ensure_eq(store.inbox(&conversation, 0).await?.len(), 2, promise)?;
    let other = store.deliver(&ConversationId::random(), ids[1], item("a")).await?;
    ensure_eq(other, 0, "ids belong to one conversation")
}

async fn beside(store: &dyn Store) -> Result<(), Violation> {
    let promise = "an inbox is open whoever holds the conversation, and no part of its journal";
    let conversation = ConversationId::random();
    let hold = store.hold(&conversation).await?;
    store.deliver(&conversation, AppendId::random(), item("a")).await?;
    let length = store.append(&conversation, 0, AppendId::random(), &[said("b")]).await?;
    ensure_eq(length, 1, promise)?;
    let second = store.deliver(&conversation, AppendId::random(), item("c")).await?;
    ensure_eq(second, 1, promise)?;
    drop(hold);
    ensure_eq(store.load(&conversation, 0..9).await?, vec![said("b")], promise)?;
    ensure_eq(store.inbox(&conversation, 0).await?, vec![item("a"), item("c")], promise)
}
