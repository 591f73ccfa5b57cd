//! The cost of a turn: commits, entries, bytes, wall-clock time and CPU time.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use callsign::store::ConversationId;

use crate::agents::Steps;
use crate::counting_store::{Counts, counting};
use crate::process::cpu_time;
use crate::stores::StoreKind;

const TURNS: u64 = 5_000;

/// The kinds of turns, each with a label and the model that makes them.
const TURN_KINDS: [(&str, Steps); 4] = [
    ("message and answer", Steps { turns: 0, tool: "look_up", calls: 0 }),
    ("one `read_only` call", Steps { turns: TURNS, tool: "look_up", calls: 1 }),
    ("one plain call", Steps { turns: TURNS, tool: "charge", calls: 1 }),
    ("three parallel plain calls", Steps { turns: TURNS, tool: "charge", calls: 3 }),
];

pub(crate) async fn print(stores: &[StoreKind]) {
    println!("| turn | store | commits | entries | bytes | turns per second | CPU per turn |");
    println!("|---|---|---|---|---|---|---|");
    for (label, steps) in TURN_KINDS {
        for kind in stores {
            let (counts, wall, cpu) = measure(kind, steps).await;
            let per_turn = |count: u64| count as f64 / TURNS as f64;
            let cpu = cpu.map_or("?".to_owned(), |time| {
                format!("{:.0} µs", time.as_micros() as f64 / TURNS as f64)
            });
            println!(
                "| {label} | {} | {:.1} | {:.1} | {:.0} | {:.0} | {cpu} |",
                kind.name(),
                per_turn(counts.commits.load(Relaxed)),
                per_turn(counts.entries.load(Relaxed)),
                per_turn(counts.bytes.load(Relaxed)),
                TURNS as f64 / wall.as_secs_f64(),
            );
        }
    }
    println!();
}

async fn measure(kind: &StoreKind, steps: Steps) -> (Arc<Counts>, Duration, Option<Duration>) {
    let counts = Arc::new(Counts::default());
    let database = format!("turns-{}-{}", steps.tool, steps.calls);
    let store = counting(kind.open(&database).await, counts.clone());
    let agent = steps.agent(store);
    let (start, cpu_before) = (Instant::now(), cpu_time());
    if steps.turns == 0 {
        // Each message reads the whole conversation, so conversations are short: ten messages.
        for _ in 0..TURNS / 10 {
            let chat = agent.conversation(ConversationId::random().as_str());
            for _ in 0..10 {
                chat.send("When is the next train to Porto?").await.unwrap();
            }
        }
    } else {
        agent
            .conversation(ConversationId::random().as_str())
            .send("When are the trains to Porto?")
            .await
            .unwrap();
    }
    let cpu = cpu_time().zip(cpu_before).map(|(after, before)| after - before);
    (counts, start.elapsed(), cpu)
}
