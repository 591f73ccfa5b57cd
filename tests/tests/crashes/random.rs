//! Killed at random moments, over the whole of a long conversation.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use callsign::ConversationId;
use tokio::runtime::Runtime;

use crate::life::{Ended, Task};
use crate::seed::Seed;
use crate::stores::{self, Kind};
use crate::witness::{Tally, Witness};

const KILLS: u64 = 200;
const STEPS: u64 = 30;

/// In how many lives a conversation comes to its answer, about.
const LIVES: u64 = 10;

/// Children that run beside each other.
const BESIDE: u64 = 3;

/// How long a child lives that is not killed, and how many events it tells of.
#[derive(Clone, Copy, Debug)]
struct Undisturbed {
    time: Duration,
    events: u64,
}

/// Where in their conversations the kills were.
type Moments = Mutex<Vec<(usize, usize)>>;

#[test]
fn two_hundred_kills_at_random_moments() {
    for kind in stores::kinds() {
        let begun = Instant::now();
        let (tally, moments) = kill_at_random(kind, Seed::from_environment());
        println!("{}: {tally:?}, in {:?}", kind.0, begun.elapsed());
        assert!(tally.kills >= KILLS);
        // A life that was ended early is no life in which nothing was done.
        let mut fifths = [0; 5];
        for (at, length) in moments.into_inner().unwrap() {
            fifths[(at * 5 / (length + 1)).min(4)] += 1;
        }
        println!("kills in each fifth of the conversation: {fifths:?}");
        assert!(fifths.iter().all(|kills| *kills > 0), "{fifths:?}");
    }
}

fn kill_at_random(kind: Kind, seed: u64) -> (Tally, Moments) {
    let undisturbed = measure(kind);
    println!("{}: undisturbed {undisturbed:?}", kind.0);
    let (kills, tally, moments) = (AtomicU64::new(0), Mutex::default(), Moments::default());
    thread::scope(|scope| {
        for part in 0..BESIDE {
            let (kills, tally, moments) = (&kills, &tally, &moments);
            scope.spawn(move || {
                let mut seed = Seed::new(seed, part);
                while kills.load(Relaxed) < KILLS {
                    *tally.lock().unwrap() +=
                        one_conversation(kind, undisturbed, &mut seed, kills, moments);
                }
            });
        }
    });
    let tally = *tally.lock().unwrap();
    (tally, moments)
}

fn task(kind: Kind, folder: &Path) -> Task {
    let conversation = ConversationId::random().to_string();
    let (folder, store) = (folder.to_owned(), kind.1(folder));
    Task { folder, store, conversation, steps: STEPS, at_once: 32, says: None }
}

fn measure(kind: Kind) -> Undisturbed {
    let folder = tempfile::tempdir().unwrap();
    let task = task(kind, folder.path());
    let begun = Instant::now();
    let (ended, events) = task.start().wait();
    let time = begun.elapsed();
    assert_eq!(ended, Ended::Answered);
    let tally =
        Runtime::new().unwrap().block_on(Witness::of(&task, "no kill".to_owned()).conclude());
    assert_eq!(tally, Tally { conversations: 1, ..Tally::default() });
    Undisturbed { time, events }
}

/// Kills a conversation's process again and again, until it has answered.
fn one_conversation(
    kind: Kind,
    undisturbed: Undisturbed,
    seed: &mut Seed,
    kills: &AtomicU64,
    moments: &Moments,
) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let at_once = if seed.below(2) == 0 { 2 } else { 32 };
    let says = [None, Some("Go on.")][seed.below(2) as usize];
    let task = Task { at_once, says, ..task(kind, folder.path()) };
    let runtime = Runtime::new().unwrap();
    let mut witness = Witness::of(&task, "random kills".to_owned());
    let (mut killed, mut lives) = (Vec::new(), 0);
    loop {
        lives += 1;
        let life = task.start();
        let ended = if seed.below(2) == 0 {
            life.kill_after(seed.time(undisturbed.time * 2 / LIVES as u32))
        } else {
            let events = seed.below(undisturbed.events * 2 / LIVES);
            life.kill_at_event(events, seed.time(Duration::from_millis(3)))
        };
        runtime.block_on(witness.look());
        if ended == Ended::Answered {
            break;
        }
        kills.fetch_add(1, Relaxed);
        killed.push(witness.length());
    }
    let length = witness.length();
    let mut tally = runtime.block_on(witness.conclude());
    moments.lock().unwrap().extend(killed.iter().map(|at| (*at, length)));
    tally.kills = killed.len() as u64;
    tally.restarts = lives - 1;
    tally
}
