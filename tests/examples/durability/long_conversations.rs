//! Long conversations: their size on disk, and the time to continue them.

use std::time::Instant;

use callsign::store::ConversationId;

use crate::agents::Steps;
use crate::stores::StoreKind;

/// The third conversation has 10,000 entries.
const TURNS: [u64; 4] = [100, 1_000, 3_332, 10_000];

pub(crate) async fn print(stores: &[StoreKind]) {
    println!(
        "| store | turns | entries | JSON | on disk | bytes per turn | resume | next message |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for kind in stores {
        for turns in TURNS {
            print_row(kind, turns).await;
        }
    }
    println!();
}

async fn print_row(kind: &StoreKind, turns: u64) {
    let database = format!("long-{turns}");
    let steps = Steps { turns, tool: "charge", calls: 1 };
    let store = kind.open(&database).await;
    let name = ConversationId::random().to_string();
    let chat = steps.agent(store.clone()).conversation(&name);
    chat.send("When are the trains to Porto?").await.unwrap();
    let entries = chat.entries().await.unwrap().len();
    let json = chat.export().await.unwrap().len() as u64;
    // A store in memory cannot be opened again, so it stays open.
    let in_memory = (!kind.is_persistent()).then(|| store.clone());
    drop((chat, store));
    let disk = kind.bytes_on_disk(&database).await;

    let start = Instant::now();
    let store = match in_memory {
        Some(store) => store,
        None => kind.open(&database).await,
    };
    let next = Steps { turns: 0, ..steps };
    let chat = next.agent(store).conversation(&name);
    chat.resume().await.unwrap();
    let resume = start.elapsed();
    let start = Instant::now();
    chat.send("Thank you.").await.unwrap();
    let next_message = start.elapsed();
    println!(
        "| {} | {turns} | {entries} | {} | {} | {} | {resume:.1?} | {next_message:.1?} |",
        kind.name(),
        kilobytes(json),
        disk.map_or("–".to_owned(), kilobytes),
        disk.unwrap_or(json) / turns,
    );
}

fn kilobytes(bytes: u64) -> String {
    format!("{} kB", bytes / 1000)
}
