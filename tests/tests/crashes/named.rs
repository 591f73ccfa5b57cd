//! Kills at every named point, each time that the conversation reaches it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use callsign::store::ConversationId;
use tokio::runtime::Runtime;

use crate::checker::{Checker, Tally};
use crate::points::POINTS;
use crate::process::{Exit, Scenario};
use crate::seed::Seed;
use crate::stores::{self, Kind};

const STEPS: u64 = 4;

/// The number of children that run in parallel.
const PARALLEL: usize = 3;

#[test]
fn conversations_survive_a_kill_at_every_named_point() {
    for kind in stores::kinds() {
        let (start, seed) = (Instant::now(), Seed::from_environment());
        let (tally, next) = (Mutex::new(Tally::default()), AtomicUsize::new(0));
        let cases: Vec<_> = POINTS.iter().flat_map(|point| [(point, 2), (point, 32)]).collect();
        thread::scope(|scope| {
            for _ in 0..PARALLEL {
                scope.spawn(|| {
                    while let Some((point, concurrency)) = cases.get(next.fetch_add(1, Relaxed)) {
                        let counts = crash_each_time(kind, point, *concurrency, seed);
                        *tally.lock().unwrap() += counts;
                    }
                });
            }
        });
        let tally = tally.into_inner().unwrap();
        println!("{}: {tally:?}, in {:?}", kind.0, start.elapsed());
        // Without these cases, the test would not have tested recovery.
        assert!(tally.unknown_and_done > 0 && tally.unknown_and_not_done > 0);
        assert!(tally.idempotent_again > 0 && tally.read_again > 0);
    }
}

/// Crashes at the first time that a conversation reaches `point`, then at the second time, and so
/// on, until the conversation completes first.
fn crash_each_time(kind: Kind, point: &str, concurrency: u32, seed: u64) -> Tally {
    let mut tally = Tally::default();
    for count in 1.. {
        let mut seed = Seed::new(seed, count);
        let counts = crash_at(kind, (point, count), concurrency, &mut seed);
        tally += counts;
        if counts.kills == 0 {
            assert!(count > 1, "no conversation reaches {point:?}");
            break;
        }
    }
    tally
}

/// Crashes at a point, and at a random point during recovery.
fn crash_at(kind: Kind, first: (&str, u64), concurrency: u32, seed: &mut Seed) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let message = [None, Some("Continue.")][(first.1 % 2) as usize];
    let (path, store) = (folder.path().to_owned(), kind.1(folder.path()));
    let conversation = ConversationId::random().to_string();
    let scenario =
        Scenario { folder: path, store, conversation, steps: STEPS, concurrency, message };
    let runtime = Runtime::new().unwrap();
    let second = (POINTS[seed.below(POINTS.len() as u64) as usize], 1 + seed.below(5));
    let description = format!("a kill at {first:?}, and during recovery at {second:?}");
    let (mut checker, mut kills) = (Checker::new(&scenario, description), 0);
    for crash in [Some(first), Some(second), None] {
        let (exit, _) = scenario.start_with_crash(crash).wait();
        runtime.block_on(checker.check());
        match exit {
            Exit::Killed => kills += 1,
            Exit::Answered => break,
        }
    }
    let tally = runtime.block_on(checker.finish());
    Tally { kills, restarts: kills, ..tally }
}
