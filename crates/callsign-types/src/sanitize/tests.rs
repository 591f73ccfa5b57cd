use super::{NOT_CARRIED_OVER, Repair, repair, repair_with_report};
use crate::message::{AssistantMessage, Message, ToolCall};

fn call(id: &str) -> Message {
    AssistantMessage::default().with_tool_calls([ToolCall::new(id, "t", "{}")]).into()
}

/// Asserts that the messages are sanitized to `expected`, each as its role and text, with these
/// repairs.
#[track_caller]
fn check(given: Vec<Message>, expected: &[&str], repairs: &[(usize, Repair)]) {
    let repaired = repair_with_report(given);
    let lines =
        repaired.messages.iter().map(|message| format!("{} {}", message.role(), message.text()));
    assert_eq!(lines.collect::<Vec<_>>(), expected);
    assert_eq!(repaired.repairs, repairs);
    assert_eq!(repair(repaired.messages.clone()), repaired.messages, "not idempotent");
}

#[test]
fn a_result_is_matched_by_id_across_other_messages() {
    for note in [Message::system("note"), Message::user("note")] {
        let line = format!("{} note", note.role());
        check(
            vec![call("x"), note, Message::assistant("Well."), Message::tool("x", "42")],
            &["assistant ", "tool 42", &line, "assistant Well."],
            &[(3, Repair::MovedResult { id: "x".to_owned() })],
        );
    }
}

#[test]
fn a_result_belongs_to_the_newest_call_with_its_id() {
    let placeholder = format!("tool {NOT_CARRIED_OVER}");
    check(
        vec![call("x"), Message::user("note"), call("x"), Message::tool("x", "42")],
        &["assistant ", &placeholder, "user note", "assistant ", "tool 42"],
        &[
            (0, Repair::MissingResult { id: "x".to_owned() }),
            (2, Repair::Id { given: "x".to_owned(), now: "c00000001".to_owned() }),
        ],
    );
    check(
        vec![call("x"), Message::tool("x", "42"), Message::user("note"), Message::tool("x", "43")],
        &["assistant ", "tool 42", "user note"],
        &[(3, Repair::OrphanResult { id: "x".to_owned() })],
    );
}

#[test]
fn a_result_without_an_id_is_not_matched_across_user_messages() {
    let placeholder = format!("tool {NOT_CARRIED_OVER}");
    check(
        vec![call(""), Message::user("note"), Message::tool("", "42")],
        &["assistant ", &placeholder, "user note"],
        &[
            (0, Repair::Id { given: String::new(), now: "c00000000".to_owned() }),
            (0, Repair::MissingResult { id: "c00000000".to_owned() }),
            (2, Repair::OrphanResult { id: String::new() }),
        ],
    );
}

#[test]
fn an_assistant_message_with_audio_is_not_empty() {
    let with = |audio| {
        let extra = [("audio".to_owned(), audio)].into_iter().collect();
        Message::Assistant(AssistantMessage { extra, ..AssistantMessage::default() })
    };
    let spoken = with(serde_json::json!({ "id": "audio_1" }));
    assert_eq!(repair([spoken.clone()]), [spoken]);
    assert_eq!(repair([with(serde_json::Value::Null)]), []);
}
