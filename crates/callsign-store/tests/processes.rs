//! Other processes: this test's own executable, run again with a path in its environment.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use callsign_core::traits::store::{Store, StoreError};
use callsign_core::words::id::{AppendId, ConversationId};
use callsign_store::SqliteStore;
use common::{place, said};

const PATH: &str = "CALLSIGN_STORE_TEST_PATH";

/// Not a test of its own: what the other process does, one line of its input after another.
#[tokio::test]
async fn other_process() {
    let Ok(path) = std::env::var(PATH) else { return };
    let store = SqliteStore::open(path).await.unwrap();
    let mut holds = Vec::new();
    println!("ready");
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (verb, name) = line.split_once(' ').unwrap();
        let name = ConversationId::from(name);
        match verb {
            "hold" => holds.push(store.hold(&name).await.unwrap()),
            "free" => holds.clear(),
            "append" => {
                let at = store.load(&name, 0..u64::MAX).await.unwrap().len() as u64;
                store.append(&name, at, AppendId::random(), &[said("there")]).await.unwrap();
            }
            "count" => {
                // Adds one to a number in a file, which only claims keep from being lost.
                let file = Path::new(name.as_str());
                for _ in 0..COUNTED {
                    let _hold = loop {
                        match store.hold(&"counter".into()).await {
                            Ok(hold) => break hold,
                            Err(StoreError::Held(_)) => {}
                            Err(error) => panic!("{error:?}"),
                        }
                        tokio::time::sleep(Duration::from_micros(50)).await;
                    };
                    let count: u64 = std::fs::read_to_string(file).unwrap().parse().unwrap();
                    std::fs::write(file, (count + 1).to_string()).unwrap();
                }
            }
            other => panic!("{other}"),
        }
        println!("done");
    }
}

const COUNTED: u64 = 200;

struct Other(Child, BufReader<ChildStdout>);

#[allow(clippy::unwrap_used, reason = "a helper of tests")]
impl Other {
    fn start(path: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "other_process", "--nocapture"])
            .env(PATH, path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut other = Self(child, output);
        other.hear("ready");
        other
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.0.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    fn hear(&mut self, line: &str) {
        let mut heard = String::new();
        while heard.trim_end() != line {
            heard.clear();
            assert!(self.1.read_line(&mut heard).unwrap() > 0, "the other process ended");
        }
    }

    fn does(&mut self, line: &str) {
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

#[tokio::test]
async fn another_process_holds() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).await.unwrap();
    let name = ConversationId::from("ada/porto");
    let mut other = Other::start(&path);
    other.does("hold ada/porto");

    let begun = Instant::now();
    let error = store.hold(&name).await.unwrap_err();
    assert!(matches!(&error, StoreError::Held(held) if *held == name), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    store.hold(&"ada/lisbon".into()).await.unwrap();

    other.does("free all");
    drop(store.hold(&name).await.unwrap());
    other.does("hold ada/porto");
    store.hold(&name).await.unwrap_err();
}

#[tokio::test]
async fn killing_a_process_frees_what_it_held() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).await.unwrap();
    let name = ConversationId::from("ada/porto");
    let mut other = Other::start(&path);
    other.does("append ada/porto");
    other.does("hold ada/porto");
    store.hold(&name).await.unwrap_err();
    // On Unix this is SIGKILL, which nothing can answer.
    other.0.kill().unwrap();
    other.0.wait().unwrap();
    let _hold = store.hold(&name).await.unwrap();
    assert_eq!(store.load(&name, 0..9).await.unwrap(), [said("there")]);
    store.append(&name, 1, AppendId::random(), &[said("here")]).await.unwrap();
}

#[tokio::test]
async fn processes_see_each_others_entries() {
    let (_folder, path) = place();
    let mut other = Other::start(&path);
    let store = SqliteStore::open(&path).await.unwrap();
    let name = ConversationId::from("ada/porto");
    other.does("append ada/porto");
    store.append(&name, 1, AppendId::random(), &[said("here")]).await.unwrap();
    other.does("append ada/porto");
    let promised = [said("there"), said("here"), said("there")];
    assert_eq!(store.load(&name, 0..9).await.unwrap(), promised);
}

#[tokio::test]
async fn claims_that_come_and_go_exclude_each_other() {
    let (folder, path) = place();
    let counter = folder.path().join("counter");
    std::fs::write(&counter, "0").unwrap();
    let mut others: Vec<Other> = (0..4).map(|_| Other::start(&path)).collect();
    for other in &mut others {
        other.tell(&format!("count {}", counter.display()));
    }
    for other in &mut others {
        other.hear("done");
    }
    assert_eq!(std::fs::read_to_string(&counter).unwrap(), (4 * COUNTED).to_string());
}
