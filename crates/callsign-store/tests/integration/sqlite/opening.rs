//! Opening a file: what is not a store is refused and left unchanged.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use callsign_store::SqliteStore;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::traits::conversation_index::ConversationQuery;
use callsign_types::traits::store::{Store, StoreError};
use rusqlite::Connection;

use crate::support::{error_chain, eventually, message_item, temporary_path, user_entry};

/// Asserts that opening fails with one line that has the path and `expected`, and that neither
/// the file nor its directory changes.
async fn assert_refused(path: &Path, expected: &str) {
    let directory = path.parent().filter(|directory| directory.is_dir());
    let file_count = || directory.map(|directory| fs::read_dir(directory).unwrap().count());
    let before = (fs::read(path).ok(), file_count());
    let error = SqliteStore::open(path).await.unwrap_err();
    assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
    let line = error.to_string();
    assert!(line.contains(expected), "{line:?} lacks {expected:?}: {}", error_chain(&error));
    assert!(line.contains(path.to_str().unwrap()), "{line:?} lacks {path:?}");
    assert!(!line.contains('\n'), "{line:?}");
    assert_eq!((fs::read(path).ok(), file_count()), before, "a file changed");
}

#[tokio::test]
async fn directory_is_refused() {
    let (_directory, path) = temporary_path();
    fs::create_dir(&path).unwrap();
    assert_refused(&path, "is a directory; pass a file in it").await;
}

#[tokio::test]
async fn missing_directory_is_refused() {
    let (directory, _) = temporary_path();
    assert_refused(&directory.path().join("no/such.db"), "create its directory first").await;
}

#[tokio::test]
async fn path_without_a_file_is_refused() {
    assert_refused(Path::new(""), "does not name a file").await;
    assert_refused(Path::new(":memory:"), "use `MemoryStore`").await;
}

#[tokio::test]
async fn file_of_another_kind_is_refused() {
    let (_directory, path) = temporary_path();
    for content in ["hello", &"not a database. ".repeat(2000)] {
        fs::write(&path, content).unwrap();
        assert_refused(&path, "is not a SQLite database").await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn device_is_refused() {
    assert_refused(Path::new("/dev/null"), "is not a regular file").await;
}

#[tokio::test]
async fn database_of_another_application_is_refused() {
    let (_directory, path) = temporary_path();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
    assert_refused(&path, "database of another application").await;
    other.pragma_update(None, "application_id", 7).unwrap();
    drop(other);
    assert_refused(&path, "database of another application").await;
}

#[tokio::test]
async fn database_of_another_application_with_a_log_is_refused() {
    let (_directory, path) = temporary_path();
    let other = Connection::open(&path).unwrap();
    other.pragma_update(None, "journal_mode", "wal").unwrap();
    other.execute_batch("CREATE TABLE t (x)").unwrap();
    other.query_row("PRAGMA wal_checkpoint", [], |_| Ok(())).unwrap();
    other.execute_batch("INSERT INTO t VALUES (1)").unwrap();
    assert_refused(&path, "database of another application").await;
}

/// Opening such a file for writing would merge its log into it.
#[tokio::test]
async fn database_of_another_application_after_a_crash_is_refused() {
    let (directory, path) = temporary_path();
    let running = directory.path().join("running.db");
    let other = Connection::open(&running).unwrap();
    other.pragma_update(None, "journal_mode", "wal").unwrap();
    other.execute_batch("CREATE TABLE t (x)").unwrap();
    other.query_row("PRAGMA wal_checkpoint", [], |_| Ok(())).unwrap();
    other.execute_batch("INSERT INTO t VALUES (1)").unwrap();
    fs::copy(&running, &path).unwrap();
    fs::copy(running.with_extension("db-wal"), path.with_extension("db-wal")).unwrap();
    assert_refused(&path, "database of another application").await;
}

#[tokio::test]
async fn newer_version_of_the_tables_is_refused() {
    let (_directory, path) = temporary_path();
    create_store(&path).await;
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 1000).unwrap();
    assert_refused(&path, "written by a newer version of Callsign").await;
    newer.query_row("PRAGMA wal_checkpoint(truncate)", [], |_| Ok(())).unwrap();
    drop(newer);
    assert_refused(&path, "written by a newer version of Callsign").await;
}

/// The fixture is the dump of a file that the first version wrote.
#[tokio::test]
async fn first_version_of_the_tables_is_upgraded() {
    let (_directory, path) = temporary_path();
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../fixtures/sqlite_v1.sql")).unwrap();
    drop(old);
    let name = ConversationId::from("ada/porto");
    // The second time the file has the current version.
    for _ in 0..2 {
        let store = SqliteStore::open(&path).await.unwrap();
        let entries = store.load(&name, 0..9).await.unwrap();
        assert_eq!(entries.len(), 5);
        assert_eq!((&entries[2], &entries[4]), (&user_entry("it's one"), &user_entry("two")));
        assert_eq!(store.inbox(&name, 0).await.unwrap(), [message_item("three")]);
        let again = store.append(&name, 3, AppendId::from_bytes([2; 16]), &entries[3..]).await;
        assert_eq!(again.unwrap(), 5);
        let again = store.deliver(&name, AppendId::from_bytes([3; 16]), message_item("")).await;
        assert_eq!(again.unwrap(), 0);

        let page = store.index().unwrap().list(&ConversationQuery::new()).await.unwrap();
        let [inbox_only, porto] = &page.conversations[..] else { panic!("{page:?}") };
        assert_eq!((inbox_only.id.as_str(), inbox_only.entries), ("ada/inbox only", 0));
        assert!(inbox_only.created() > porto.changed());
        assert_eq!((&porto.id, porto.entries), (&name, 5));
        // The start times of the first run and of the last run.
        let at = |milliseconds| UNIX_EPOCH + Duration::from_millis(milliseconds);
        assert_eq!(porto.created(), at(1_767_225_600_000));
        assert_eq!(porto.changed(), at(1_767_225_700_000));
    }
    let store = SqliteStore::open(&path).await.unwrap();
    let length = store.append(&name, 5, AppendId::random(), &[user_entry("three")]).await;
    assert_eq!(length.unwrap(), 6);
}

#[tokio::test]
async fn damaged_store_is_refused() {
    let (_directory, path) = temporary_path();
    create_store(&path).await;
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(error.to_string().contains("damaged; restore a backup"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn file_without_permissions_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, path) = temporary_path();
    create_store(&path).await;
    let allow = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    allow(0o400);
    if File::options().write(true).open(&path).is_ok() {
        // Permissions do not apply to the superuser.
        return;
    }
    assert_refused(&path, "is read-only").await;
    allow(0o000);
    assert_refused(&path, "give this user read").await;
    allow(0o600);
}

#[tokio::test]
async fn empty_file_becomes_a_store() {
    let (_directory, path) = temporary_path();
    File::create(&path).unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.load(&"a".into(), 0..9).await.unwrap(), []);
}

#[tokio::test]
async fn path_with_special_characters_is_opened() {
    let (directory, _) = temporary_path();
    let special = directory.path().join("it's 100% #1?a=b&c 🛫");
    fs::create_dir(&special).unwrap();
    let path = special.join(":memory:");
    for round in 0..2 {
        let store = SqliteStore::open(&path).await.unwrap();
        let entries = [user_entry("a")];
        store.append(&"a".into(), round, AppendId::random(), &entries).await.unwrap();
        let _lock = store.lock(&"a".into()).await.unwrap();
        assert!(path.is_file() && special.join(":memory:-holds").is_dir());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_handles_create_the_store_at_once() {
    for _ in 0..10 {
        let (_directory, path) = temporary_path();
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

/// Creates a store with one entry, and waits until its file is closed.
async fn create_store(path: &Path) {
    let store = SqliteStore::open(path).await.unwrap();
    store.append(&"a".into(), 0, AppendId::random(), &[user_entry("a")]).await.unwrap();
    drop(store);
    // The last connection removes the write-ahead log when it closes.
    let log = path.with_file_name("store.db-wal");
    eventually(|| !log.exists()).await;
}
