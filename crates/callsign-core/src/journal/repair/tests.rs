use super::{Mend, NOT_CARRIED_OVER, repair, repair_and_tell};
use crate::words::message::{AssistantMessage, Message, ToolCall};

fn call(id: &str) -> Message {
    let tool_calls = vec![ToolCall::new(id, "t", "{}")];
    Message::Assistant(AssistantMessage { tool_calls, ..AssistantMessage::default() })
}

/// The messages are mended to these, each as its role and text, with these mends.
#[track_caller]
fn check(given: Vec<Message>, expected: &[&str], mends: &[(usize, Mend)]) {
    let mended = repair_and_tell(given);
    let said =
        mended.messages.iter().map(|message| format!("{} {}", message.role(), message.text()));
    assert_eq!(said.collect::<Vec<_>>(), expected);
    assert_eq!(mended.mends, mends);
    assert_eq!(repair(mended.messages.clone()), mended.messages, "not idempotent");
}

#[test]
fn a_result_finds_its_call_by_the_id_whoever_spoke_in_between() {
    for note in [Message::system("note"), Message::user("note")] {
        let said = format!("{} note", note.role());
        check(
            vec![call("x"), note, Message::assistant("Well."), Message::tool("x", "42")],
            &["assistant ", "tool 42", &said, "assistant Well."],
            &[(3, Mend::MovedResult { id: "x".to_owned() })],
        );
    }
}

#[test]
fn a_result_belongs_to_the_newest_call_of_its_id() {
    let filled = format!("tool {NOT_CARRIED_OVER}");
    check(
        vec![call("x"), Message::user("note"), call("x"), Message::tool("x", "42")],
        &["assistant ", &filled, "user note", "assistant ", "tool 42"],
        &[
            (0, Mend::MissingResult { id: "x".to_owned() }),
            (2, Mend::Id { given: "x".to_owned(), now: "c00000001".to_owned() }),
        ],
    );
    check(
        vec![call("x"), Message::tool("x", "42"), Message::user("note"), Message::tool("x", "43")],
        &["assistant ", "tool 42", "user note"],
        &[(3, Mend::OrphanResult { id: "x".to_owned() })],
    );
}

#[test]
fn a_result_without_an_id_is_not_sought_behind_others() {
    let filled = format!("tool {NOT_CARRIED_OVER}");
    check(
        vec![call(""), Message::user("note"), Message::tool("", "42")],
        &["assistant ", &filled, "user note"],
        &[
            (0, Mend::Id { given: String::new(), now: "c00000000".to_owned() }),
            (0, Mend::MissingResult { id: "c00000000".to_owned() }),
            (2, Mend::OrphanResult { id: String::new() }),
        ],
    );
}

#[test]
fn a_spoken_reply_says_something() {
    let with = |audio| {
        let extra = [("audio".to_owned(), audio)].into_iter().collect();
        Message::Assistant(AssistantMessage { extra, ..AssistantMessage::default() })
    };
    let spoken = with(serde_json::json!({ "id": "audio_1" }));
    assert_eq!(repair([spoken.clone()]), [spoken]);
    assert_eq!(repair([with(serde_json::Value::Null)]), []);
}
