//! Killed at every named point, each time that a conversation comes to it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use callsign::ConversationId;
use tokio::runtime::Runtime;

use crate::life::{Ended, Task};
use crate::points::POINTS;
use crate::seed::Seed;
use crate::stores::{self, Kind};
use crate::witness::{Tally, Witness};

const STEPS: u64 = 4;

/// Children that run beside each other.
const BESIDE: usize = 3;

#[test]
fn a_kill_at_every_named_point() {
    for kind in stores::kinds() {
        let (begun, seed) = (Instant::now(), Seed::from_environment());
        let (tally, next) = (Mutex::new(Tally::default()), AtomicUsize::new(0));
        let ways: Vec<_> = POINTS.iter().flat_map(|point| [(point, 2), (point, 32)]).collect();
        thread::scope(|scope| {
            for _ in 0..BESIDE {
                scope.spawn(|| {
                    while let Some((point, at_once)) = ways.get(next.fetch_add(1, Relaxed)) {
                        let found = every_time(kind, point, *at_once, seed);
                        *tally.lock().unwrap() += found;
                    }
                });
            }
        });
        let tally = tally.into_inner().unwrap();
        println!("{}: {tally:?}, in {:?}", kind.0, begun.elapsed());
        // Had it not come to any of these, it would have shown nothing.
        assert!(tally.unknown_and_done > 0 && tally.unknown_and_not_done > 0);
        assert!(tally.idempotent_again > 0 && tally.read_again > 0);
    }
}

/// Crashes at a point the first time, the second time, and so on, until a conversation comes to
/// its answer before.
fn every_time(kind: Kind, point: &str, at_once: u32, seed: u64) -> Tally {
    let mut tally = Tally::default();
    for time in 1.. {
        let mut seed = Seed::new(seed, time);
        let crashed = crash_at(kind, (point, time), at_once, &mut seed);
        tally += crashed;
        if crashed.kills == 0 {
            assert!(time > 1, "no conversation comes to {point:?}");
            break;
        }
    }
    tally
}

/// Crashes there, and on the way back from there once more.
fn crash_at(kind: Kind, at: (&str, u64), at_once: u32, seed: &mut Seed) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let says = [None, Some("Go on.")][(at.1 % 2) as usize];
    let (path, store) = (folder.path().to_owned(), kind.1(folder.path()));
    let conversation = ConversationId::random().to_string();
    let task = Task { folder: path, store, conversation, steps: STEPS, at_once, says };
    let runtime = Runtime::new().unwrap();
    let second = (POINTS[seed.below(POINTS.len() as u64) as usize], 1 + seed.below(5));
    let how = format!("a kill at {at:?}, and in the next life at {second:?}");
    let (mut witness, mut kills) = (Witness::of(&task, how), 0);
    for at in [Some(at), Some(second), None] {
        let (ended, _) = task.start_to_crash(at).wait();
        runtime.block_on(witness.look());
        match ended {
            Ended::Killed => kills += 1,
            Ended::Answered => break,
        }
    }
    let tally = runtime.block_on(witness.conclude());
    Tally { kills, restarts: kills, ..tally }
}
