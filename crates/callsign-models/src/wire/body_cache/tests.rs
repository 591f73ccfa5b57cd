#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use callsign_types::message::{AssistantMessage, ToolCall};
use callsign_types::messages::Messages;
use serde_json::json;

use super::*;

/// An endpoint whose cached bodies are compared with bodies that are serialized at once.
struct CheckedCache {
    profile: Profile,
    cache: BodyCache,
}

impl CheckedCache {
    fn new(profile: Profile) -> Self {
        Self { profile, cache: BodyCache::default() }
    }

    /// Serializes the body and checks it.
    #[track_caller]
    fn check(&self, request: &Request) -> Bytes {
        let profile = &self.profile;
        let body = RequestBody {
            request,
            profile,
            model: Some("m"),
            streaming: true,
            stream_options: true,
        };
        let written = self.cache.write(&body).unwrap();
        assert_eq!(
            std::str::from_utf8(&written).unwrap(),
            serde_json::to_string(&body).unwrap(),
            "the cached body differs"
        );
        written
    }
}

fn tool_call() -> Message {
    let call = ToolCall::new("call-1", "get_flight_info", "{\"origin\": \"Miami\"}");
    AssistantMessage::default().with_tool_calls([call]).into()
}

fn tool() -> ToolDefinition {
    ToolDefinition::new("get_flight_info", "Flights.", json!({ "type": "object" }))
}

/// Takes all notes and returns the numbers of messages that they cover.
fn take_all_cached(messages: &Messages) -> Vec<usize> {
    let mut found = Vec::new();
    let mut notes = Vec::new();
    while let Some((at, note)) = messages.take_cached(|_: &CachedPrefix| true) {
        found.push(at);
        notes.push(note);
    }
    found
}

#[test]
fn extended_bodies_equal_bodies_serialized_at_once() {
    for profile in [Profile::openai(), Profile::openai_compatible(), Profile::model_inference()] {
        let cache = CheckedCache::new(profile);
        let mut request = Request::user("Hi.").instructions("Be brief.").tools([tool()]);
        for turn in 0..5 {
            cache.check(&request);
            request.messages.push(tool_call());
            request.messages.push(Message::assistant(""));
            request.messages.push(Message::tool("call-1", format!("\"{turn}\"")));
        }
        cache.check(&request);
        // The same messages with other fields after them.
        cache.check(&request);
        request.tool_choice = ToolChoice::None;
        cache.check(&request);
        request.options = Arc::new(Options::new().temperature(0.5));
        cache.check(&request);
        request.tools = Arc::default();
        cache.check(&request);
    }
}

#[test]
fn only_the_newest_body_is_kept() {
    let cache = CheckedCache::new(Profile::openai());
    let mut request = Request::user("Hi.");
    cache.check(&request);
    request.messages.push(tool_call());
    cache.check(&request);
    request.messages.push(Message::tool("call-1", "10:00"));
    cache.check(&request);
    assert_eq!(take_all_cached(&request.messages), [3]);
}

#[test]
fn extended_body_reuses_the_allocation() {
    let cache = CheckedCache::new(Profile::openai());
    let mut request = Request::user("Hi.".repeat(1000));
    // The second body reallocates with spare capacity, which the third one uses.
    drop(cache.check(&request));
    request.messages.push(Message::assistant("Hello."));
    let first = cache.check(&request).as_ptr();
    request.messages.push(Message::user("Bye."));
    assert_eq!(cache.check(&request).as_ptr(), first);
}

#[test]
fn body_that_is_still_in_use_is_not_modified() {
    let cache = CheckedCache::new(Profile::openai());
    let mut request = Request::user("Hi.");
    let first = cache.check(&request);
    let before = first.to_vec();
    request.messages.push(Message::user("Hello?"));
    cache.check(&request);
    assert_eq!(first, before);
}

#[test]
fn forks_have_separate_bodies() {
    let cache = CheckedCache::new(Profile::openai());
    let mut one = Request::user("Hi.");
    cache.check(&one);
    let mut other = one.clone();
    one.messages.push(Message::assistant("Hello."));
    other.messages.push(Message::assistant("Good day."));
    for _ in 0..2 {
        cache.check(&one);
        cache.check(&other);
        one.messages.push(Message::user("And?"));
        other.messages.push(Message::user("So?"));
    }
    cache.check(&one);
    cache.check(&other);
}

#[test]
fn other_instructions_or_formats_start_a_new_body() {
    let (one, other) =
        (CheckedCache::new(Profile::openai()), CheckedCache::new(Profile::openai_compatible()));
    let mut request = Request::user("Hi.").instructions("Be brief.");
    request.messages.push(tool_call());
    one.check(&request);
    other.check(&request);
    request.messages.push(Message::tool("call-1", "10:00"));
    // Each cache left its own note, and neither takes the note of the other.
    assert_eq!(take_all_cached(&request.messages.clone()), [2, 2]);
    one.check(&request);
    other.check(&request);
    request.instructions = Some("Be long.".into());
    one.check(&request);
    request.instructions = None;
    one.check(&request);
}

#[test]
fn dependent_messages_are_serialized_at_once() {
    let mut single = Profile::openai_compatible();
    single.single_system_message = true;
    let cache = CheckedCache::new(single);
    let mut request = Request::user("Hi.").instructions("Be brief.");
    cache.check(&request);
    request.messages.push(Message::system("And polite."));
    cache.check(&request);
    assert_eq!(take_all_cached(&request.messages), [1], "the second body left no note");

    let alternating = Profile { alternating_roles: true, ..Profile::openai_compatible() };
    let cache = CheckedCache::new(alternating);
    let mut request = Request::user("Hi.").instructions("Be brief.");
    cache.check(&request);
    request.messages.push(Message::user("And?"));
    cache.check(&request);
    assert_eq!(take_all_cached(&request.messages), [1], "the second body left no note");
    let mut request = Request::new(vec![Message::system("Be polite.")]).instructions("Be brief.");
    cache.check(&request);
    request.messages.push(Message::user("Hi."));
    cache.check(&request);
    assert!(take_all_cached(&request.messages).is_empty());

    let cache = CheckedCache::new(Profile::openai());
    let options = Options::new().response_format(ResponseFormat::JsonObject);
    let mut request = Request::user("Hi.").instructions("Be brief.").options(options);
    cache.check(&request);
    request.messages.push(Message::user("In JSON!"));
    cache.check(&request);
    assert!(take_all_cached(&request.messages).is_empty());
}

#[test]
fn image_in_a_result_is_sent_as_the_profile_requires() {
    use callsign_types::content::Part;

    let image = Part::image_url("https://example.com/a.png");
    let with_image = match Message::tool("call-1", "") {
        Message::Tool(mut result) => {
            result.content = vec![Part::text("a map"), image].into();
            Message::Tool(result)
        }
        other => other,
    };
    for (profile, apart) in [(Profile::openai(), true), (Profile::openai_compatible(), false)] {
        let cache = CheckedCache::new(profile);
        // Before, with, and after the image.
        let mut request = Request::user("Where?").tools([tool()]);
        cache.check(&request);
        request.messages.push(tool_call());
        request.messages.push(with_image.clone());
        let body = cache.check(&request);
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let messages = body["messages"].as_array().unwrap();
        assert_eq!(messages.len(), if apart { 4 } else { 3 });
        let position = messages.iter().position(|m| m.to_string().contains("image_url"));
        assert_eq!(messages[position.unwrap()]["role"], if apart { "user" } else { "tool" });
        request.messages.push(Message::assistant("There."));
        request.messages.push(Message::user("And?"));
        cache.check(&request);
    }
}

#[test]
fn dependencies_are_checked_again_for_another_profile() {
    use callsign_types::content::Part;

    let with_image = match Message::tool("call-1", "") {
        Message::Tool(mut result) => {
            result.content = vec![Part::image_url("https://example.com/a.png")].into();
            Message::Tool(result)
        }
        other => other,
    };
    let together = Profile::openai_compatible();
    let (mut apart, mut single) = (together.clone(), together.clone());
    apart.tool_media_apart = true;
    single.single_system_message = true;
    let alternating = Profile { alternating_roles: true, ..together.clone() };
    let together = CheckedCache::new(together);
    for (other, message) in [
        (apart, with_image),
        (single, Message::system("And polite.")),
        (alternating, Message::user("And when?")),
    ] {
        let other = CheckedCache::new(other);
        let mut request = Request::user("Where?").instructions("Be brief.").tools([tool()]);
        request.messages.push(tool_call());
        request.messages.push(message);
        together.check(&request);
        other.check(&request);
        request.messages.push(Message::user("And?"));
        other.check(&request);
        together.check(&request);
    }
}
