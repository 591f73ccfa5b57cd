//! Checks of a store that several processes share.

use std::sync::Arc;

use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::store::{Store, StoreError};

use super::child_process::{
    ADDRESS, ChildProcess, ROUNDS, append_pair, lock_eventually, serve, write,
};
use super::samples::{message_item, user_entry};
use super::violation::{Violation, ensure, ensure_conflict, ensure_eq};

/// The numbers of appends after which a writer is killed.
const KILLED_AFTER: [usize; 3] = [1, 10, 40];

/// Checks a store that this process and a second one open at the same `address`, such as a path or
/// a URL. It also kills processes that write.
///
/// The second process is the test program, started again for the test `test` alone. `test` is the
/// full name of the calling test, without the crate: `tests::my_store_is_shared` in a module. The
/// test must call this function and nothing else that writes to the store.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use callsign_testkit::conformance;
/// # use callsign_core::memory::MemoryStore as MyStore;
/// use callsign_types::traits::store::{Store, StoreError};
///
/// async fn open(path: &str) -> Result<Arc<dyn Store>, StoreError> {
///     Ok(Arc::new(MyStore::new())) // opens the store at `path`
/// }
///
/// #[tokio::test]
/// async fn my_store_is_shared() {
///     let path = std::env::temp_dir().join(format!("store-{}", std::process::id()));
///     let path = path.to_str().unwrap();
///     conformance::processes("my_store_is_shared", path, open).await.unwrap();
/// }
/// ```
///
/// # Errors
/// Returns the requirement that the store violates.
pub async fn processes(
    test: &str,
    address: &str,
    open: impl AsyncFn(&str) -> Result<Arc<dyn Store>, StoreError>,
) -> Result<(), Violation> {
    if let Ok(address) = std::env::var(ADDRESS) {
        return serve(&*open(&address).await?).await;
    }
    let store = open(address).await?;
    let mut child = ChildProcess::start(test, address).await?;
    visibility(&*store, &mut child).await?;
    exclusion(&*store, &mut child).await?;
    turns(&*store, &mut child).await?;
    killed_holder(&*store, child).await?;
    for appends in KILLED_AFTER {
        killed_writer(&*store, ChildProcess::start(test, address).await?, appends).await?;
    }
    Ok(())
}

async fn visibility(store: &dyn Store, child: &mut ChildProcess) -> Result<(), Violation> {
    let requirement = "entries and inbox items of one process are visible in the other one";
    let conversation = ConversationId::random();
    ensure_eq(child.run("append", &conversation).await?.as_str(), "appended", requirement)?;
    let outdated = store.append(&conversation, 0, AppendId::random(), &[user_entry("a")]).await;
    ensure_conflict(outdated, (0, 2), "an append at an old length fails in any process")?;
    append_pair(store, &conversation).await?;
    // The other process appends at the length that it sees.
    ensure_eq(child.run("append", &conversation).await?.as_str(), "appended", requirement)?;
    let expected: Vec<Entry> = (0..6).map(|position| user_entry(&position.to_string())).collect();
    ensure_eq(store.load(&conversation, 0..u64::MAX).await?, expected, requirement)?;

    store.deliver(&conversation, AppendId::random(), message_item("first")).await?;
    child.run("deliver", &conversation).await?;
    let expected = vec![message_item("first"), message_item("second")];
    ensure_eq(store.inbox(&conversation, 0).await?, expected, requirement)
}

async fn exclusion(store: &dyn Store, child: &mut ChildProcess) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let lock = store.lock(&conversation).await?;
    let requirement = "`lock` fails at once if another process has locked the conversation";
    ensure_eq(child.run("lock", &conversation).await?.as_str(), "refused", requirement)?;
    let requirement = "a delivery needs no lock, in any process";
    ensure_eq(child.run("deliver", &conversation).await?.as_str(), "delivered", requirement)?;
    let other = ConversationId::random();
    let requirement = "locks of different conversations are independent, in any process";
    ensure_eq(child.run("lock", &other).await?.as_str(), "locked", requirement)?;

    drop(lock);
    while child.run("lock", &conversation).await? == "refused" {
        tokio::task::yield_now().await; // the store may release the lock in a task
    }
    let outcome = store.lock(&conversation).await;
    let is_refused = matches!(&outcome, Err(StoreError::Locked(name)) if *name == conversation);
    ensure(
        is_refused,
        "`lock` fails with `Locked` if another process has locked the conversation",
    )?;
    child.run("unlock", &conversation).await?;
    drop(lock_eventually(store, &conversation).await?);
    Ok(())
}

/// Both processes lock one conversation in turns.
async fn turns(store: &dyn Store, child: &mut ChildProcess) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    child.send("write", &conversation)?;
    write(store, &conversation, "first").await?;
    child.expect("written").await?;
    let entries = store.load(&conversation, 0..u64::MAX).await?;
    let requirement = "no entry of two processes is lost";
    ensure_eq(entries.len() as u64, 2 * 2 * ROUNDS, requirement)?;
    let is_consecutive = entries.chunks(2).all(|pair| pair[0] == pair[1]);
    ensure(is_consecutive, "entries that a process writes under a lock are consecutive")
}

async fn killed_holder(store: &dyn Store, mut child: ChildProcess) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let requirement = "a free conversation can be locked";
    ensure_eq(child.run("lock", &conversation).await?.as_str(), "locked", requirement)?;
    child.kill().await?;
    drop(lock_eventually(store, &conversation).await?);
    Ok(())
}

/// The second process is killed while it appends.
async fn killed_writer(
    store: &dyn Store,
    mut child: ChildProcess,
    appends: usize,
) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    child.send("stream", &conversation)?;
    for _ in 0..appends {
        child.expect("appended").await?;
    }
    let acknowledged = appends + child.kill().await?.len();
    let entries = store.load(&conversation, 0..u64::MAX).await?;
    let requirement = "entries of acknowledged appends survive the end of their process";
    ensure(entries.len() >= 2 * acknowledged, requirement)?;
    ensure(entries.len() % 2 == 0, "an append is stored whole or not at all")?;
    let length = append_after(store, &conversation, entries.len() as u64).await?;
    let found = store.load(&conversation, 0..u64::MAX).await?;
    let expected: Vec<Entry> =
        (0..length).map(|position| user_entry(&position.to_string())).collect();
    ensure_eq(found, expected, "a journal can be read and continued after its writer was killed")
}

/// Appends two entries behind those of a killed process, and returns the new length. A server may
/// still complete the append that the process had sent.
async fn append_after(
    store: &dyn Store,
    conversation: &ConversationId,
    mut length: u64,
) -> Result<u64, Violation> {
    loop {
        let pair = [length, length + 1].map(|position| user_entry(&position.to_string()));
        match store.append(conversation, length, AppendId::random(), &pair).await {
            Err(StoreError::Conflict { actual, .. }) if actual == length + 2 => length = actual,
            appended => return Ok(appended?),
        }
    }
}
