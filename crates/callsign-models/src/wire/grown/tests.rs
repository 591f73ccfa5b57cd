#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use callsign_core::words::message::{AssistantMessage, ToolCall};
use callsign_core::words::messages::Messages;
use serde_json::json;

use super::*;

/// One service, of which each body has to be what it is when it is written at once.
struct Service {
    profile: Profile,
    bodies: Bodies,
}

impl Service {
    fn new(profile: Profile) -> Self {
        Self { profile, bodies: Bodies::default() }
    }

    /// The body, and whether it goes on from one that was written before.
    #[track_caller]
    fn check(&self, request: &Request) -> Bytes {
        let profile = &self.profile;
        let body =
            Body { request, profile, model: Some("m"), streaming: true, stream_options: true };
        let written = self.bodies.write(&body).unwrap();
        assert_eq!(
            std::str::from_utf8(&written).unwrap(),
            serde_json::to_string(&body).unwrap(),
            "what is written in pieces is not what is written at once"
        );
        written
    }
}

fn called() -> Message {
    let call = ToolCall::new("call-1", "get_flight_info", "{\"origin\": \"Miami\"}");
    Message::Assistant(AssistantMessage { tool_calls: vec![call], ..AssistantMessage::default() })
}

fn tool() -> ToolDefinition {
    ToolDefinition::new("get_flight_info", "Flights.", json!({ "type": "object" }))
}

fn noted(messages: &Messages) -> Vec<usize> {
    let mut found = Vec::new();
    let mut notes = Vec::new();
    while let Some((at, note)) = messages.take_note(|_: &Grown| true) {
        found.push(at);
        notes.push(note);
    }
    found
}

#[test]
fn a_body_that_grows_is_what_it_is_when_written_at_once() {
    for profile in [Profile::openai(), Profile::openai_compatible(), Profile::model_inference()] {
        let service = Service::new(profile);
        let mut request = Request::user("Hi.").instructions("Be brief.").tools([tool()]);
        for turn in 0..5 {
            service.check(&request);
            request.messages.push(called());
            request.messages.push(Message::assistant(""));
            request.messages.push(Message::tool("call-1", format!("\"{turn}\"")));
        }
        service.check(&request);
        // Nothing new, and then another choice and other options behind the same messages.
        service.check(&request);
        request.tool_choice = ToolChoice::None;
        service.check(&request);
        request.options = Arc::new(Options::new().temperature(0.5));
        service.check(&request);
        request.tools = Arc::default();
        service.check(&request);
    }
}

#[test]
fn what_is_kept_is_the_newest_body_alone() {
    let service = Service::new(Profile::openai());
    let mut request = Request::user("Hi.");
    service.check(&request);
    request.messages.push(called());
    service.check(&request);
    request.messages.push(Message::tool("call-1", "10:00"));
    service.check(&request);
    assert_eq!(noted(&request.messages), [3]);
}

#[test]
fn a_body_goes_on_in_the_very_memory_of_the_last() {
    let service = Service::new(Profile::openai());
    let mut request = Request::user("Hi.".repeat(1000));
    // The first is written into as much room as there is, and the second makes some.
    drop(service.check(&request));
    request.messages.push(Message::assistant("Hello."));
    let first = service.check(&request).as_ptr();
    request.messages.push(Message::user("Bye."));
    assert_eq!(service.check(&request).as_ptr(), first);
}

#[test]
fn a_body_that_is_still_being_sent_stays_as_it_is() {
    let service = Service::new(Profile::openai());
    let mut request = Request::user("Hi.");
    let first = service.check(&request);
    let before = first.to_vec();
    request.messages.push(Message::user("Hello?"));
    service.check(&request);
    assert_eq!(first, before);
}

#[test]
fn forks_go_on_each_with_its_own() {
    let service = Service::new(Profile::openai());
    let mut one = Request::user("Hi.");
    service.check(&one);
    let mut other = one.clone();
    one.messages.push(Message::assistant("Hello."));
    other.messages.push(Message::assistant("Good day."));
    for _ in 0..2 {
        service.check(&one);
        service.check(&other);
        one.messages.push(Message::user("And?"));
        other.messages.push(Message::user("So?"));
    }
    service.check(&one);
    service.check(&other);
}

#[test]
fn other_instructions_and_another_dialect_begin_anew() {
    let (one, other) =
        (Service::new(Profile::openai()), Service::new(Profile::openai_compatible()));
    let mut request = Request::user("Hi.").instructions("Be brief.");
    request.messages.push(called());
    one.check(&request);
    other.check(&request);
    request.messages.push(Message::tool("call-1", "10:00"));
    // Each has left its own, and neither takes the other's.
    assert_eq!(noted(&request.messages.clone()), [2, 2]);
    one.check(&request);
    other.check(&request);
    request.instructions = Some("Be long.".into());
    one.check(&request);
    request.instructions = None;
    one.check(&request);
}

#[test]
fn where_messages_depend_on_each_other_they_are_written_together() {
    let mut single = Profile::openai_compatible();
    single.single_system_message = true;
    let service = Service::new(single);
    let mut request = Request::user("Hi.").instructions("Be brief.");
    service.check(&request);
    request.messages.push(Message::system("And polite."));
    service.check(&request);
    assert_eq!(noted(&request.messages), [1], "the second was written at once");

    let service = Service::new(Profile::openai());
    let options = Options::new().response_format(ResponseFormat::JsonObject);
    let mut request = Request::user("Hi.").instructions("Be brief.").options(options);
    service.check(&request);
    request.messages.push(Message::user("In JSON!"));
    service.check(&request);
    assert!(noted(&request.messages).is_empty());
}

#[test]
fn an_image_of_a_result_goes_where_the_service_takes_it() {
    use callsign_core::words::content::Part;

    let image = Part::image_url("https://example.com/a.png");
    let shows = match Message::tool("call-1", "") {
        Message::Tool(mut result) => {
            result.content = vec![Part::text("a map"), image].into();
            Message::Tool(result)
        }
        other => other,
    };
    for (profile, apart) in [(Profile::openai(), true), (Profile::openai_compatible(), false)] {
        let service = Service::new(profile);
        // Before the image, with it, and behind it.
        let mut request = Request::user("Where?").tools([tool()]);
        service.check(&request);
        request.messages.push(called());
        request.messages.push(shows.clone());
        let body = service.check(&request);
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let messages = body["messages"].as_array().unwrap();
        assert_eq!(messages.len(), if apart { 4 } else { 3 });
        let with_image = messages.iter().position(|m| m.to_string().contains("image_url"));
        assert_eq!(messages[with_image.unwrap()]["role"], if apart { "user" } else { "tool" });
        request.messages.push(Message::assistant("There."));
        request.messages.push(Message::user("And?"));
        service.check(&request);
    }
}

#[test]
fn what_was_looked_at_by_one_service_is_looked_at_again_by_another() {
    use callsign_core::words::content::Part;

    let shows = match Message::tool("call-1", "") {
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
    let together = Service::new(together);
    for (other, message) in [(apart, shows), (single, Message::system("And polite."))] {
        let other = Service::new(other);
        let mut request = Request::user("Where?").instructions("Be brief.").tools([tool()]);
        request.messages.push(called());
        request.messages.push(message);
        together.check(&request);
        other.check(&request);
        request.messages.push(Message::user("And?"));
        other.check(&request);
        together.check(&request);
    }
}
