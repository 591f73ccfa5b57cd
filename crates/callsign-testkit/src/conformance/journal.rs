//! Checks of journals: every append is stored once, in order, and only at the expected length.

use std::sync::Arc;

use callsign_types::id::{AppendId, ConversationId};
use callsign_types::traits::store::Store;

use super::samples::{every_entry, user_entry};
use super::violation::{Violation, ensure_conflict, ensure_eq};

/// Checks `append` and `load` with one caller.
///
/// # Errors
/// Returns the requirement that `store` violates.
pub async fn journal(store: &Arc<dyn Store>) -> Result<(), Violation> {
    unknown_conversation(&**store).await?;
    every_kind(&**store).await?;
    ranges(&**store).await?;
    conflicts(&**store).await?;
    repeated_appends(&**store).await?;
    empty_appends(&**store).await
}

async fn unknown_conversation(store: &dyn Store) -> Result<(), Violation> {
    let requirement = "a conversation that does not exist has no entries";
    let conversation = ConversationId::random();
    ensure_eq(store.load(&conversation, 0..u64::MAX).await?, vec![], requirement)?;
    let outcome = store.append(&conversation, 1, AppendId::random(), &[user_entry("a")]).await;
    ensure_conflict(outcome, (1, 0), requirement)
}

async fn every_kind(store: &dyn Store) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let entries = every_entry();
    let count = entries.len() as u64;
    let length = store.append(&conversation, 0, AppendId::random(), &entries).await?;
    ensure_eq(length, count, "`append` returns the new length of the journal")?;
    let found = store.load(&conversation, 0..count).await?;
    ensure_eq(found, entries, "`load` returns entries of every kind unchanged")
}

async fn ranges(store: &dyn Store) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let entries: Vec<_> = (0..5).map(|n| user_entry(&n.to_string())).collect();
    store.append(&conversation, 0, AppendId::random(), &entries[..2]).await?;
    store.append(&conversation, 2, AppendId::random(), &entries[2..]).await?;
    for (start, end) in [(0, 5), (0, u64::MAX), (1, 3), (2, 3), (4, 9), (0, 0), (5, 7), (9, 11)] {
        let expected: Vec<_> = entries
            .iter()
            .zip(0..)
            .filter(|(_, position)| (start..end).contains(position))
            .map(|(entry, _)| entry.clone())
            .collect();
        let found = store.load(&conversation, start..end).await?;
        ensure_eq(found, expected, &format!("`load` of {start}..{end} in a journal of 5 entries"))?;
    }
    let found = store.load(&conversation, u64::MAX - 1..u64::MAX).await?;
    ensure_eq(found, vec![], "`load` past the end of the journal returns no entries")
}

async fn conflicts(store: &dyn Store) -> Result<(), Violation> {
    let requirement = "an append at a position other than the end adds nothing";
    let conversation = ConversationId::random();
    let entries = [user_entry("a"), user_entry("b")];
    store.append(&conversation, 0, AppendId::random(), &entries).await?;
    for at in [0, 1, 3, 1_000_000] {
        let outcome = store.append(&conversation, at, AppendId::random(), &[user_entry("c")]).await;
        ensure_conflict(outcome, (at, 2), requirement)?;
    }
    let found = store.load(&conversation, 0..u64::MAX).await?;
    ensure_eq(found, entries.to_vec(), requirement)
}

async fn repeated_appends(store: &dyn Store) -> Result<(), Violation> {
    let requirement = "a repeated append succeeds and adds nothing";
    let conversation = ConversationId::random();
    let (first, second) = (AppendId::random(), AppendId::random());
    let (one, two) = ([user_entry("a"), user_entry("b")], [user_entry("c")]);
    for _ in 0..2 {
        ensure_eq(store.append(&conversation, 0, first, &one).await?, 2, requirement)?;
    }
    for _ in 0..2 {
        ensure_eq(store.append(&conversation, 2, second, &two).await?, 3, requirement)?;
    }
    let again = store.append(&conversation, 0, first, &one).await?;
    ensure_eq(again, 2, "a repeated append succeeds even if other appends came after the first")?;

    let requirement = "an append with a known id, but another position or count, is a conflict";
    let fewer = store.append(&conversation, 0, first, &one[..1]).await;
    ensure_conflict(fewer, (0, 3), requirement)?;
    let elsewhere = store.append(&conversation, 1, second, &two).await;
    ensure_conflict(elsewhere, (1, 3), requirement)?;
    let other = ConversationId::random();
    let length = store.append(&other, 0, first, &one).await?;
    ensure_eq(length, 2, "append ids are scoped to one conversation")?;
    let found = store.load(&conversation, 0..u64::MAX).await?;
    ensure_eq(found, vec![user_entry("a"), user_entry("b"), user_entry("c")], requirement)
}

async fn empty_appends(store: &dyn Store) -> Result<(), Violation> {
    let requirement = "an append of no entries only compares the length";
    let conversation = ConversationId::random();
    ensure_eq(store.append(&conversation, 0, AppendId::random(), &[]).await?, 0, requirement)?;
    store.append(&conversation, 0, AppendId::random(), &[user_entry("a")]).await?;
    ensure_eq(store.append(&conversation, 1, AppendId::random(), &[]).await?, 1, requirement)?;
    for at in [0, 2] {
        let outcome = store.append(&conversation, at, AppendId::random(), &[]).await;
        ensure_conflict(outcome, (at, 1), requirement)?;
    }
    Ok(())
}
