use callsign_types::message::{AssistantMessage, Message, ToolCall};
use serde_json::{Value, json};

use super::WireMessage;
use crate::endpoint::profile::{CallContent, Profile};

fn encode(message: AssistantMessage, call_content: CallContent) -> Value {
    let mut profile = Profile::openai_compatible();
    profile.call_content = call_content;
    let message = Message::Assistant(message);
    serde_json::to_value(WireMessage { message: &message, profile: &profile }).expect("JSON")
}

fn with_audio(audio: Value) -> AssistantMessage {
    let extra = [("audio".to_owned(), audio)].into_iter().collect();
    let mut message = AssistantMessage::default();
    message.extra = extra;
    message
}

#[test]
fn audio_is_sent_by_id() {
    let audio = json!({ "id": "audio_1", "data": "AAAA", "transcript": "Hi." });
    let reference = json!({ "id": "audio_1" });
    assert_eq!(
        encode(with_audio(audio.clone()), CallContent::Null),
        json!({ "role": "assistant", "content": null, "audio": reference }),
    );
    assert_eq!(
        encode(with_audio(audio.clone()), CallContent::Omitted),
        json!({ "role": "assistant", "audio": reference }),
    );
    let message = with_audio(audio).with_tool_calls([ToolCall::new("a", "t", "{}")]);
    let message = encode(message, CallContent::Null);
    assert_eq!((&message["audio"], &message["tool_calls"][0]["id"]), (&reference, &json!("a")));
}

#[test]
fn audio_without_id_is_sent_unchanged_and_omitted_next_to_text() {
    let audio = json!({ "transcript": "Hi." });
    assert_eq!(
        encode(with_audio(audio.clone()), CallContent::Null),
        json!({ "role": "assistant", "content": null, "audio": audio }),
    );
    assert_eq!(
        encode(with_audio(Value::Null), CallContent::Null),
        json!({ "role": "assistant", "content": "" }),
    );
    let mut with_text = with_audio(audio);
    with_text.text = "Hi.".to_owned();
    assert_eq!(
        encode(with_text, CallContent::Null),
        json!({ "role": "assistant", "content": "Hi." }),
    );
}
