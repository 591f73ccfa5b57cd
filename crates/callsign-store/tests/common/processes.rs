//! Another process: a test's own executable, run again with a store's place in its environment.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "each test uses some of it, and may panic"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use callsign_core::journal::entry::Entry;
use callsign_core::traits::store::{Hold, Store, StoreError};
use callsign_core::words::id::{AppendId, ConversationId};

use super::said;

/// Where the store is that the other process is to open.
pub(crate) const PLACE: &str = "CALLSIGN_STORE_TEST_PLACE";

/// How often a process counts or writes when it is told to.
pub(crate) const ROUNDS: u64 = 200;

/// What the other process does, one line of its input after another.
pub(crate) async fn serve(store: Arc<dyn Store>) {
    let mut holds = Vec::new();
    println!("ready");
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (verb, name) = line.split_once(' ').unwrap();
        let id = ConversationId::from(name);
        match verb {
            "hold" => holds.push(store.hold(&id).await.unwrap()),
            "free" => holds.clear(),
            "append" => {
                let at = store.load(&id, 0..u64::MAX).await.unwrap().len() as u64;
                store.append(&id, at, AppendId::random(), &[said("there")]).await.unwrap();
            }
            "conflict" => {
                let outcome = store.append(&id, 0, AppendId::random(), &[said("late")]).await;
                assert!(matches!(outcome, Err(StoreError::Conflict { .. })), "{outcome:?}");
            }
            "count" => count(&*store, Path::new(name)).await,
            "write" => write(&*store, &id).await,
            other => panic!("{other}"),
        }
        println!("done");
    }
}

/// Adds one to a number in a file, which only claims keep from being lost.
async fn count(store: &dyn Store, file: &Path) {
    for _ in 0..ROUNDS {
        let _hold = held(store, &"counter".into()).await;
        let count: u64 = std::fs::read_to_string(file).unwrap().parse().unwrap();
        std::fs::write(file, (count + 1).to_string()).unwrap();
    }
}

/// Appends two entries under each claim, one after the other.
async fn write(store: &dyn Store, id: &ConversationId) {
    for round in 0..ROUNDS {
        let _hold = held(store, id).await;
        let mut at = store.load(id, 0..u64::MAX).await.unwrap().len() as u64;
        for part in ["first", "second"] {
            let entries = [said(&format!("{} {round} {part}", std::process::id()))];
            at = store.append(id, at, AppendId::random(), &entries).await.unwrap();
        }
    }
}

/// The claim, as soon as no other process has it.
pub(crate) async fn held(store: &dyn Store, id: &ConversationId) -> Hold {
    loop {
        match store.hold(id).await {
            Ok(hold) => return hold,
            Err(StoreError::Held(_)) => {}
            Err(error) => panic!("{error:?}"),
        }
        tokio::time::sleep(Duration::from_micros(50)).await;
    }
}

/// What so many processes wrote to `ada/porto` is all there, in pairs.
pub(crate) async fn stands_together(store: &dyn Store, processes: u64) {
    let entries = store.load(&"ada/porto".into(), 0..u64::MAX).await.unwrap();
    assert_eq!(entries.len() as u64, processes * ROUNDS * 2);
    for pair in entries.chunks(2) {
        let text = |entry: &Entry| match entry {
            Entry::User { message } => message.content.text().into_owned(),
            other => panic!("{other:?}"),
        };
        let first = text(&pair[0]);
        let start = first.strip_suffix("first").expect("a pair begins with its first");
        assert_eq!(text(&pair[1]), format!("{start}second"));
    }
}

/// Another process that serves.
pub(crate) struct Other(pub(crate) Child, BufReader<ChildStdout>);

impl Other {
    pub(crate) fn start(place: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "other_process", "--nocapture"])
            .env(PLACE, place)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut other = Self(child, output);
        other.hear("ready");
        other
    }

    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.0.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    pub(crate) fn hear(&mut self, line: &str) {
        let mut heard = String::new();
        while heard.trim_end() != line {
            heard.clear();
            assert!(self.1.read_line(&mut heard).unwrap() > 0, "the other process ended");
        }
    }

    pub(crate) fn does(&mut self, line: &str) {
        self.tell(line);
        self.hear("done");
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
