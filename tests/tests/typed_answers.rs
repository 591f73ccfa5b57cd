//! Typed answers from the outside: with `#[data]`, over HTTP, as a service sees them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use callsign::prelude::*;
use callsign::{
    AnswerFormat, Fallback, Model, OutputEvent, PracticeModel, Profile, RateLimit, Request, Retry,
    Scripted, ScriptedModel, TypedAnswer,
};
use serde_json::{Value, json};

/// A seat on a flight.
#[data]
#[derive(Debug, PartialEq)]
struct Booking {
    /// Where the flight goes.
    destination_city: String,
    /// How many seats.
    seats: u8,
    note: Option<String>,
}

fn local() -> callsign::ChatModelBuilder {
    ChatModel::builder("http://127.0.0.1:9/v1").model("m")
}

/// The request that a run sends which asks for this type.
async fn request<T: TypedAnswer>(answer: Value, format: AnswerFormat) -> Request {
    let script = ScriptedModel::new([Scripted::text(answer.to_string())]);
    let agent = Agent::builder(script.clone()).build().unwrap();
    agent.run("Plan it.").output::<T>().format(format).await.unwrap();
    script.last_request().unwrap()
}

fn body(profile: Profile, request: &Request) -> Value {
    let model = local().profile(profile).streaming(false).build().unwrap();
    model.preview(request).unwrap().body
}

#[tokio::test]
async fn a_service_sees_the_strict_form() {
    let answer = json!({"destination_city": "Porto", "seats": 2});
    let request = request::<Booking>(answer, AnswerFormat::Schema).await;
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
                        "description": "Where the flight goes.",
                    },
                    "seats": {
                        "type": "integer",
                        "description": "How many seats.",
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
async fn a_service_sees_the_other_formats() {
    let answer = json!({"value": ["Porto"]});
    let json = request::<Vec<String>>(answer.clone(), AnswerFormat::Json).await;
    let sent = body(Profile::openai(), &json);
    assert_eq!(sent["response_format"], json!({"type": "json_object"}));
    assert!(sent["messages"][0]["content"].as_str().unwrap().contains("\"value\""), "{sent}");
    let tool = request::<Vec<String>>(answer, AnswerFormat::Tool).await;
    let sent = body(Profile::openai(), &tool);
    assert_eq!(sent.get("response_format"), None);
    assert_eq!(sent["tools"][0]["function"]["name"], "final_answer");
    assert_eq!(sent["tools"][0]["function"]["parameters"]["required"], json!(["value"]));
}

#[tokio::test]
async fn the_practice_model_answers_in_the_shape() {
    let practice = PracticeModel::start().await.unwrap();
    for streaming in [true, false] {
        let model = ChatModel::builder(practice.endpoint()).streaming(streaming).build().unwrap();
        let agent = Agent::builder(model).build().unwrap();
        let turn = agent.run("Book 2 seats on the next flight from Miami to Seattle.");
        let mut run = turn.output::<Booking>().stream();
        let mut newest = None;
        while let Some(event) = run.next().await {
            if let OutputEvent::Partial(value) = event {
                newest = Some(value);
            }
        }
        let (booking, reply) = run.with_reply().await.unwrap();
        assert_eq!(booking.destination_city, "Seattle", "{reply}");
        assert_eq!(newest, Some(serde_json::from_str(reply.text()).unwrap()));
        assert!(reply.usage().total_tokens() > 0);
    }
}

#[test]
fn a_model_says_how_it_is_best_asked() {
    let schema = || local().build().unwrap();
    let json = || local().answer_format(AnswerFormat::Json).build().unwrap();
    let mut profile = Profile::openai_compatible();
    profile.answer_format = AnswerFormat::Tool;
    let tool = local().profile(profile.clone()).build().unwrap();
    let deepseek = ChatModel::builder("https://api.deepseek.com/v1").model("deepseek-chat");
    assert_eq!(schema().answer_format(), AnswerFormat::Schema);
    assert_eq!(json().answer_format(), AnswerFormat::Json);
    assert_eq!(tool.answer_format(), AnswerFormat::Tool);
    assert_eq!(deepseek.build().unwrap().answer_format(), AnswerFormat::Json);
    let over = local().profile(profile).answer_format(AnswerFormat::Schema).build().unwrap();
    assert_eq!(over.answer_format(), AnswerFormat::Schema);
    // Decorators say what is inside, and of several models what all of them take.
    assert_eq!(RateLimit::new(Retry::new(json())).answer_format(), AnswerFormat::Json);
    assert_eq!(Fallback::new(schema()).or(schema()).answer_format(), AnswerFormat::Schema);
    assert_eq!(Fallback::new(schema()).or(json()).answer_format(), AnswerFormat::Json);
    assert_eq!(Fallback::new(json()).or(tool).or(schema()).answer_format(), AnswerFormat::Tool);
}
