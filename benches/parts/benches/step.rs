//! Whole turns of an agent: the model is asked, calls the tool, and hears what it said.
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![allow(missing_docs, reason = "criterion's macros write functions")]

use callsign::MemoryStore;
use callsign_parts::conversation::QUESTION;
use callsign_parts::played::{self, ANSWER};
use callsign_parts::{TURNS, tools};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Runs of so many turns; the time of one turn is that of the run divided by them.
fn runs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("run");
    let runtime = runtime();
    for turns in TURNS {
        let agent = played::agent(turns).unwrap();
        let reply = runtime.block_on(agent.run(QUESTION).into_future()).unwrap();
        assert_eq!(reply.text(), ANSWER);
        let called = reply.messages().iter().filter(|message| message.role() == "tool").count();
        assert_eq!(called, turns, "{} was not called", tools::NAME);
        // The last turn is the answer.
        group.throughput(Throughput::Elements(turns as u64 + 1));
        group.bench_function(BenchmarkId::new("turns", turns), |bencher| {
            bencher.iter(|| runtime.block_on(agent.run(QUESTION).into_future()).unwrap());
        });
    }
    group.finish();
}

/// A question to a conversation that has had so many turns already: reading it is part of it.
fn going_on(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("go on");
    let runtime = runtime();
    for turns in TURNS {
        let agent = played::agent(turns).unwrap().with_store(MemoryStore::new());
        let left = agent.conversation("left");
        runtime.block_on(left.send(QUESTION).into_future()).unwrap();
        let mut forks = 0;
        let mut fork = || {
            forks += 1;
            runtime.block_on(left.fork(format!("fork {forks}"))).unwrap()
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

criterion_group!(benches, runs, going_on);
criterion_main!(benches);
