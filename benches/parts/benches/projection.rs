//! Reading a journal, and finding the next step.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(missing_docs, reason = "criterion's macros generate functions")]

use std::hint::black_box;

use callsign::MemoryStore;
use callsign::store::Entry;
use callsign::store::journal::Journal;
use callsign::store::journal::step::{Next, step};
use callsign_parts::{TURNS, conversation, in_memory_model};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tokio::runtime::Builder;

/// Returns the journal of a completed conversation.
fn journal(turns: usize) -> Vec<Entry> {
    let agent = in_memory_model::agent(turns).unwrap().with_store(MemoryStore::new());
    let conversation = agent.conversation("measured");
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        conversation.send(conversation::QUESTION).await.unwrap();
        conversation.entries().await.unwrap()
    })
}

/// Reads the journal, as each run does when it starts.
fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("projection");
    for turns in TURNS {
        let entries = journal(turns);
        let read = Journal::read(&entries);
        assert_eq!(read.transcript.messages().len(), 2 + 2 * turns);
        assert!(matches!(step(&read), Next::Done(_)));
        group.bench_function(BenchmarkId::new("read", turns), |bencher| {
            bencher.iter(|| Journal::read(black_box(&entries)));
        });
        group.bench_function(BenchmarkId::new("step", turns), |bencher| {
            bencher.iter(|| step(black_box(&read)));
        });
    }
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
