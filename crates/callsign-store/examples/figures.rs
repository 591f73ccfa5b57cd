//! A benchmark of the stores on disk.
//!
//! Run it with `cargo run --release -p callsign-store --example figures`, and with PostgreSQL:
//! `tests/postgres.sh cargo run --release -p callsign-store --features postgres --example figures`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints its results")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use callsign_store::SqliteStore;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::conversation_index::{ConversationOrder, ConversationQuery};
use callsign_types::traits::store::Store;

#[tokio::main]
async fn main() {
    let directory = tempfile::tempdir().unwrap();
    let open = async |name: &str| {
        Arc::new(SqliteStore::open(directory.path().join(name)).await.unwrap()) as Arc<dyn Store>
    };
    println!("SQLite");
    one_conversation(open("one.db").await).await;
    many_conversations(open("many.db").await).await;
    index(open("list.db").await).await;
    #[cfg(feature = "postgres")]
    if let Ok(url) = std::env::var("CALLSIGN_POSTGRES") {
        let store = callsign_store::PostgresStore::open(&url).await.unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        println!("PostgreSQL");
        one_conversation(store.clone()).await;
        many_conversations(store.clone()).await;
        index(store).await;
    }
}

/// The number of conversations in the index.
const LISTED: usize = 100_000;

/// Measures lists of many conversations. One of a thousand has the label `rare`.
async fn index(store: Arc<dyn Store>) {
    create_conversations(&store).await;
    measure_lists(&store).await;
}

async fn create_conversations(store: &Arc<dyn Store>) {
    let started = Instant::now();
    let tasks: Vec<_> = (0..100)
        .map(|part| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in (part..LISTED).step_by(100) {
                    let name = ConversationId::from(format!("user{:03}/{n:06}", n % 500));
                    store
                        .append(&name, 0, AppendId::random(), &[user_entry("hello")])
                        .await
                        .unwrap();
                    if n % 1000 == 0 {
                        let labels = ["rare".to_owned()].into();
                        store.index().unwrap().set_labels(&name, &labels).await.unwrap();
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    println!("{LISTED} conversations created in {:?}", started.elapsed());
}

async fn measure_lists(store: &Arc<dyn Store>) {
    let query = |change: fn(&mut ConversationQuery)| {
        let mut query = ConversationQuery::new();
        query.limit = 50;
        change(&mut query);
        query
    };
    for (what, query) in [
        ("by name", query(|_| {})),
        ("of one prefix", query(|query| query.prefix = "user250/".to_owned())),
        ("newest first", query(|query| query.order = ConversationOrder::Changed)),
        (
            "of one prefix, newest first",
            query(|query| {
                query.prefix = "user250/".to_owned();
                query.order = ConversationOrder::Changed;
            }),
        ),
        (
            "of a rare label, newest first",
            query(|query| {
                query.labels = ["rare".to_owned()].into();
                query.order = ConversationOrder::Changed;
            }),
        ),
    ] {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for _ in 0..20 {
            let started = Instant::now();
            let page = store.index().unwrap().list(&query).await.unwrap();
            first.push(started.elapsed());
            assert_eq!(page.conversations.len(), 50);
            let mut query = query.clone();
            query.after = page.next;
            let started = Instant::now();
            store.index().unwrap().list(&query).await.unwrap();
            second.push(started.elapsed());
        }
        report(&format!("first page of 50 {what}"), &mut first);
        report(&format!("second page of 50 {what}"), &mut second);
    }
}

fn user_entry(text: &str) -> Entry {
    Entry::User { message: text.into() }
}

/// Measures operations on one conversation.
async fn one_conversation(store: Arc<dyn Store>) {
    let name = ConversationId::random();
    let mut times = Vec::new();
    for at in 0..400 {
        let entries = [user_entry(&"word ".repeat(40))];
        let started = Instant::now();
        store.append(&name, at, AppendId::random(), &entries).await.unwrap();
        times.push(started.elapsed());
    }
    report("append of one entry", &mut times);
    let mut times = Vec::new();
    for _ in 0..400 {
        let started = Instant::now();
        drop(store.lock(&name).await.unwrap());
        times.push(started.elapsed());
    }
    report("lock and unlock", &mut times);
    let mut times = Vec::new();
    for _ in 0..200 {
        let started = Instant::now();
        assert_eq!(store.load(&name, 0..u64::MAX).await.unwrap().len(), 400);
        times.push(started.elapsed());
    }
    report("load of 400 entries", &mut times);
}

/// Measures concurrent appends to several conversations.
async fn many_conversations(store: Arc<dyn Store>) {
    for conversations in [1, 8, 32, 128] {
        let started = Instant::now();
        let tasks: Vec<_> = (0..conversations)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let name = ConversationId::random();
                    let mut times = Vec::new();
                    for at in 0..50 {
                        let entries = [user_entry(&"word ".repeat(40))];
                        let started = Instant::now();
                        store.append(&name, at, AppendId::random(), &entries).await.unwrap();
                        times.push(started.elapsed());
                    }
                    times
                })
            })
            .collect();
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await.unwrap());
        }
        let rate = times.len() as f64 / started.elapsed().as_secs_f64();
        report(&format!("{conversations} conversations, {rate:.0} appends a second"), &mut times);
    }
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let percentile = |percent: usize| times[(times.len() - 1) * percent / 100];
    let (median, high, longest) = (percentile(50), percentile(95), percentile(100));
    println!("{what}: median {median:?}, 95% {high:?}, longest {longest:?}");
}
