//! Journals: what was appended is there, once, in order, and only after what was expected.

use std::sync::Arc;

use callsign_core::traits::store::Store;
use callsign_core::words::id::{AppendId, ConversationId};

use super::samples::{every_entry, said};
use super::violation::{Violation, ensure_conflict, ensure_eq};

/// Checks appending and loading by one caller.
///
/// # Errors
/// The promise that is broken, and how.
pub async fn journals(store: &Arc<dyn Store>) -> Result<(), Violation> {
    unknown(&**store).await?;
    every_kind(&**store).await?;
    ranges(&**store).await?;
    conflicts(&**store).await?;
    repeats(&**store).await?;
    nothing(&**store).await?;
    names(&**store).await
}

async fn unknown(store: &dyn Store) -> Result<(), Violation> {
    let promise = "a conversation that does not exist has no entries";
    let conversation = ConversationId::random();
    ensure_eq(store.load(&conversation, 0..u64::MAX).await?, vec![], promise)?;
    let outcome = store.append(&conversation, 1, AppendId::random(), &[said("a")]).await;
    ensure_conflict(outcome, (1, 0), promise)
}

async fn every_kind(store: &dyn Store) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let entries = every_entry();
    let count = entries.len() as u64;
    let length = store.append(&conversation, 0, AppendId::random(), &entries).await?;
    ensure_eq(length, count, "an append answers the journal's new length")?;
    let found = store.load(&conversation, 0..count).await?;
    ensure_eq(found, entries, "every kind of entry is kept as it is")
}

async fn ranges(store: &dyn Store) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let entries: Vec<_> = (0..5).map(|n| said(&n.to_string())).collect();
    store.append(&conversation, 0, AppendId::random(), &entries[..2]).await?;
    store.append(&conversation, 2, AppendId::random(), &entries[2..]).await?;
    for (start, end) in [(0, 5), (0, u64::MAX), (1, 3), (2, 3), (4, 9), (0, 0), (5, 7), (9, 11)] {
        let promised: Vec<_> = entries
            .iter()
            .zip(0..)
            .filter(|(_, position)| (start..end).contains(position))
            .map(|(entry, _)| entry.clone())
            .collect();
        let found = store.load(&conversation, start..end).await?;
        ensure_eq(found, promised, &format!("loading {start}..{end} of five entries"))?;
    }
    let found = store.load(&conversation, u64::MAX - 1..u64::MAX).await?;
    ensure_eq(found, vec![], "there is nothing beyond the end")
}

async fn conflicts(store: &dyn Store) -> Result<(), Violation> {
    let promise = "an append at another place than the end adds nothing";
    let conversation = ConversationId::random();
    store.append(&conversation, 0, AppendId::random(), &[said("a"), said("b")]).await?;
    for at in [0, 1, 3, 1_000_000] {
        let outcome = store.append(&conversation, at, AppendId::random(), &[said("c")]).await;
        ensure_conflict(outcome, (at, 2), promise)?;
    }
    let found = store.load(&conversation, 0..u64::MAX).await?;
    ensure_eq(found, vec![said("a"), said("b")], promise)
}

async fn repeats(store: &dyn Store) -> Result<(), Violation> {
    let promise = "an append that is repeated succeeds again and adds nothing";
    let conversation = ConversationId::random();
    let (first, second) = (AppendId::random(), AppendId::random());
    let (one, two) = ([said("a"), said("b")], [said("c")]);
    for _ in 0..2 {
        ensure_eq(store.append(&conversation, 0, first, &one).await?, 2, promise)?;
    }
    for _ in 0..2 {
        ensure_eq(store.append(&conversation, 2, second, &two).await?, 3, promise)?;
    }
    let again = store.append(&conversation, 0, first, &one).await?;
    ensure_eq(again, 2, "a repeated append is known when others came after it")?;

    let promise = "an append under a known id, but of other entries, is another append";
    let fewer = store.append(&conversation, 0, first, &one[..1]).await;
    ensure_conflict(fewer, (0, 3), promise)?;
    let elsewhere = store.append(&conversation, 1, second, &two).await;
    ensure_conflict(elsewhere, (1, 3), promise)?;
    let other = ConversationId::random();
    ensure_eq(store.append(&other, 0, first, &one).await?, 2, "ids belong to one conversation")?;
    let found = store.load(&conversation, 0..u64::MAX).await?;
    ensure_eq(found, vec![said("a"), said("b"), said("c")], promise)
}

async fn nothing(store: &dyn Store) -> Result<(), Violation> {
    let promise = "an append of nothing only compares lengths";
    let conversation = ConversationId::random();
    ensure_eq(store.append(&conversation, 0, AppendId::random(), &[]).await?, 0, promise)?;
    store.append(&conversation, 0, AppendId::random(), &[said("a")]).await?;
    ensure_eq(store.append(&conversation, 1, AppendId::random(), &[]).await?, 1, promise)?;
    for at in [0, 2] {
        let outcome = store.append(&conversation, at, AppendId::random(), &[]).await;
        ensure_conflict(outcome, (at, 1), promise)?;
    }
    Ok(())
}

async fn names(store: &dyn Store) -> Result<(), Violation> {
    let promise = "conversations whose names differ at all are different ones";
    let common = ConversationId::random();
    let tails = ["", " ", "a", "A", "ä", "a\u{308}", "/..", "'", "%", "_", "\\", "\n", "🛬"];
    let long = "x".repeat(2000);
    let names: Vec<ConversationId> =
        tails.iter().chain([&long.as_str()]).map(|tail| format!("{common}{tail}").into()).collect();
    for name in &names {
        store.append(name, 0, AppendId::random(), &[said(name.as_str())]).await?;
    }
    for name in &names {
        let found = store.load(name, 0..u64::MAX).await?;
        ensure_eq(found, vec![said(name.as_str())], promise)?;
    }
    Ok(())
}
