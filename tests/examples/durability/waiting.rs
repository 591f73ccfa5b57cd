//! Conversations that wait for a person: what they take of this process's memory.

use std::process::Command;

use callsign::prelude::*;

use crate::agents::Steps;
use crate::machine::memory;
use crate::places::Place;

const CONVERSATIONS: u64 = 1_000;

/// Each is measured in a process of its own, which has no memory left over from anything else.
pub(crate) fn print(places: &[Place]) {
    println!("| store | conversations that wait | memory of each |");
    println!("|---|---|---|");
    for place in 0..places.len() {
        let program = std::env::current_exe().unwrap();
        assert!(Command::new(program).arg(place.to_string()).status().unwrap().success());
    }
    println!();
}

pub(crate) async fn measure(place: &Place) {
    let store = place.open("waiting").await;
    let agent = Steps { turns: 1, tool: "book", calls: 1 }.agent(store);
    // What is made once, whoever waits, is made before it is measured.
    let first = wait(&agent).await;
    let before = memory();
    let all = wait(&agent).await;
    let each = memory().zip(before).map(|(after, before)| {
        format!("{:.1} kB", after.saturating_sub(before) as f64 / 1000.0 / CONVERSATIONS as f64)
    });
    drop((first, all));
    println!("| {} | {CONVERSATIONS} | {} |", place.name(), each.unwrap_or("?".to_owned()));
}

/// So many conversations that wait, and the handles by which they go on.
async fn wait(agent: &Agent) -> Vec<Conversation> {
    let mut all = Vec::new();
    for _ in 0..CONVERSATIONS {
        let chat = agent.conversation(Place::conversation());
        let reply = chat.send("Book the train to Porto.").await.unwrap();
        assert_eq!(reply.approvals().len(), 1);
        all.push(chat);
    }
    all
}
