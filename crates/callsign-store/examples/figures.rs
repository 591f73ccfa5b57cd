//! What the disk costs: `cargo run --release -p callsign-store --example figures`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it measures, and says what it found")]

use std::time::{Duration, Instant};

use callsign_core::journal::entry::Entry;
use callsign_core::traits::store::Store;
use callsign_core::words::id::{AppendId, ConversationId};
use callsign_store::SqliteStore;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    one_entry(SqliteStore::open(folder.path().join("one.db")).await.unwrap()).await;
    many_conversations(SqliteStore::open(folder.path().join("many.db")).await.unwrap()).await;
}

fn said(text: &str) -> Entry {
    Entry::User { message: text.into() }
}

async fn one_entry(store: SqliteStore) {
    let name = ConversationId::random();
    let mut times = Vec::new();
    for at in 0..400 {
        let entries = [said(&"word ".repeat(40))];
        let begun = Instant::now();
        store.append(&name, at, AppendId::random(), &entries).await.unwrap();
        times.push(begun.elapsed());
    }
    report("append of one entry", &mut times);
    let mut times = Vec::new();
    for _ in 0..400 {
        let begun = Instant::now();
        drop(store.hold(&name).await.unwrap());
        times.push(begun.elapsed());
    }
    report("hold and release", &mut times);
    let mut times = Vec::new();
    for _ in 0..200 {
        let begun = Instant::now();
        assert_eq!(store.load(&name, 0..u64::MAX).await.unwrap().len(), 400);
        times.push(begun.elapsed());
    }
    report("load of 400 entries", &mut times);
}

async fn many_conversations(store: SqliteStore) {
    for conversations in [1, 8, 32, 128] {
        let begun = Instant::now();
        let tasks: Vec<_> = (0..conversations)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let name = ConversationId::random();
                    let mut times = Vec::new();
                    for at in 0..50 {
                        let entries = [said(&"word ".repeat(40))];
                        let begun = Instant::now();
                        store.append(&name, at, AppendId::random(), &entries).await.unwrap();
                        times.push(begun.elapsed());
                    }
                    times
                })
            })
            .collect();
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await.unwrap());
        }
        let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
        report(&format!("{conversations} conversations, {rate:.0} appends a second"), &mut times);
    }
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100];
    println!("{what}: median {:?}, 95% {:?}, longest {:?}", at(50), at(95), at(100));
}
