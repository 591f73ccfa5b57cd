//! Whole turns of an agent with an in-memory model.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(missing_docs, reason = "criterion's macros generate functions")]

use callsign::MemoryStore;
use callsign_parts::conversation::QUESTION;
use callsign_parts::in_memory_model::{self, ANSWER};
use callsign_parts::{TURNS, tools};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Runs of several turns. The throughput is in turns.
fn runs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("run");
    let runtime = runtime();
    for turns in TURNS {
        let agent = in_memory_model::agent(turns).unwrap();
        let reply = runtime.block_on(agent.run(QUESTION).into_future()).unwrap();
        assert_eq!(reply.text(), ANSWER);
        let calls = reply.messages().iter().filter(|message| message.role() == "tool").count();
        assert_eq!(calls, turns, "{} was not called", tools::NAME);
        // The last turn is the answer, without a call.
        group.throughput(Throughput::Elements(turns as u64 + 1));
        group.bench_function(BenchmarkId::new("turns", turns), |bencher| {
            bencher.iter(|| runtime.block_on(agent.run(QUESTION).into_future()).unwrap());
        });
    }
    group.finish();
}

/// Continues a conversation, which includes reading its journal.
fn continued(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("continue");
    let runtime = runtime();
    for turns in TURNS {
        let agent = in_memory_model::agent(turns).unwrap().with_store(MemoryStore::new());
        let original = agent.conversation("original");
        runtime.block_on(original.send(QUESTION).into_future()).unwrap();
        let mut forks = 0;
        let mut fork = || {
            forks += 1;
            runtime.block_on(original.fork(format!("fork {forks}"))).unwrap()
        };
        let reply = runtime.block_on(fork().send(QUESTION).into_future()).unwrap();
        assert_eq!((reply.text(), reply.messages().len()), (ANSWER, 4 + 2 * turns));
        group.bench_function(BenchmarkId::new("one turn after", turns), |bencher| {
            let send = |conversation: callsign::Conversation| {
                runtime.block_on(conversation.send(QUESTION).into_future()).unwrap()
            };
            bencher.iter_batched(&mut fork, send, criterion::BatchSize::LargeInput);
        });
    }
    group.finish();
}

criterion_group!(benches, runs, continued);
criterion_main!(benches);
