//! What a turn costs: commits, entries and bytes, and the time of the clock and of the processors.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crate::agents::Steps;
use crate::counted::{Counted, Counts};
use crate::machine::processor_time;
use crate::places::Place;

const TURNS: u64 = 5_000;

/// A turn of a shape: what is measured, and how much of it.
const SHAPES: [(&str, Steps); 4] = [
    ("said, and answered", Steps { turns: 0, tool: "look_up", calls: 0 }),
    ("one call that only reads", Steps { turns: TURNS, tool: "look_up", calls: 1 }),
    ("one call of a plain tool", Steps { turns: TURNS, tool: "charge", calls: 1 }),
    ("three of a plain tool at once", Steps { turns: TURNS, tool: "charge", calls: 3 }),
];

pub(crate) async fn print(places: &[Place]) {
    println!("| a turn | store | commits | entries | bytes | turns a second | CPU a turn |");
    println!("|---|---|---|---|---|---|---|");
    for (shape, steps) in SHAPES {
        for place in places {
            let (counts, wall, processors) = measure(place, steps).await;
            let each = |count: u64| count as f64 / TURNS as f64;
            let processors = processors.map_or("?".to_owned(), |time| {
                format!("{:.0} µs", time.as_micros() as f64 / TURNS as f64)
            });
            println!(
                "| {shape} | {} | {:.1} | {:.1} | {:.0} | {:.0} | {processors} |",
                place.name(),
                each(counts.commits.load(Relaxed)),
                each(counts.entries.load(Relaxed)),
                each(counts.bytes.load(Relaxed)),
                TURNS as f64 / wall.as_secs_f64(),
            );
        }
    }
    println!();
}

async fn measure(place: &Place, steps: Steps) -> (Arc<Counts>, Duration, Option<Duration>) {
    let counts = Arc::new(Counts::default());
    let store =
        Counted(place.open(&format!("turns-{}-{}", steps.tool, steps.calls)).await, counts.clone());
    let agent = steps.agent(store);
    let (begun, before) = (Instant::now(), processor_time());
    if steps.turns == 0 {
        // A conversation is read whole where something is said in it, so that each of these is
        // kept short: conversations of ten.
        for _ in 0..TURNS / 10 {
            let chat = agent.conversation(Place::conversation());
            for _ in 0..10 {
                chat.send("When is the next train to Porto?").await.unwrap();
            }
        }
    } else {
        agent
            .conversation(Place::conversation())
            .send("When are the trains to Porto?")
            .await
            .unwrap();
    }
    let spent = processor_time().zip(before).map(|(after, before)| after - before);
    (counts, begun.elapsed(), spent)
}
