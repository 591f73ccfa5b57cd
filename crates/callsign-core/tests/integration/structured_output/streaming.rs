//! Partial values of a streamed output.

use std::time::Duration;

use callsign_core::agent::output::output_run::{OutputEvent, OutputRun};
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::event::{Event, ModelEvent, ToolCallDelta};
use callsign_types::journal::entry::OutputMode;
use callsign_types::message::ToolCall;
use callsign_types::request::Request;
use callsign_types::traits::model::{Model, ModelInfo, ModelStream};
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::{Trip, porto};
use crate::common::{Effects, agent, builder, work};

/// A model that waits before each event, as a network does between reads.
struct Paced(ScriptedModel);

impl Model for Paced {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        self.0
            .stream(request)
            .then(|event| async move {
                tokio::time::sleep(Duration::from_millis(1)).await;
                event
            })
            .boxed()
    }

    fn info(&self) -> ModelInfo<'_> {
        self.0.info()
    }
}

fn text(pieces: &[&str]) -> ScriptedReply {
    ScriptedReply::events(pieces.iter().map(|piece| ModelEvent::TextDelta((*piece).to_owned())))
}

/// Returns a response that calls these tools. The pieces of their arguments alternate.
fn calls(calls: &[(&str, &[&str])]) -> ScriptedReply {
    let mut events = Vec::new();
    for piece in 0..calls.iter().map(|(_, pieces)| pieces.len()).max().unwrap_or(0) {
        for (index, (name, pieces)) in calls.iter().enumerate() {
            let name = (piece == 0).then(|| (*name).to_owned());
            let arguments = pieces.get(piece).copied().unwrap_or_default().to_owned();
            events.push(ModelEvent::ToolCallDelta(ToolCallDelta::new(index, name, arguments)));
        }
    }
    let whole = calls.iter().map(|(name, pieces)| ToolCall::new("", *name, pieces.concat()));
    ScriptedReply::events(events.into_iter().chain(whole.map(ModelEvent::ToolCall)))
}

async fn partials<T: 'static>(run: &mut OutputRun<T>) -> Vec<Value> {
    let mut partials = Vec::new();
    while let Some(event) = run.next().await {
        match event {
            OutputEvent::Partial(value) => partials.push(value),
            OutputEvent::Event(Event::OutputRejected { .. }) => partials.push(json!("rejected")),
            _ => {}
        }
    }
    partials
}

#[tokio::test]
async fn partial_values_grow_with_the_text() {
    let model = ScriptedModel::new([text(&[
        "{\"to\": \"Po",
        "rto\",",
        " \"sto",
        "ps\": [",
        "\"Avei",
        "ro\"",
        "]}",
    ])]);
    let agent = builder(Paced(model)).build().unwrap();
    let mut run = agent.run("Plan it.").output::<Trip>().stream();
    assert_eq!(
        partials(&mut run).await,
        [
            json!({"to": "Po"}),
            json!({"to": "Porto"}),
            json!({"to": "Porto", "stops": []}),
            json!({"to": "Porto", "stops": ["Avei"]}),
            json!({"to": "Porto", "stops": ["Aveiro"]}),
        ]
    );
    let (trip, reply) = run.with_reply().await.unwrap().into_parts();
    assert_eq!((trip, reply.turns()), (porto(), 1));
}

#[tokio::test]
async fn deltas_that_arrive_together_make_one_partial_value() {
    let model =
        ScriptedModel::new([text(&["{\"to\": \"Po", "rto\",", " \"stops\": [\"Avei", "ro\"]}"])]);
    let agent = agent(&model).build().unwrap();
    let mut run = agent.run("Plan it.").output::<Trip>().stream();
    assert_eq!(partials(&mut run).await, [json!({"to": "Porto", "stops": ["Aveiro"]})]);
    assert_eq!(run.await.unwrap(), porto());
}

#[tokio::test]
async fn long_output_has_partial_values_even_if_more_is_always_ready() {
    let stops = ["\"Aveiro\","; 1000].concat();
    let output = format!("{{\"to\": \"Porto\", \"stops\": [{}]}}", stops.trim_end_matches(','));
    let pieces: Vec<_> = output.as_bytes().chunks(8).collect();
    let pieces: Vec<_> = pieces.iter().map(|piece| str::from_utf8(piece).unwrap()).collect();
    let model = ScriptedModel::new([text(&pieces)]);
    let agent = agent(&model).build().unwrap();
    let mut run = agent.run("Plan it.").output::<Trip>().stream();
    let partials = partials(&mut run).await;
    assert!((5..40).contains(&partials.len()), "{} values", partials.len());
    assert_eq!(run.await.unwrap().stops.len(), 1000);
}

#[tokio::test]
async fn partial_values_omit_the_wrapping_object() {
    let model = ScriptedModel::new([text(&["{", "\"value\":", "[1", ", 2", "]", "}"])]);
    let agent = builder(Paced(model)).build().unwrap();
    let mut run = agent.run("Say it.").output::<Vec<u8>>().stream();
    assert_eq!(partials(&mut run).await, [json!([]), json!([1]), json!([1, 2])]);
    assert_eq!(run.await.unwrap(), [1, 2]);
}

#[tokio::test]
async fn partial_values_grow_with_the_arguments_of_the_call() {
    let model = ScriptedModel::new([calls(&[
        ("work", &["{\"name\"", ": \"a\"}", "", ""]),
        ("final_answer", &["", "{\"to\": \"Porto", "\", \"stops\":", " [\"Aveiro\"]}"]),
    ])]);
    let agent = builder(Paced(model)).tool(work(&Effects::default())).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().mode(OutputMode::Tool);
    let mut run = output.stream();
    assert_eq!(
        partials(&mut run).await,
        [json!({"to": "Porto"}), json!({"to": "Porto", "stops": ["Aveiro"]})]
    );
    assert_eq!(run.await.unwrap(), porto());
}

#[tokio::test]
async fn partial_values_restart_with_each_response() {
    let whole = "{\"to\": \"Porto\", \"stops\": [\"Aveiro\"]}";
    let model = ScriptedModel::new([
        text(&["Let me look. {\"to\": \"Nowhere\"}"]).and_call("work", json!({"name": "a"})),
        text(&["{\"to\": \"Porto\"}"]),
        text(&["```json\n", whole, "\n```"]),
    ]);
    let agent = agent(&model).tool(work(&Effects::default())).build().unwrap();
    let mut run = agent.run("Plan it.").output::<Trip>().stream();
    assert_eq!(
        partials(&mut run).await,
        [json!({"to": "Porto"}), json!("rejected"), json!({"to": "Porto", "stops": ["Aveiro"]})]
    );
    assert_eq!(run.await.unwrap(), porto());
}

#[tokio::test]
async fn run_that_could_not_start_returns_its_error_when_awaited() {
    let agent = agent(&ScriptedModel::new([])).build().unwrap();
    let mut run = agent.run("").output::<Trip>().stream();
    assert_eq!(run.next().await, None);
    assert!(run.await.unwrap_err().is_configuration());
}

#[tokio::test]
async fn cancel_handle_cancels_the_run_from_another_task() {
    let model = ScriptedModel::new([text(&["{\"to\": \"Po"]).and_hang()]);
    let agent = agent(&model).build().unwrap();
    let mut run = agent.run("Plan it.").output::<Trip>().stream();
    let handle = run.cancel_handle();
    while !matches!(run.next().await, Some(OutputEvent::Partial(_))) {}
    handle.cancel();
    let error = run.await.unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!(error.partial_text(), "{\"to\": \"Po");
}
