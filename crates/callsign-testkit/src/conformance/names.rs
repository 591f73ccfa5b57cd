//! Checks of conversation names: they are compared byte by byte, however long they are.

use std::sync::Arc;

use callsign_types::id::{AppendId, ConversationId};
use callsign_types::traits::conversation_index::{ConversationIndex, ConversationQuery};
use callsign_types::traits::store::Store;

use super::locks::within_timeout;
use super::samples::{message_item, user_entry};
use super::violation::{Violation, ensure_eq};

/// The number of bytes of a long name. It is longer than the name of a file can be.
const LONG: usize = 2000;

/// Checks names with hard characters, and long names.
///
/// # Errors
/// Returns the requirement that `store` violates.
pub async fn names(store: &Arc<dyn Store>) -> Result<(), Violation> {
    hard_names(&**store).await?;
    let names = long_names();
    journals_and_inboxes(&**store, &names).await?;
    locks(&**store, &names).await?;
    match store.index() {
        Some(index) => indexed(&**store, index, &names).await,
        None => Ok(()),
    }
}

async fn hard_names(store: &dyn Store) -> Result<(), Violation> {
    let requirement = "conversation names are compared byte by byte";
    let common = ConversationId::random();
    let tails = ["", " ", "a", "A", "ä", "a\u{308}", "/..", "'", "%", "_", "\\", "\n", "🛬"];
    let names: Vec<ConversationId> =
        tails.iter().map(|tail| format!("{common}{tail}").into()).collect();
    for name in &names {
        store.append(name, 0, AppendId::random(), &[user_entry(name.as_str())]).await?;
    }
    for name in &names {
        let found = store.load(name, 0..u64::MAX).await?;
        ensure_eq(found, vec![user_entry(name.as_str())], requirement)?;
    }
    Ok(())
}

/// Returns long names that differ at their end, at their start, in their middle or in their length.
fn long_names() -> Vec<ConversationId> {
    let common = ConversationId::random();
    let filler = |text: &str, bytes: usize| text.repeat(bytes / text.len());
    let (half, full) = (filler("x", LONG / 2), filler("x", LONG));
    let names = [
        format!("{common}{full}a"),
        format!("{common}{full}b"),
        format!("{common}{full}"),
        format!("a{common}{full}"),
        format!("b{common}{full}"),
        format!("{common}{half}a{half}"),
        format!("{common}{half}b{half}"),
        format!("{common}{}", filler("é", LONG)),
        format!("{common}{}", filler("🛫", LONG)),
    ];
    names.map(ConversationId::from).into()
}

async fn journals_and_inboxes(
    store: &dyn Store,
    names: &[ConversationId],
) -> Result<(), Violation> {
    let requirement = "conversation names are compared byte by byte, however long they are";
    for name in names {
        ensure_eq(store.load(name, 0..9).await?, vec![], requirement)?;
        ensure_eq(store.inbox(name, 0).await?, vec![], requirement)?;
        store.append(name, 0, AppendId::random(), &[user_entry(name.as_str())]).await?;
        store.deliver(name, AppendId::random(), message_item(name.as_str())).await?;
    }
    for name in names {
        let found = store.load(name, 0..9).await?;
        ensure_eq(found, vec![user_entry(name.as_str())], requirement)?;
        let found = store.inbox(name, 0).await?;
        ensure_eq(found, vec![message_item(name.as_str())], requirement)?;
    }
    Ok(())
}

async fn locks(store: &dyn Store, names: &[ConversationId]) -> Result<(), Violation> {
    let mut locks = Vec::new();
    for name in names {
        let requirement = "locks of long names are independent";
        locks.push(within_timeout(store.lock(name), requirement).await??);
    }
    Ok(())
}

async fn indexed(
    store: &dyn Store,
    index: &dyn ConversationIndex,
    names: &[ConversationId],
) -> Result<(), Violation> {
    let labels = [ConversationId::random().as_str().to_owned()].into();
    for name in names {
        index.set_labels(name, &labels).await?;
    }
    let mut query = ConversationQuery::new();
    query.labels = labels;
    let mut found = Vec::new();
    // One name per page, so that each of them is part of a cursor.
    query.limit = 1;
    loop {
        let page = index.list(&query).await?;
        found.extend(page.conversations.into_iter().map(|found| found.id));
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    let mut expected = names.to_vec();
    expected.sort();
    ensure_eq(found, expected, "long names are listed in order")?;

    let Some((first, rest)) = names.split_first() else { return Ok(()) };
    let renamed: ConversationId = format!("{first}c").into();
    index.rename(first, &renamed).await?;
    let requirement = "a long name can be renamed and deleted, and other names stay";
    let found = store.load(&renamed, 0..9).await?;
    ensure_eq(found, vec![user_entry(first.as_str())], requirement)?;
    index.delete(&renamed).await?;
    ensure_eq(store.load(&renamed, 0..9).await?, vec![], requirement)?;
    for name in rest {
        ensure_eq(store.load(name, 0..9).await?.len(), 1, requirement)?;
    }
    Ok(())
}
