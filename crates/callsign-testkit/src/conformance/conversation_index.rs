//! Checks of conversation indexes: listing in pages, labels, renaming and deletion.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use callsign_types::id::{AppendId, ConversationId};
use callsign_types::traits::conversation_index::{
    ConversationIndex, ConversationInfo, ConversationOrder, ConversationQuery, Cursor,
    unix_milliseconds,
};
use callsign_types::traits::store::{Store, StoreError};
use tokio::time::sleep;

use super::samples::{message_item, user_entry};
use super::violation::{Violation, ensure, ensure_conflict, ensure_eq};

/// Longer than one millisecond, which is the resolution of times in an index.
const TICK: Duration = Duration::from_millis(3);

/// Checks the conversation index. A store without an index passes.
///
/// # Errors
/// Returns the requirement that `store` violates.
pub async fn conversation_index(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let Some(index) = store.index() else { return Ok(()) };
    list(&**store, index).await?;
    pages(&**store, index).await?;
    prefixes(&**store, index).await?;
    agents(&**store, index).await?;
    labels(&**store, index).await?;
    times(&**store, index).await?;
    rename(&**store, index).await?;
    delete(&**store, index).await
}

/// Returns a query for the conversations with this prefix, ordered by name.
fn with_prefix(prefix: &ConversationId) -> ConversationQuery {
    let mut query = ConversationQuery::new();
    query.prefix = prefix.as_str().to_owned();
    query
}

/// Returns the names on all pages of a query.
async fn names(
    index: &dyn ConversationIndex,
    query: &ConversationQuery,
) -> Result<Vec<String>, Violation> {
    let mut query = query.clone();
    let mut names = Vec::new();
    loop {
        let page = index.list(&query).await?;
        let count = page.conversations.len();
        ensure(count <= query.limit, "a page has at most `limit` conversations")?;
        names.extend(page.conversations.iter().map(|found| found.id.as_str().to_owned()));
        let Some(next) = page.next else { return Ok(names) };
        ensure_eq(count, query.limit, "every page except the last has `limit` conversations")?;
        // As text, the way an application sends it to a client and receives it back.
        let next = next.to_string().parse::<Cursor>();
        let next = next.map_err(|_| Violation::new("a cursor can be parsed from its text"))?;
        query.after = Some(next);
    }
}

async fn info(
    index: &dyn ConversationIndex,
    conversation: &ConversationId,
) -> Result<ConversationInfo, Violation> {
    let page = index.list(&with_prefix(conversation)).await?;
    let found = page.conversations.into_iter().find(|found| found.id == *conversation);
    found.ok_or_else(|| Violation::new("a conversation with entries is listed"))
}

fn suffixed(base: &ConversationId, suffix: &str) -> ConversationId {
    format!("{base}{suffix}").into()
}

fn set(labels: &[&str]) -> BTreeSet<String> {
    labels.iter().map(|&label| label.to_owned()).collect()
}

fn ensure_not_found(outcome: Result<(), StoreError>, requirement: &str) -> Result<(), Violation> {
    ensure(matches!(outcome, Err(StoreError::NotFound(_))), requirement)
}

/// Creates a conversation with one entry.
async fn create(store: &dyn Store, conversation: &ConversationId) -> Result<(), Violation> {
    let entries = [user_entry(conversation.as_str())];
    store.append(conversation, 0, AppendId::random(), &entries).await?;
    Ok(())
}

async fn agents(store: &dyn Store, index: &dyn ConversationIndex) -> Result<(), Violation> {
    let own = ConversationId::random();
    let of_agent = ConversationId::from(format!("{}{own}", ConversationId::AGENTS));
    let mut query = ConversationQuery::new();
    query.labels = set(&[own.as_str()]);
    for conversation in [&own, &of_agent] {
        create(store, conversation).await?;
        index.set_labels(conversation, &query.labels).await?;
    }
    for order in [ConversationOrder::Name, ConversationOrder::Created, ConversationOrder::Changed] {
        query.order = order;
        query.agents = true;
        let found = names(index, &query).await?;
        ensure_eq(found.len(), 2, "with `agents`, conversations of sub-agents are listed")?;
        query.agents = false;
        let found = names(index, &query).await?;
        let requirement = "without `agents`, conversations of sub-agents are not listed";
        ensure_eq(found, vec![own.to_string()], requirement)?;
    }
    Ok(())
}

async fn list(store: &dyn Store, index: &dyn ConversationIndex) -> Result<(), Violation> {
    let base = ConversationId::random();
    let query = with_prefix(&base);
    let (appended, delivered) = (suffixed(&base, "/a"), suffixed(&base, "/b"));
    let lock = store.lock(&appended).await?;
    store.load(&appended, 0..9).await?;
    store.append(&appended, 0, AppendId::random(), &[]).await?;
    let found = names(index, &query).await?;
    ensure_eq(found, vec![], "a conversation without entries and inbox items is not listed")?;

    let entries = [user_entry("a"), user_entry("b")];
    store.append(&appended, 0, AppendId::random(), &entries).await?;
    store.deliver(&delivered, AppendId::random(), message_item("c")).await?;
    drop(lock);
    let page = index.list(&query).await?;
    ensure(page.next.is_none(), "the last page has no cursor")?;
    let found: Vec<_> =
        page.conversations.iter().map(|one| (one.id.clone(), one.entries)).collect();
    ensure_eq(found, vec![(appended, 2), (delivered, 0)], "`entries` is the number of entries")?;
    for found in &page.conversations {
        ensure(found.labels.is_empty(), "a new conversation has no labels")?;
        let requirement = "a new conversation has the same `created` and `changed`";
        ensure_eq(found.created(), found.changed(), requirement)?;
    }
    Ok(())
}

async fn pages(store: &dyn Store, index: &dyn ConversationIndex) -> Result<(), Violation> {
    let base = ConversationId::random();
    let tails = ["/", "/10", "/9", "/B", "/a", "/aa", "/ä", "/🛫", "/\u{fffd}", "/a.b", "/ ", "/%"];
    let mut expected: Vec<String> = tails.iter().map(|tail| format!("{base}{tail}")).collect();
    for name in &expected {
        create(store, &name.into()).await?;
    }
    expected.sort();
    let orders = [ConversationOrder::Name, ConversationOrder::Created, ConversationOrder::Changed];
    for (order, limit) in orders.into_iter().flat_map(|order| [(order, 1), (order, 5), (order, 12)])
    {
        let mut query = with_prefix(&base);
        (query.order, query.limit) = (order, limit);
        let mut found = names(index, &query).await?;
        if order != ConversationOrder::Name {
            found.sort();
        }
        ensure_eq(found, expected.clone(), "the pages list each conversation once, in order")?;
    }

    let mut query = with_prefix(&base);
    query.limit = 5;
    query.after = index.list(&query).await?.next;
    let last: ConversationId = expected[4].as_str().into();
    index.delete(&last).await?;
    let found = names(index, &query).await?;
    let requirement = "a cursor stays valid after its conversation is deleted";
    ensure_eq(found, expected[5..].to_vec(), requirement)
}

async fn prefixes(store: &dyn Store, index: &dyn ConversationIndex) -> Result<(), Violation> {
    let base = ConversationId::random();
    let tails =
        ["a", "A", "a%b", "a_b", "a\\b", "ab", "b", "é", "e\u{301}", "🛫", "🛫!", "a*", "[a"];
    for tail in tails {
        create(store, &suffixed(&base, tail)).await?;
    }
    for prefix in ["", "a", "A", "a%", "a_", "a\\", "e", "é", "🛫", "a*", "[", "z"] {
        let mut expected: Vec<String> = tails
            .iter()
            .filter(|tail| tail.starts_with(prefix))
            .map(|tail| format!("{base}{tail}"))
            .collect();
        expected.sort();
        let found = names(index, &with_prefix(&suffixed(&base, prefix))).await?;
        ensure_eq(found, expected, &format!("the names with the prefix {prefix:?} are listed"))?;
    }
    Ok(())
}

async fn labels(store: &dyn Store, index: &dyn ConversationIndex) -> Result<(), Violation> {
    let base = ConversationId::random();
    let (a, b, c) = (suffixed(&base, "a"), suffixed(&base, "b"), suffixed(&base, "c"));
    // A label that no other conversation has, so that queries also work without the prefix.
    let own = ConversationId::random();
    let hard = "it's; -- \" \\ {é} 🛫 %_?1$1=@";
    let requirement = "`set_labels` fails if the conversation does not exist";
    ensure_not_found(index.set_labels(&a, &set(&["x"])).await, requirement)?;
    for name in [&a, &b, &c] {
        create(store, name).await?;
    }
    let before = info(index, &a).await?;
    index.set_labels(&a, &set(&[own.as_str(), "old", "gone"])).await?;
    index.set_labels(&a, &set(&[own.as_str(), hard, "old"])).await?;
    index.set_labels(&b, &set(&[own.as_str(), "old"])).await?;
    let found = info(index, &a).await?;
    ensure_eq(found.changed(), before.changed(), "`set_labels` keeps `changed`")?;
    let requirement = "`set_labels` replaces all labels";
    ensure_eq(found.labels, set(&[own.as_str(), hard, "old"]), requirement)?;

    let queries: [(&[&str], &[&ConversationId]); 6] = [
        (&[own.as_str()], &[&a, &b]),
        (&[own.as_str(), hard], &[&a]),
        (&[own.as_str(), "old", hard], &[&a]),
        (&[own.as_str(), "gone"], &[]),
        (&[own.as_str(), "OLD"], &[]),
        (&[own.as_str(), "ol"], &[]),
    ];
    for (labels, expected) in queries {
        let mut query = ConversationQuery::new();
        query.labels = set(labels);
        let expected: Vec<_> = expected.iter().map(|name| name.as_str().to_owned()).collect();
        let found = names(index, &query).await?;
        ensure_eq(found, expected.clone(), "conversations with all of the labels are listed")?;
        query.prefix = base.as_str().to_owned();
        let requirement = "conversations with all of the labels and the prefix are listed";
        ensure_eq(names(index, &query).await?, expected, requirement)?;
    }
    index.set_labels(&b, &set(&[])).await?;
    ensure_eq(info(index, &b).await?.labels, set(&[]), "`set_labels` can remove all labels")
}

async fn times(store: &dyn Store, index: &dyn ConversationIndex) -> Result<(), Violation> {
    let base = ConversationId::random();
    let (a, b, c) = (suffixed(&base, "a"), suffixed(&base, "b"), suffixed(&base, "c"));
    for name in [&a, &c, &b] {
        create(store, name).await?;
        sleep(TICK).await;
    }
    store.append(&c, 1, AppendId::random(), &[user_entry("more")]).await?;
    sleep(TICK).await;
    store.deliver(&a, AppendId::random(), message_item("more")).await?;
    let query = |change: &dyn Fn(&mut ConversationQuery)| {
        let mut query = with_prefix(&base);
        change(&mut query);
        query.limit = 2;
        query
    };
    let tails = |found: Vec<String>| -> String {
        found.iter().filter_map(|name| name.strip_prefix(base.as_str())).collect()
    };
    let created = query(&|query| query.order = ConversationOrder::Created);
    let found = names(index, &created).await?;
    ensure_eq(tails(found), "bca".to_owned(), "the order `Created` lists the newest first")?;
    let changed = query(&|query| query.order = ConversationOrder::Changed);
    let found = names(index, &changed).await?;
    ensure_eq(tails(found), "acb".to_owned(), "the order `Changed` lists the last changed first")?;

    let of_c = info(index, &c).await?;
    let (created, changed) = (unix_milliseconds(of_c.created()), unix_milliseconds(of_c.changed()));
    ensure(created < changed, "an append sets `changed` and keeps `created`")?;
    for (query, expected) in [
        (query(&|query| query.created_since = Some(created)), "bc"),
        (query(&|query| query.created_since = Some(created + 1)), "b"),
        (query(&|query| query.created_before = Some(created)), "a"),
        (query(&|query| query.changed_since = Some(changed)), "ac"),
        (query(&|query| query.changed_since = Some(changed + 1)), "a"),
        (query(&|query| query.changed_before = Some(changed)), "b"),
        (query(&|query| query.changed_before = Some(0)), ""),
    ] {
        let found = names(index, &query).await?;
        let requirement = "`…_since` is an inclusive bound, and `…_before` an exclusive one";
        ensure_eq(tails(found), expected.to_owned(), requirement)?;
    }
    Ok(())
}

async fn rename(store: &dyn Store, index: &dyn ConversationIndex) -> Result<(), Violation> {
    let (old, new) = (ConversationId::random(), ConversationId::random());
    let (append, delivery) = (AppendId::random(), AppendId::random());
    let requirement = "`rename` fails if the conversation does not exist";
    ensure_not_found(index.rename(&old, &new).await, requirement)?;
    let entries = [user_entry("a"), user_entry("b")];
    store.append(&old, 0, append, &entries).await?;
    store.deliver(&old, delivery, message_item("c")).await?;
    index.set_labels(&old, &set(&["x"])).await?;
    let before = info(index, &old).await?;
    let taken = ConversationId::random();
    store.deliver(&taken, AppendId::random(), message_item("d")).await?;
    for name in [&taken, &old] {
        let outcome = index.rename(&old, name).await;
        let is_refused = matches!(&outcome, Err(StoreError::AlreadyExists(found)) if found == name);
        ensure(is_refused, "`rename` fails if the new name is taken")?;
    }

    index.rename(&old, &new).await?;
    let requirement = "`rename` keeps entries, inbox, labels, times and known ids";
    let after = info(index, &new).await?;
    let mut renamed = before;
    renamed.id = new.clone();
    ensure_eq(after, renamed, requirement)?;
    ensure_eq(&store.load(&new, 0..9).await?[..], &entries[..], requirement)?;
    ensure_eq(store.inbox(&new, 0).await?, vec![message_item("c")], requirement)?;
    ensure_eq(store.append(&new, 0, append, &entries).await?, 2, requirement)?;
    ensure_eq(store.deliver(&new, delivery, message_item("c")).await?, 0, requirement)?;

    let requirement = "`rename` leaves nothing under the old name";
    ensure_eq(names(index, &with_prefix(&old)).await?, vec![], requirement)?;
    ensure_eq(store.load(&old, 0..9).await?, vec![], requirement)?;
    ensure_eq(store.inbox(&old, 0).await?, vec![], requirement)?;
    ensure_not_found(index.rename(&old, &ConversationId::random()).await, requirement)?;
    create(store, &old).await?;
    let length = store.load(&new, 0..9).await?.len();
    ensure_eq(length, 2, "a new conversation under the old name is independent")
}

async fn delete(store: &dyn Store, index: &dyn ConversationIndex) -> Result<(), Violation> {
    let name = ConversationId::random();
    let other = suffixed(&name, "/other");
    create(store, &other).await?;
    let requirement = "`delete` fails if the conversation does not exist";
    ensure_not_found(index.delete(&name).await, requirement)?;
    let (append, delivery) = (AppendId::random(), AppendId::random());
    store.append(&name, 0, append, &[user_entry("a"), user_entry("b")]).await?;
    store.deliver(&name, delivery, message_item("c")).await?;
    index.set_labels(&name, &set(&["x"])).await?;
    index.delete(&name).await?;

    let requirement = "`delete` leaves nothing of the conversation";
    ensure_not_found(index.delete(&name).await, requirement)?;
    ensure_not_found(index.set_labels(&name, &set(&[])).await, requirement)?;
    ensure_eq(store.load(&name, 0..9).await?, vec![], requirement)?;
    ensure_eq(store.inbox(&name, 0).await?, vec![], requirement)?;
    let found = names(index, &with_prefix(&name)).await?;
    ensure_eq(found, vec![other.as_str().to_owned()], requirement)?;
    let outdated = store.append(&name, 2, AppendId::random(), &[user_entry("d")]).await;
    ensure_conflict(outdated, (2, 0), requirement)?;

    let requirement = "a new conversation under the name of a deleted one is independent";
    ensure_eq(store.append(&name, 0, append, &[user_entry("d")]).await?, 1, requirement)?;
    ensure_eq(store.deliver(&name, delivery, message_item("e")).await?, 0, requirement)?;
    ensure_eq(store.load(&name, 0..9).await?, vec![user_entry("d")], requirement)?;
    ensure_eq(store.inbox(&name, 0).await?, vec![message_item("e")], requirement)?;
    ensure_eq(info(index, &name).await?.labels, set(&[]), requirement)?;
    ensure_eq(store.load(&other, 0..9).await?.len(), 1, "`delete` keeps other conversations")
}
