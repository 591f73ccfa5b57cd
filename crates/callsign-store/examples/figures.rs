//! What the disk costs: `cargo run --release -p callsign-store --example figures`, and with
//! PostgreSQL:
//! `tests/postgres.sh cargo run --release -p callsign-store --features postgres --example figures`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it measures, and says what it found")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use callsign_core::journal::entry::Entry;
use callsign_core::traits::catalogue::{ConversationOrder, ConversationQuery};
use callsign_core::traits::store::Store;
use callsign_core::words::id::{AppendId, ConversationId};
use callsign_store::SqliteStore;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let open = async |name: &str| {
        Arc::new(SqliteStore::open(folder.path().join(name)).await.unwrap()) as Arc<dyn Store>
    };
    println!("SQLite");
    one_entry(open("one.db").await).await;
    many_conversations(open("many.db").await).await;
    catalogue(open("list.db").await).await;
    #[cfg(feature = "postgres")]
    if let Ok(url) = std::env::var("CALLSIGN_POSTGRES") {
        let store = callsign_store::PostgresStore::open(&url).await.unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        println!("PostgreSQL");
        one_entry(store.clone()).await;
        many_conversations(store.clone()).await;
        catalogue(store).await;
    }
}

/// How many conversations are listed.
const LISTED: usize = 100_000;

/// Lists of many conversations; one of a thousand has the label `rare`.
async fn catalogue(store: Arc<dyn Store>) {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..100)
        .map(|part| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in (part..LISTED).step_by(100) {
                    let name = ConversationId::from(format!("user{:03}/{n:06}", n % 500));
                    store.append(&name, 0, AppendId::random(), &[said("hello")]).await.unwrap();
                    if n % 1000 == 0 {
                        let labels = ["rare".to_owned()].into();
                        store.catalogue().unwrap().set_labels(&name, &labels).await.unwrap();
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    println!("{LISTED} conversations begun in {:?}", begun.elapsed());
    let ask = |change: fn(&mut ConversationQuery)| {
        let mut query = ConversationQuery::new();
        query.limit = 50;
        change(&mut query);
        query
    };
    for (what, query) in [
        ("by name", ask(|_| {})),
        ("of one prefix", ask(|query| query.prefix = "user250/".to_owned())),
        ("newest first", ask(|query| query.order = ConversationOrder::Changed)),
        (
            "of one prefix, newest first",
            ask(|query| {
                query.prefix = "user250/".to_owned();
                query.order = ConversationOrder::Changed;
            }),
        ),
        (
            "of a rare label, newest first",
            ask(|query| {
                query.labels = ["rare".to_owned()].into();
                query.order = ConversationOrder::Changed;
            }),
        ),
    ] {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for _ in 0..20 {
            let begun = Instant::now();
            let page = store.catalogue().unwrap().list(&query).await.unwrap();
            first.push(begun.elapsed());
            assert_eq!(page.conversations.len(), 50);
            let mut query = query.clone();
            query.after = page.next;
            let begun = Instant::now();
            store.catalogue().unwrap().list(&query).await.unwrap();
            second.push(begun.elapsed());
        }
        report(&format!("first page of 50 {what}"), &mut first);
        report(&format!("second page of 50 {what}"), &mut second);
    }
}

fn said(text: &str) -> Entry {
    Entry::User { message: text.into() }
}

async fn one_entry(store: Arc<dyn Store>) {
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

async fn many_conversations(store: Arc<dyn Store>) {
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
