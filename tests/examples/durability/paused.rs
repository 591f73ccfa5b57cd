//! The memory of conversations that wait for an approval.

use std::process::Command;

use callsign::prelude::*;
use callsign::store::ConversationId;

use crate::agents::Steps;
use crate::process::memory;
use crate::stores::StoreKind;

const CONVERSATIONS: u64 = 1_000;

/// Measures each store in its own process, because freed memory of other work would be reused.
pub(crate) fn print(stores: &[StoreKind]) {
    println!("| store | paused conversations | memory of each |");
    println!("|---|---|---|");
    for index in 0..stores.len() {
        let program = std::env::current_exe().unwrap();
        assert!(Command::new(program).arg(index.to_string()).status().unwrap().success());
    }
    println!();
}

pub(crate) async fn measure(kind: &StoreKind) {
    let store = kind.open("paused").await;
    let agent = Steps { turns: 1, tool: "book", calls: 1 }.agent(store);
    // The first conversations allocate what all of them share.
    let first = pause(&agent).await;
    let before = memory();
    let measured = pause(&agent).await;
    let memory_of_each = memory().zip(before).map(|(after, before)| {
        format!("{:.1} kB", after.saturating_sub(before) as f64 / 1000.0 / CONVERSATIONS as f64)
    });
    drop((first, measured));
    println!(
        "| {} | {CONVERSATIONS} | {} |",
        kind.name(),
        memory_of_each.unwrap_or("?".to_owned())
    );
}

/// Returns [`CONVERSATIONS`] conversations that wait for an approval.
async fn pause(agent: &Agent) -> Vec<Conversation> {
    let mut conversations = Vec::new();
    for _ in 0..CONVERSATIONS {
        let chat = agent.conversation(ConversationId::random().as_str());
        let reply = chat.send("Book the train to Porto.").await.unwrap();
        assert_eq!(reply.approvals().len(), 1);
        conversations.push(chat);
    }
    conversations
}
