//! A child process that uses a store: this test binary, run again for one test.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::store::{ConversationLock, Store, StoreError};

use super::user_entry;

/// The environment variable with the address of the store: a path or a URL.
const ADDRESS: &str = "CALLSIGN_STORE_TEST_ADDRESS";

/// The number of rounds of the commands `count` and `write`.
pub(crate) const ROUNDS: u64 = 200;

/// The body of the child process. As a test of its own, it does nothing.
#[tokio::test]
async fn child_process() {
    let Ok(address) = std::env::var(ADDRESS) else { return };
    serve(open(&address).await).await;
}

async fn open(address: &str) -> Arc<dyn Store> {
    #[cfg(feature = "postgres")]
    if address.starts_with("postgres://") {
        return Arc::new(callsign_store::PostgresStore::open(address).await.unwrap());
    }
    #[cfg(feature = "sqlite")]
    return Arc::new(callsign_store::SqliteStore::open(address).await.unwrap());
    #[cfg(not(feature = "sqlite"))]
    panic!("the feature `sqlite` is off: {address}");
}

/// Runs one command for each line of standard input.
async fn serve(store: Arc<dyn Store>) {
    let mut locks = Vec::new();
    println!("ready");
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (command, name) = line.split_once(' ').unwrap();
        let id = ConversationId::from(name);
        match command {
            "lock" => locks.push(store.lock(&id).await.unwrap()),
            "unlock" => locks.clear(),
            "append" => {
                let at = store.load(&id, 0..u64::MAX).await.unwrap().len() as u64;
                let entries = [user_entry("from the child")];
                store.append(&id, at, AppendId::random(), &entries).await.unwrap();
            }
            "conflict" => {
                let entries = [user_entry("outdated")];
                let outcome = store.append(&id, 0, AppendId::random(), &entries).await;
                assert!(matches!(outcome, Err(StoreError::Conflict { .. })), "{outcome:?}");
            }
            "count" => count(&*store, Path::new(name)).await,
            "write" => write(&*store, &id).await,
            other => panic!("unknown command: {other}"),
        }
        println!("done");
    }
}

/// Increments the number in a file. Without the lock, increments of other processes would be lost.
async fn count(store: &dyn Store, file: &Path) {
    for _ in 0..ROUNDS {
        let _lock = lock_eventually(store, &"counter".into()).await;
        let count: u64 = std::fs::read_to_string(file).unwrap().parse().unwrap();
        std::fs::write(file, (count + 1).to_string()).unwrap();
    }
}

/// Makes two appends of one entry under each lock.
async fn write(store: &dyn Store, id: &ConversationId) {
    for round in 0..ROUNDS {
        let _lock = lock_eventually(store, id).await;
        let mut at = store.load(id, 0..u64::MAX).await.unwrap().len() as u64;
        for part in ["first", "second"] {
            let entries = [user_entry(&format!("{} {round} {part}", std::process::id()))];
            at = store.append(id, at, AppendId::random(), &entries).await.unwrap();
        }
    }
}

/// Locks the conversation, and retries while another process holds the lock.
pub(crate) async fn lock_eventually(store: &dyn Store, id: &ConversationId) -> ConversationLock {
    loop {
        match store.lock(id).await {
            Ok(lock) => return lock,
            Err(StoreError::Locked(_)) => {}
            Err(error) => panic!("{error:?}"),
        }
        tokio::time::sleep(Duration::from_micros(50)).await;
    }
}

/// Asserts that `ada/porto` has all entries that this many processes wrote, in consecutive pairs.
pub(crate) async fn assert_consecutive_pairs(store: &dyn Store, processes: u64) {
    let entries = store.load(&"ada/porto".into(), 0..u64::MAX).await.unwrap();
    assert_eq!(entries.len() as u64, processes * ROUNDS * 2);
    for pair in entries.chunks(2) {
        let text = |entry: &Entry| match entry {
            Entry::User { message } => message.content.text().into_owned(),
            other => panic!("{other:?}"),
        };
        let first = text(&pair[0]);
        let start = first.strip_suffix("first").expect("the pair has no first entry");
        assert_eq!(text(&pair[1]), format!("{start}second"));
    }
}

/// A child process that runs commands.
pub(crate) struct ChildProcess {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl ChildProcess {
    /// Starts a child process with the store at `address`: a path or a URL.
    pub(crate) fn start(address: &str) -> Self {
        // Names of tests omit the name of the crate.
        let (_, module) = module_path!().split_once("::").unwrap();
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("{module}::child_process"), "--nocapture"])
            .env(ADDRESS, address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut child = Self { process, output };
        child.wait_for("ready");
        child
    }

    /// Runs a command and waits until it is done.
    pub(crate) fn run(&mut self, command: &str) {
        self.send(command);
        self.wait_until_done();
    }

    /// Sends a command without waiting.
    pub(crate) fn send(&mut self, command: &str) {
        writeln!(self.process.stdin.as_mut().unwrap(), "{command}").unwrap();
    }

    /// Waits until a command is done.
    pub(crate) fn wait_until_done(&mut self) {
        self.wait_for("done");
    }

    /// Kills the process, on Unix with `SIGKILL`.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn wait_for(&mut self, expected: &str) {
        let mut line = String::new();
        // The test harness prints lines of its own.
        while line.trim_end() != expected {
            line.clear();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the child process ended");
        }
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
