use callsign_core::words::message::{AssistantMessage, Message, ToolCall};
use serde_json::{Value, json};

use super::WireMessage;
use crate::endpoint::profile::{CallContent, Profile};

fn written(message: AssistantMessage, call_content: CallContent) -> Value {
    let mut profile = Profile::openai_compatible();
    profile.call_content = call_content;
    let message = Message::Assistant(message);
    serde_json::to_value(WireMessage { message: &message, profile: &profile }).expect("JSON")
}

fn spoken(audio: Value) -> AssistantMessage {
    let extra = [("audio".to_owned(), audio)].into_iter().collect();
    AssistantMessage { extra, ..AssistantMessage::default() }
}

#[test]
fn what_was_spoken_goes_back_by_its_id() {
    let audio = json!({ "id": "audio_1", "data": "AAAA", "transcript": "Hi." });
    let back = json!({ "id": "audio_1" });
    assert_eq!(
        written(spoken(audio.clone()), CallContent::Null),
        json!({ "role": "assistant", "content": null, "audio": back }),
    );
    assert_eq!(
        written(spoken(audio.clone()), CallContent::Omitted),
        json!({ "role": "assistant", "audio": back }),
    );
    let tool_calls = vec![ToolCall::new("a", "t", "{}")];
    let calling = AssistantMessage { tool_calls, ..spoken(audio) };
    let calling = written(calling, CallContent::Null);
    assert_eq!((&calling["audio"], &calling["tool_calls"][0]["id"]), (&back, &json!("a")));
}

#[test]
fn what_was_spoken_goes_back_as_it_came_without_an_id_and_not_at_all_beside_a_text() {
    let audio = json!({ "transcript": "Hi." });
    assert_eq!(
        written(spoken(audio.clone()), CallContent::Null),
        json!({ "role": "assistant", "content": null, "audio": audio }),
    );
    assert_eq!(
        written(spoken(Value::Null), CallContent::Null),
        json!({ "role": "assistant", "content": "" }),
    );
    let said = AssistantMessage { text: "Hi.".to_owned(), ..spoken(audio) };
    assert_eq!(written(said, CallContent::Null), json!({ "role": "assistant", "content": "Hi." }),);
}
