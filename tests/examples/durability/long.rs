//! Long conversations: what they take on the disk, and how long it takes to go on with them.

use std::time::Instant;

use crate::agents::Steps;
use crate::places::Place;

/// The one in the middle has 10,000 entries.
const TURNS: [u64; 4] = [100, 1_000, 3_332, 10_000];

pub(crate) async fn print(places: &[Place]) {
    println!("| store | turns | entries | JSON | on disk | bytes a turn | to resume | to go on |");
    println!("|---|---|---|---|---|---|---|---|");
    for place in places {
        for turns in TURNS {
            print_one(place, turns).await;
        }
    }
    println!();
}

async fn print_one(place: &Place, turns: u64) {
    let part = format!("long-{turns}");
    let steps = Steps { turns, tool: "charge", calls: 1 };
    let store = place.open(&part).await;
    let name = Place::conversation();
    let chat = steps.agent(store.clone()).conversation(&name);
    chat.send("When are the trains to Porto?").await.unwrap();
    let entries = chat.entries().await.unwrap().len();
    let json = chat.export().await.unwrap().len() as u64;
    // In memory there is nothing to open again; elsewhere the store is opened anew.
    let again = (!place.lasts()).then(|| store.clone());
    drop((chat, store));
    let disk = place.bytes(&part).await;

    let begun = Instant::now();
    let store = match again {
        Some(store) => store,
        None => place.open(&part).await,
    };
    let next = Steps { turns: 0, ..steps };
    let chat = next.agent(store).conversation(&name);
    chat.resume().await.unwrap();
    let resumed = begun.elapsed();
    let begun = Instant::now();
    chat.send("Thank you.").await.unwrap();
    let went_on = begun.elapsed();
    println!(
        "| {} | {turns} | {entries} | {} | {} | {} | {resumed:.1?} | {went_on:.1?} |",
        place.name(),
        kilobytes(json),
        disk.map_or("–".to_owned(), kilobytes),
        disk.unwrap_or(json) / turns,
    );
}

fn kilobytes(bytes: u64) -> String {
    format!("{} kB", bytes / 1000)
}
