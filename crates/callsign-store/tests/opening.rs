//! What cannot be a store is refused in one clear line, and left as it was.

#![allow(clippy::unwrap_used, clippy::panic, reason = "all of this is a test")]

mod common;

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use callsign_core::traits::catalogue::ConversationQuery;
use callsign_core::traits::store::{Store, StoreError};
use callsign_core::words::id::{AppendId, ConversationId};
use callsign_store::SqliteStore;
use common::{chain, item, place, said};
use rusqlite::Connection;

/// Opening fails with a line that names the path and says this, and changes nothing.
async fn check(path: &Path, says: &str) {
    let folder = path.parent().filter(|folder| folder.is_dir());
    let listing = || folder.map(|folder| fs::read_dir(folder).unwrap().count());
    let before = (fs::read(path).ok(), listing());
    let error = SqliteStore::open(path).await.unwrap_err();
    assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
    let line = error.to_string();
    assert!(line.contains(says), "{line:?} should say {says:?}: {}", chain(&error));
    assert!(line.contains(path.to_str().unwrap()), "{line:?} should name {path:?}");
    assert!(!line.contains('\n'), "{line:?}");
    assert_eq!((fs::read(path).ok(), listing()), before, "something was touched");
}

#[tokio::test]
async fn a_folder() {
    let (_folder, path) = place();
    fs::create_dir(&path).unwrap();
    check(&path, "is a folder; name a file in it").await;
}

#[tokio::test]
async fn a_folder_that_does_not_exist() {
    let (folder, _) = place();
    check(&folder.path().join("no/such.db"), "make its folder first").await;
}

#[tokio::test]
async fn no_file_at_all() {
    check(Path::new(""), "names no file").await;
    check(Path::new(":memory:"), "use `MemoryStore`").await;
}

#[tokio::test]
async fn another_kind_of_file() {
    let (_folder, path) = place();
    for content in ["hello", &"not a database. ".repeat(2000)] {
        fs::write(&path, content).unwrap();
        check(&path, "is not a SQLite database").await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn no_ordinary_file() {
    check(Path::new("/dev/null"), "is not an ordinary file").await;
}

#[tokio::test]
async fn another_applications_database() {
    let (_folder, path) = place();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
    check(&path, "database of another application").await;
    other.pragma_update(None, "application_id", 7).unwrap();
    drop(other);
    check(&path, "database of another application").await;
}

#[tokio::test]
async fn another_applications_database_with_a_log() {
    let (_folder, path) = place();
    let other = Connection::open(&path).unwrap();
    other.pragma_update(None, "journal_mode", "wal").unwrap();
    other.execute_batch("CREATE TABLE t (x)").unwrap();
    other.query_row("PRAGMA wal_checkpoint", [], |_| Ok(())).unwrap();
    other.execute_batch("INSERT INTO t VALUES (1)").unwrap();
    check(&path, "database of another application").await;
}

/// Opening it for writing, even to look, would work its log into it.
#[tokio::test]
async fn another_applications_database_after_a_crash() {
    let (folder, path) = place();
    let running = folder.path().join("running.db");
    let other = Connection::open(&running).unwrap();
    other.pragma_update(None, "journal_mode", "wal").unwrap();
    other.execute_batch("CREATE TABLE t (x)").unwrap();
    other.query_row("PRAGMA wal_checkpoint", [], |_| Ok(())).unwrap();
    other.execute_batch("INSERT INTO t VALUES (1)").unwrap();
    fs::copy(&running, &path).unwrap();
    fs::copy(running.with_extension("db-wal"), path.with_extension("db-wal")).unwrap();
    check(&path, "database of another application").await;
}

#[tokio::test]
async fn a_newer_version() {
    let (_folder, path) = place();
    made(&path).await;
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 1000).unwrap();
    check(&path, "written by a newer version of Callsign").await;
    newer.query_row("PRAGMA wal_checkpoint(truncate)", [], |_| Ok(())).unwrap();
    drop(newer);
    check(&path, "written by a newer version of Callsign").await;
}

/// The fixture is the dump of a file that the code of then wrote.
#[tokio::test]
async fn the_first_version_of_the_tables() {
    let (_folder, path) = place();
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("fixtures/sqlite_v1.sql")).unwrap();
    drop(old);
    let name = ConversationId::from("ada/porto");
    // Twice: the second time it is of this version already.
    for _ in 0..2 {
        let store = SqliteStore::open(&path).await.unwrap();
        let entries = store.load(&name, 0..9).await.unwrap();
        assert_eq!(entries.len(), 5);
        assert_eq!((&entries[2], &entries[4]), (&said("it's one"), &said("two")));
        assert_eq!(store.inbox(&name, 0).await.unwrap(), [item("three")]);
        let again = store.append(&name, 3, AppendId::from_bytes([2; 16]), &entries[3..]).await;
        assert_eq!(again.unwrap(), 5);
        assert_eq!(store.deliver(&name, AppendId::from_bytes([3; 16]), item("")).await.unwrap(), 0);

        let page = store.catalogue().unwrap().list(&ConversationQuery::new()).await.unwrap();
        let [inbox_only, porto] = &page.conversations[..] else { panic!("{page:?}") };
        assert_eq!((inbox_only.id.as_str(), inbox_only.entries), ("ada/inbox only", 0));
        assert!(inbox_only.created() > porto.changed());
        assert_eq!((&porto.id, porto.entries), (&name, 5));
        // Those of its first run and of its last.
        let at = |milliseconds| UNIX_EPOCH + Duration::from_millis(milliseconds);
        assert_eq!(porto.created(), at(1_767_225_600_000));
        assert_eq!(porto.changed(), at(1_767_225_700_000));
    }
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.append(&name, 5, AppendId::random(), &[said("three")]).await.unwrap(), 6);
}

#[tokio::test]
async fn a_damaged_store() {
    let (_folder, path) = place();
    made(&path).await;
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(error.to_string().contains("damaged; put a backup in its place"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_may_not_be_read_or_written() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = place();
    made(&path).await;
    let allow = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    allow(0o400);
    if File::options().write(true).open(&path).is_ok() {
        // The superuser may do everything.
        return;
    }
    check(&path, "write-protected").await;
    allow(0o000);
    check(&path, "see that this user may read").await;
    allow(0o600);
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let (_folder, path) = place();
    File::create(&path).unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.load(&"a".into(), 0..9).await.unwrap(), []);
}

#[tokio::test]
async fn hard_names() {
    let (folder, _) = place();
    let hard = folder.path().join("it's 100% #1?a=b&c 🛫");
    fs::create_dir(&hard).unwrap();
    let path = hard.join(":memory:");
    for round in 0..2 {
        let store = SqliteStore::open(&path).await.unwrap();
        store.append(&"a".into(), round, AppendId::random(), &[said("a")]).await.unwrap();
        let _hold = store.hold(&"a".into()).await.unwrap();
        assert!(path.is_file() && hard.join(":memory:-holds").is_dir());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once() {
    for _ in 0..10 {
        let (_folder, path) = place();
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let path = path.clone();
                tokio::spawn(async move { SqliteStore::open(path).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    }
}

/// Makes a store with an entry, and waits until it is closed.
async fn made(path: &Path) {
    let store = SqliteStore::open(path).await.unwrap();
    store.append(&"a".into(), 0, AppendId::random(), &[said("a")]).await.unwrap();
    drop(store);
    // The last connection takes the log away when it closes.
    let log = path.with_file_name("store.db-wal");
    for _ in 0..2000 {
        if !log.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the store's thread does not end");
}
