//! Typed output with `#[data]`, as providers receive it.
use callsign::agent::{OutputEvent, TypedOutput};
use callsign::middleware::{Fallback, RateLimit, Retry};
use callsign::model::{OutputMode, Profile};
use callsign::prelude::*;
use callsign::testing::{PracticeModel, ScriptedModel, ScriptedReply};
use callsign::{Model, Request};
use serde_json::{Value, json};

/// A seat on a flight.
#[data]
#[derive(Debug, PartialEq)]
struct Booking {
    /// The destination of the flight.
    destination_city: String,
    /// The number of seats.
    seats: u8,
    note: Option<String>,
}

fn local() -> callsign::model::ChatModelBuilder {
    ChatModel::builder("http://127.0.0.1:9/v1").model("m")
}

/// Returns the request of a run with the output type `T`.
async fn request<T: TypedOutput>(answer: Value, mode: OutputMode) -> Request {
    let script = ScriptedModel::new([ScriptedReply::text(answer.to_string())]);
    let agent = Agent::builder(script.clone()).build().unwrap();
    agent.run("Plan it.").output::<T>().mode(mode).await.unwrap();
    script.last_request().unwrap()
}

fn body(profile: Profile, request: &Request) -> Value {
    let model = local().profile(profile).streaming(false).build().unwrap();
    model.preview(request).unwrap().body
}

#[tokio::test]
async fn schema_mode_sends_a_strict_schema() {
    let answer = json!({"destination_city": "Porto", "seats": 2});
    let request = request::<Booking>(answer, OutputMode::Schema).await;
    let format = json!({
        "type": "json_schema",
        "json_schema": {
            "name": "Booking",
            "description": "A seat on a flight.",
            "strict": true,
            "schema": {
                "type": "object",
                "description": "A seat on a flight.",
                "properties": {
                    "destination_city": {
                        "type": "string",
                        "description": "The destination of the flight.",
                    },
                    "seats": {
                        "type": "integer",
                        "description": "The number of seats.",
                        "minimum": 0,
                        "maximum": 255,
                    },
                    "note": { "type": ["string", "null"] },
                },
                "required": ["destination_city", "seats", "note"],
                "additionalProperties": false,
            },
        },
    });
    for profile in [Profile::openai(), Profile::model_inference()] {
        assert_eq!(body(profile, &request)["response_format"], format);
    }
}

#[tokio::test]
async fn json_and_tool_mode_send_other_formats() {
    let answer = json!({"value": ["Porto"]});
    let json = request::<Vec<String>>(answer.clone(), OutputMode::Json).await;
    let sent = body(Profile::openai(), &json);
    assert_eq!(sent["response_format"], json!({"type": "json_object"}));
    assert!(sent["messages"][0]["content"].as_str().unwrap().contains("\"value\""), "{sent}");
    let tool = request::<Vec<String>>(answer, OutputMode::Tool).await;
    let sent = body(Profile::openai(), &tool);
    assert_eq!(sent.get("response_format"), None);
    assert_eq!(sent["tools"][0]["function"]["name"], "final_answer");
    assert_eq!(sent["tools"][0]["function"]["parameters"]["required"], json!(["value"]));
}

#[tokio::test]
async fn practice_model_returns_typed_output() {
    let practice = PracticeModel::start().await.unwrap();
    for streaming in [true, false] {
        let model = ChatModel::builder(practice.endpoint()).streaming(streaming).build().unwrap();
        let agent = Agent::builder(model).build().unwrap();
        let builder = agent.run("Book 2 seats on the next flight from Miami to Seattle.");
        let mut run = builder.output::<Booking>().stream();
        let mut newest = None;
        while let Some(event) = run.next().await {
            if let OutputEvent::Partial(value) = event {
                newest = Some(value);
            }
        }
        let (booking, reply) = run.with_reply().await.unwrap().into_parts();
        assert_eq!(booking.destination_city, "Seattle", "{reply}");
        assert_eq!(newest, Some(serde_json::from_str(reply.text()).unwrap()));
        assert!(reply.usage().total_tokens() > 0);
    }
}

#[test]
fn model_info_has_the_output_mode() {
    let schema = || local().build().unwrap();
    let json = || local().output_mode(OutputMode::Json).build().unwrap();
    let mut profile = Profile::openai_compatible();
    profile.output_mode = OutputMode::Tool;
    let tool = local().profile(profile.clone()).build().unwrap();
    let deepseek = ChatModel::builder("https://api.deepseek.com/v1").model("deepseek-chat");
    assert_eq!(schema().info().output_mode, OutputMode::Schema);
    assert_eq!(json().info().output_mode, OutputMode::Json);
    assert_eq!(tool.info().output_mode, OutputMode::Tool);
    assert_eq!(deepseek.build().unwrap().info().output_mode, OutputMode::Json);
    let overridden = local().profile(profile).output_mode(OutputMode::Schema).build().unwrap();
    assert_eq!(overridden.info().output_mode, OutputMode::Schema);
    // Wrappers report the mode of the inner model. `Fallback` reports one that all models support.
    assert_eq!(RateLimit::new(Retry::new(json())).info().output_mode, OutputMode::Json);
    assert_eq!(Fallback::new(schema()).then(schema()).info().output_mode, OutputMode::Schema);
    assert_eq!(Fallback::new(schema()).then(json()).info().output_mode, OutputMode::Json);
    assert_eq!(
        Fallback::new(json()).then(tool).then(schema()).info().output_mode,
        OutputMode::Tool
    );
}
