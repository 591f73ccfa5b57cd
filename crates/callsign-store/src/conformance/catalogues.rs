//! Catalogues: what is kept is listed, page by page, and can be labelled, renamed and deleted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use callsign_core::traits::catalogue::{
    Catalogue, ConversationInfo, ConversationOrder, ConversationQuery, Cursor, unix_milliseconds,
};
use callsign_core::traits::store::{Store, StoreError};
use callsign_core::words::id::{AppendId, ConversationId};
use tokio::time::sleep;

use super::samples::{item, said};
use super::violation::{Violation, ensure, ensure_conflict, ensure_eq};

/// More than the clocks of stores need to go on by one millisecond.
const TICK: Duration = Duration::from_millis(3);

/// Checks the list of conversations, and what is done to whole ones. A store that keeps no list
/// passes.
///
/// # Errors
/// The promise that is broken, and how.
pub async fn catalogues(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let Some(catalogue) = store.catalogue() else { return Ok(()) };
    listed(&**store, catalogue).await?;
    pages(&**store, catalogue).await?;
    prefixes(&**store, catalogue).await?;
    agents(&**store, catalogue).await?;
    labels(&**store, catalogue).await?;
    times(&**store, catalogue).await?;
    renamed(&**store, catalogue).await?;
    deleted(&**store, catalogue).await
}

/// All conversations whose names begin so, ordered by name.
fn beginning(prefix: &ConversationId) -> ConversationQuery {
    let mut query = ConversationQuery::new();
    query.prefix = prefix.as_str().to_owned();
    query
}

/// The names that a query finds on all its pages.
async fn names(
    catalogue: &dyn Catalogue,
    query: &ConversationQuery,
) -> Result<Vec<String>, Violation> {
    let mut query = query.clone();
    let mut names = Vec::new();
    loop {
        let page = catalogue.list(&query).await?;
        ensure(page.conversations.len() <= query.limit, "a page is not longer than its limit")?;
        names.extend(page.conversations.iter().map(|found| found.id.as_str().to_owned()));
        let Some(next) = page.next else { return Ok(names) };
        ensure_eq(page.conversations.len(), query.limit, "only the last page is shorter")?;
        // Sent out and taken in again, as a service does.
        let next: Cursor =
            next.to_string().parse().map_err(|_| Violation::of("a cursor is text"))?;
        query.after = Some(next);
    }
}

async fn info(
    catalogue: &dyn Catalogue,
    conversation: &ConversationId,
) -> Result<ConversationInfo, Violation> {
    let page = catalogue.list(&beginning(conversation)).await?;
    let found = page.conversations.into_iter().find(|found| found.id == *conversation);
    found.ok_or_else(|| Violation::of("a conversation that was begun is listed"))
}

fn named(start: &ConversationId, tail: &str) -> ConversationId {
    format!("{start}{tail}").into()
}

fn set(labels: &[&str]) -> BTreeSet<String> {
    labels.iter().map(|&label| label.to_owned()).collect()
}

fn ensure_not_found(outcome: Result<(), StoreError>, promise: &str) -> Result<(), Violation> {
    ensure(matches!(outcome, Err(StoreError::NotFound(_))), promise)
}

async fn begin(store: &dyn Store, conversation: &ConversationId) -> Result<(), Violation> {
    store.append(conversation, 0, AppendId::random(), &[said(conversation.as_str())]).await?;
    Ok(())
}

async fn agents(store: &dyn Store, catalogue: &dyn Catalogue) -> Result<(), Violation> {
    let own = ConversationId::random();
    let of_agent = ConversationId::from(format!("{}{own}", ConversationId::AGENTS));
    let mut query = ConversationQuery::new();
    query.labels = set(&[own.as_str()]);
    for conversation in [&own, &of_agent] {
        begin(store, conversation).await?;
        catalogue.set_labels(conversation, &query.labels).await?;
    }
    for order in [ConversationOrder::Name, ConversationOrder::Created, ConversationOrder::Changed] {
        query.order = order;
        query.agents = true;
        let found = names(catalogue, &query).await?;
        ensure_eq(found.len(), 2, "agents' conversations are listed where they are asked for")?;
        query.agents = false;
        let found = names(catalogue, &query).await?;
        ensure_eq(found, vec![own.to_string()], "agents' conversations are left out otherwise")?;
    }
    Ok(())
}

async fn listed(store: &dyn Store, catalogue: &dyn Catalogue) -> Result<(), Violation> {
    let start = ConversationId::random();
    let query = beginning(&start);
    let (written, delivered) = (named(&start, "/a"), named(&start, "/b"));
    let hold = store.hold(&written).await?;
    store.load(&written, 0..9).await?;
    store.append(&written, 0, AppendId::random(), &[]).await?;
    let found = names(catalogue, &query).await?;
    ensure_eq(found, vec![], "what has no entries and no inbox items is not listed")?;

    store.append(&written, 0, AppendId::random(), &[said("a"), said("b")]).await?;
    store.deliver(&delivered, AppendId::random(), item("c")).await?;
    drop(hold);
    let page = catalogue.list(&query).await?;
    ensure(page.next.is_none(), "the last page has none that follows it")?;
    let found: Vec<_> =
        page.conversations.iter().map(|one| (one.id.clone(), one.entries)).collect();
    ensure_eq(found, vec![(written, 2), (delivered, 0)], "a list counts the entries")?;
    for found in &page.conversations {
        ensure(found.labels.is_empty(), "a conversation begins without labels")?;
        ensure_eq(found.created(), found.changed(), "it changed when it was begun")?;
    }
    Ok(())
}

async fn pages(store: &dyn Store, catalogue: &dyn Catalogue) -> Result<(), Violation> {
    let start = ConversationId::random();
    let tails = ["/", "/10", "/9", "/B", "/a", "/aa", "/ä", "/🛫", "/\u{fffd}", "/a.b", "/ ", "/%"];
    let mut promised: Vec<String> = tails.iter().map(|tail| format!("{start}{tail}")).collect();
    for name in &promised {
        begin(store, &name.into()).await?;
    }
    promised.sort();
    let orders = [ConversationOrder::Name, ConversationOrder::Created, ConversationOrder::Changed];
    for (order, limit) in orders.into_iter().flat_map(|order| [(order, 1), (order, 5), (order, 12)])
    {
        let mut query = beginning(&start);
        (query.order, query.limit) = (order, limit);
        let mut found = names(catalogue, &query).await?;
        if order != ConversationOrder::Name {
            found.sort();
        }
        ensure_eq(found, promised.clone(), "all pages have each conversation once, in order")?;
    }

    let mut query = beginning(&start);
    query.limit = 5;
    query.after = catalogue.list(&query).await?.next;
    let last: ConversationId = promised[4].as_str().into();
    catalogue.delete(&last).await?;
    let found = names(catalogue, &query).await?;
    let promise = "a list goes on behind a conversation that is gone";
    ensure_eq(found, promised[5..].to_vec(), promise)
}

async fn prefixes(store: &dyn Store, catalogue: &dyn Catalogue) -> Result<(), Violation> {
    let start = ConversationId::random();
    let tails =
        ["a", "A", "a%b", "a_b", "a\\b", "ab", "b", "é", "e\u{301}", "🛫", "🛫!", "a*", "[a"];
    for tail in tails {
        begin(store, &named(&start, tail)).await?;
    }
    for prefix in ["", "a", "A", "a%", "a_", "a\\", "e", "é", "🛫", "a*", "[", "z"] {
        let mut promised: Vec<String> = tails
            .iter()
            .filter(|tail| tail.starts_with(prefix))
            .map(|tail| format!("{start}{tail}"))
            .collect();
        promised.sort();
        let found = names(catalogue, &beginning(&named(&start, prefix))).await?;
        ensure_eq(found, promised, &format!("the names that begin with {prefix:?}"))?;
    }
    Ok(())
}

async fn labels(store: &dyn Store, catalogue: &dyn Catalogue) -> Result<(), Violation> {
    let start = ConversationId::random();
    let (a, b, c) = (named(&start, "a"), named(&start, "b"), named(&start, "c"));
    // A label of this test alone, so that it is found without the prefix as well.
    let own = ConversationId::random();
    let hard = "it's; -- \" \\ {é} 🛫 %_?1$1=@";
    let promise = "only what is there has labels";
    ensure_not_found(catalogue.set_labels(&a, &set(&["x"])).await, promise)?;
    for name in [&a, &b, &c] {
        begin(store, name).await?;
    }
    let before = info(catalogue, &a).await?;
    catalogue.set_labels(&a, &set(&[own.as_str(), "old", "gone"])).await?;
    catalogue.set_labels(&a, &set(&[own.as_str(), hard, "old"])).await?;
    catalogue.set_labels(&b, &set(&[own.as_str(), "old"])).await?;
    let found = info(catalogue, &a).await?;
    ensure_eq(found.changed(), before.changed(), "labels change nothing but the labels")?;
    ensure_eq(found.labels, set(&[own.as_str(), hard, "old"]), "labels replace those before")?;

    let asked: [(&[&str], &[&ConversationId]); 6] = [
        (&[own.as_str()], &[&a, &b]),
        (&[own.as_str(), hard], &[&a]),
        (&[own.as_str(), "old", hard], &[&a]),
        (&[own.as_str(), "gone"], &[]),
        (&[own.as_str(), "OLD"], &[]),
        (&[own.as_str(), "ol"], &[]),
    ];
    for (asked, promised) in asked {
        let mut query = ConversationQuery::new();
        query.labels = set(asked);
        let promised: Vec<_> = promised.iter().map(|name| name.as_str().to_owned()).collect();
        let found = names(catalogue, &query).await?;
        ensure_eq(found, promised.clone(), "only what has all of the labels is found")?;
        query.prefix = start.as_str().to_owned();
        ensure_eq(names(catalogue, &query).await?, promised, "labels and a prefix together")?;
    }
    catalogue.set_labels(&b, &set(&[])).await?;
    ensure_eq(info(catalogue, &b).await?.labels, set(&[]), "labels can be taken away")
}

async fn times(store: &dyn Store, catalogue: &dyn Catalogue) -> Result<(), Violation> {
    let start = ConversationId::random();
    let (a, b, c) = (named(&start, "a"), named(&start, "b"), named(&start, "c"));
    for name in [&a, &c, &b] {
        begin(store, name).await?;
        sleep(TICK).await;
    }
    store.append(&c, 1, AppendId::random(), &[said("more")]).await?;
    sleep(TICK).await;
    store.deliver(&a, AppendId::random(), item("more")).await?;
    let list = |change: &dyn Fn(&mut ConversationQuery)| {
        let mut query = beginning(&start);
        change(&mut query);
        query.limit = 2;
        query
    };
    let tails = |found: Vec<String>| -> String {
        found.iter().filter_map(|name| name.strip_prefix(start.as_str())).collect()
    };
    let created = list(&|query| query.order = ConversationOrder::Created);
    let found = names(catalogue, &created).await?;
    ensure_eq(tails(found), "bca".to_owned(), "the newest comes first")?;
    let changed = list(&|query| query.order = ConversationOrder::Changed);
    let found = names(catalogue, &changed).await?;
    ensure_eq(tails(found), "acb".to_owned(), "the one that grew last comes first")?;

    let of_c = info(catalogue, &c).await?;
    let (created, changed) = (unix_milliseconds(of_c.created()), unix_milliseconds(of_c.changed()));
    ensure(created < changed, "what grew later has changed since it was begun")?;
    for (query, promised) in [
        (list(&|query| query.created_since = Some(created)), "bc"),
        (list(&|query| query.created_since = Some(created + 1)), "b"),
        (list(&|query| query.created_before = Some(created)), "a"),
        (list(&|query| query.changed_since = Some(changed)), "ac"),
        (list(&|query| query.changed_since = Some(changed + 1)), "a"),
        (list(&|query| query.changed_before = Some(changed)), "b"),
        (list(&|query| query.changed_before = Some(0)), ""),
    ] {
        let found = names(catalogue, &query).await?;
        ensure_eq(tails(found), promised.to_owned(), "times bound a list, the first one included")?;
    }
    Ok(())
}

async fn renamed(store: &dyn Store, catalogue: &dyn Catalogue) -> Result<(), Violation> {
    let (old, new) = (ConversationId::random(), ConversationId::random());
    let (append, delivery) = (AppendId::random(), AppendId::random());
    let promise = "only what is there can be renamed";
    ensure_not_found(catalogue.rename(&old, &new).await, promise)?;
    let entries = [said("a"), said("b")];
    store.append(&old, 0, append, &entries).await?;
    store.deliver(&old, delivery, item("c")).await?;
    catalogue.set_labels(&old, &set(&["x"])).await?;
    let before = info(catalogue, &old).await?;
    let taken = ConversationId::random();
    store.deliver(&taken, AppendId::random(), item("d")).await?;
    for name in [&taken, &old] {
        let outcome = catalogue.rename(&old, name).await;
        let refused = matches!(&outcome, Err(StoreError::Exists(found)) if found == name);
        ensure(refused, "a name that is taken is refused")?;
    }

    catalogue.rename(&old, &new).await?;
    let promise = "what is renamed keeps all that it had";
    let after = info(catalogue, &new).await?;
    let mut renamed = before;
    renamed.id = new.clone();
    ensure_eq(after, renamed, promise)?;
    ensure_eq(&store.load(&new, 0..9).await?[..], &entries[..], promise)?;
    ensure_eq(store.inbox(&new, 0).await?, vec![item("c")], promise)?;
    ensure_eq(store.append(&new, 0, append, &entries).await?, 2, promise)?;
    ensure_eq(store.deliver(&new, delivery, item("c")).await?, 0, promise)?;

    let promise = "nothing is left under the old name";
    ensure_eq(names(catalogue, &beginning(&old)).await?, vec![], promise)?;
    ensure_eq(store.load(&old, 0..9).await?, vec![], promise)?;
    ensure_eq(store.inbox(&old, 0).await?, vec![], promise)?;
    ensure_not_found(catalogue.rename(&old, &ConversationId::random()).await, promise)?;
    begin(store, &old).await?;
    ensure_eq(store.load(&new, 0..9).await?.len(), 2, "the two are different ones then")
}

async fn deleted(store: &dyn Store, catalogue: &dyn Catalogue) -> Result<(), Violation> {
    let name = ConversationId::random();
    let beside = named(&name, "/beside");
    begin(store, &beside).await?;
    let promise = "only what is there can be deleted";
    ensure_not_found(catalogue.delete(&name).await, promise)?;
    let (append, delivery) = (AppendId::random(), AppendId::random());
    store.append(&name, 0, append, &[said("a"), said("b")]).await?;
    store.deliver(&name, delivery, item("c")).await?;
    catalogue.set_labels(&name, &set(&["x"])).await?;
    catalogue.delete(&name).await?;

    let promise = "nothing is left of what is deleted";
    ensure_not_found(catalogue.delete(&name).await, promise)?;
    ensure_not_found(catalogue.set_labels(&name, &set(&[])).await, promise)?;
    ensure_eq(store.load(&name, 0..9).await?, vec![], promise)?;
    ensure_eq(store.inbox(&name, 0).await?, vec![], promise)?;
    let found = names(catalogue, &beginning(&name)).await?;
    ensure_eq(found, vec![beside.as_str().to_owned()], promise)?;
    let stale = store.append(&name, 2, AppendId::random(), &[said("d")]).await;
    ensure_conflict(stale, (2, 0), promise)?;

    let promise = "what is begun again under the name has nothing of the old one";
    ensure_eq(store.append(&name, 0, append, &[said("d")]).await?, 1, promise)?;
    ensure_eq(store.deliver(&name, delivery, item("e")).await?, 0, promise)?;
    ensure_eq(store.load(&name, 0..9).await?, vec![said("d")], promise)?;
    ensure_eq(store.inbox(&name, 0).await?, vec![item("e")], promise)?;
    ensure_eq(info(catalogue, &name).await?.labels, set(&[]), promise)?;
    ensure_eq(store.load(&beside, 0..9).await?.len(), 1, "others are left alone")
}
