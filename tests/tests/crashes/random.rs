//! Kills at random moments of long conversations.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use callsign::store::ConversationId;
use tokio::runtime::Runtime;

use crate::checker::{Checker, Tally};
use crate::process::{Exit, Scenario};
use crate::seed::Seed;
use crate::stores::{self, Kind};

const KILLS: u64 = 200;
const STEPS: u64 = 30;

/// The approximate number of processes until a conversation completes.
const PROCESSES: u64 = 10;

/// The number of children that run in parallel.
const PARALLEL: u64 = 3;

/// The run time and the number of events of a child that is not killed.
#[derive(Clone, Copy, Debug)]
struct Baseline {
    time: Duration,
    events: u64,
}

/// The kills: the length of the journal at the kill, and at the end.
type KillPositions = Mutex<Vec<(usize, usize)>>;

#[test]
fn conversations_survive_200_kills_at_random_moments() {
    for kind in stores::kinds() {
        let start = Instant::now();
        let (tally, positions) = kill_at_random(kind, Seed::from_environment());
        println!("{}: {tally:?}, in {:?}", kind.0, start.elapsed());
        assert!(tally.kills >= KILLS);
        // Kills have to cover the whole conversation, not only its start.
        let mut fifths = [0; 5];
        for (at, length) in positions.into_inner().unwrap() {
            fifths[(at * 5 / (length + 1)).min(4)] += 1;
        }
        println!("kills in each fifth of the conversation: {fifths:?}");
        assert!(fifths.iter().all(|kills| *kills > 0), "{fifths:?}");
    }
}

fn kill_at_random(kind: Kind, seed: u64) -> (Tally, KillPositions) {
    let baseline = measure(kind);
    println!("{}: {baseline:?}", kind.0);
    let (kills, tally, positions) = (AtomicU64::new(0), Mutex::default(), KillPositions::default());
    thread::scope(|scope| {
        for part in 0..PARALLEL {
            let (kills, tally, positions) = (&kills, &tally, &positions);
            scope.spawn(move || {
                let mut seed = Seed::new(seed, part);
                while kills.load(Relaxed) < KILLS {
                    *tally.lock().unwrap() +=
                        one_conversation(kind, baseline, &mut seed, kills, positions);
                }
            });
        }
    });
    let tally = *tally.lock().unwrap();
    (tally, positions)
}

fn scenario(kind: Kind, folder: &Path) -> Scenario {
    let conversation = ConversationId::random().to_string();
    let (folder, store) = (folder.to_owned(), kind.1(folder));
    Scenario { folder, store, conversation, steps: STEPS, concurrency: 32, message: None }
}

/// Runs a conversation without a kill.
fn measure(kind: Kind) -> Baseline {
    let folder = tempfile::tempdir().unwrap();
    let scenario = scenario(kind, folder.path());
    let start = Instant::now();
    let (exit, events) = scenario.start().wait();
    let time = start.elapsed();
    assert_eq!(exit, Exit::Answered);
    let checker = Checker::new(&scenario, "no kill".to_owned());
    let tally = Runtime::new().unwrap().block_on(checker.finish());
    assert_eq!(tally, Tally { conversations: 1, ..Tally::default() });
    Baseline { time, events }
}

/// Runs a conversation, and kills its processes at random moments, until it has answered.
fn one_conversation(
    kind: Kind,
    baseline: Baseline,
    seed: &mut Seed,
    kills: &AtomicU64,
    positions: &KillPositions,
) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let concurrency = if seed.below(2) == 0 { 2 } else { 32 };
    let message = [None, Some("Continue.")][seed.below(2) as usize];
    let scenario = Scenario { concurrency, message, ..scenario(kind, folder.path()) };
    let runtime = Runtime::new().unwrap();
    let mut checker = Checker::new(&scenario, "random kills".to_owned());
    let (mut killed_at, mut processes) = (Vec::new(), 0);
    loop {
        processes += 1;
        let process = scenario.start();
        let exit = if seed.below(2) == 0 {
            process.kill_after(seed.duration_below(baseline.time * 2 / PROCESSES as u32))
        } else {
            let events = seed.below(baseline.events * 2 / PROCESSES);
            process.kill_at_event(events, seed.duration_below(Duration::from_millis(3)))
        };
        runtime.block_on(checker.check());
        if exit == Exit::Answered {
            break;
        }
        kills.fetch_add(1, Relaxed);
        killed_at.push(checker.journal_length());
    }
    let length = checker.journal_length();
    let mut tally = runtime.block_on(checker.finish());
    positions.lock().unwrap().extend(killed_at.iter().map(|at| (*at, length)));
    tally.kills = killed_at.len() as u64;
    tally.restarts = processes - 1;
    tally
}
