//! What is left of a history that was made shorter can be sent, wherever it was parted.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use callsign_core::journal::compact::Compaction;
use callsign_core::words::message::{AssistantMessage, Message, ToolCall};
use callsign_core::words::messages::Messages;
use callsign_testkit::check_sendable;
use proptest::prelude::*;

/// Messages of turns with so many calls each, behind standing instructions.
fn history(turns: &[usize]) -> Messages {
    let mut messages = vec![Message::system("Be brief.")];
    for (turn, calls) in turns.iter().enumerate() {
        messages.push(Message::user(format!("Question {turn}.")));
        if *calls > 0 {
            let ids: Vec<_> = (0..*calls).map(|call| format!("t{turn}c{call}")).collect();
            let tool_calls = ids.iter().map(|id| ToolCall::new(id, "list", "{}")).collect();
            messages.push(Message::Assistant(AssistantMessage {
                tool_calls,
                ..AssistantMessage::default()
            }));
            messages.extend(ids.iter().map(|id| Message::tool(id, "row ".repeat(50))));
        }
        messages.push(Message::assistant(format!("Answer {turn}.")));
    }
    messages.into()
}

proptest! {
    #[test]
    fn no_call_is_parted_from_its_result(
        turns in proptest::collection::vec(0_usize..4, 0..6),
        cuts in proptest::collection::vec((any::<bool>(), 0_u64..40), 1..4),
    ) {
        let whole = history(&turns);
        let mut messages = whole.clone();
        for (replace, before) in cuts {
            let compaction = if replace {
                Compaction::Replace { before, summary: String::new() }
            } else {
                Compaction::ClearResults { before }
            };
            let shorter = compaction.apply(&messages);
            check_sendable(&shorter).unwrap();
            prop_assert!(shorter.len() <= messages.len() + 1);
            // Instructions stay, and so does what was said last.
            prop_assert_eq!(shorter.get(0), whole.get(0));
            if before < messages.len() as u64 {
                prop_assert_eq!(shorter.last(), messages.last());
            }
            // It is written and read as it was.
            let json = serde_json::to_string(&compaction).unwrap();
            prop_assert_eq!(serde_json::from_str::<Compaction>(&json).unwrap(), compaction);
            messages = shorter;
        }
    }
}

proptest! {
    #[test]
    fn what_the_model_has_not_answered_stays(
        turns in proptest::collection::vec(0_usize..4, 0..4),
        calls in 0_usize..3,
        said in proptest::collection::vec(0_usize..3, 0..4),
        cuts in proptest::collection::vec((any::<bool>(), 0_u64..40), 1..4),
    ) {
        let mut messages = history(&turns);
        let mut waiting = Vec::new();
        // Replies with calls, and what the user says meanwhile.
        for (reply, said) in said.into_iter().enumerate() {
            for number in 0..said {
                waiting.push(format!("Waiting {reply} {number}."));
                messages.push(Message::user(waiting.last().unwrap().clone()));
            }
            let ids: Vec<_> = (0..calls).map(|call| format!("w{reply}c{call}")).collect();
            let tool_calls: Vec<_> = ids.iter().map(|id| ToolCall::new(id, "list", "{}")).collect();
            if calls > 0 {
                let message = AssistantMessage { tool_calls, ..AssistantMessage::default() };
                messages.push(Message::Assistant(message));
            }
            for id in &ids {
                messages.push(Message::tool(id, "seen ".repeat(50)));
            }
        }
        let unseen = messages.iter().rev().take_while(|message| matches!(message, Message::Tool(_)));
        let unseen: Vec<_> = unseen.cloned().collect();
        for (replace, before) in cuts {
            let compaction = if replace {
                Compaction::Replace { before, summary: String::new() }
            } else {
                Compaction::ClearResults { before }
            };
            messages = compaction.apply(&messages);
            check_sendable(&messages).unwrap();
            let left = messages.iter().map(|message| message.text().into_owned());
            let left: Vec<_> = left.filter(|text| text.starts_with("Waiting")).collect();
            prop_assert_eq!(&left, &waiting);
            let newest = messages.iter().rev().take(unseen.len()).cloned();
            prop_assert_eq!(newest.collect::<Vec<_>>(), unseen.clone());
        }
    }
}
