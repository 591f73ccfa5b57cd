//! Values as they grow.

use callsign_core::agent::output::output_run::{OutputEvent, OutputRun};
use callsign_core::journal::entry::AnswerFormat;
use callsign_core::words::event::{Event, ModelEvent, ToolCallDelta};
use callsign_core::words::message::ToolCall;
use callsign_testkit::{Scripted, ScriptedModel};
use serde_json::{Value, json};

use super::common::{Effects, agent, work};
use super::{Trip, porto};

fn text(pieces: &[&str]) -> Scripted {
    Scripted::events(pieces.iter().map(|piece| ModelEvent::TextDelta((*piece).to_owned())))
}

/// Calls of these tools, whose arguments come in pieces, one of each in turn.
fn calls(calls: &[(&str, &[&str])]) -> Scripted {
    let mut events = Vec::new();
    for piece in 0..calls.iter().map(|(_, pieces)| pieces.len()).max().unwrap_or(0) {
        for (index, (name, pieces)) in calls.iter().enumerate() {
            let name = (piece == 0).then(|| (*name).to_owned());
            let arguments = pieces.get(piece).copied().unwrap_or_default().to_owned();
            events.push(ModelEvent::ToolCallDelta(ToolCallDelta { index, name, arguments }));
        }
    }
    let whole = calls.iter().map(|(name, pieces)| ToolCall::new("", *name, pieces.concat()));
    Scripted::events(events.into_iter().chain(whole.map(ModelEvent::ToolCall)))
}

async fn partials<T: 'static>(run: &mut OutputRun<T>) -> Vec<Value> {
    let mut partials = Vec::new();
    while let Some(event) = run.next().await {
        match event {
            OutputEvent::Partial(value) => partials.push(value),
            OutputEvent::Event(Event::AnswerRejected { .. }) => partials.push(json!("rejected")),
            _ => {}
        }
    }
    partials
}

#[tokio::test]
async fn a_text_grows_into_the_value() {
    let model = ScriptedModel::new([text(&[
        "{\"to\": \"Po",
        "rto\",",
        " \"sto",
        "ps\": [",
        "\"Avei",
        "ro\"",
        "]}",
    ])]);
    let agent = agent(&model).build().unwrap();
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
    let (trip, reply) = run.with_reply().await.unwrap();
    assert_eq!((trip, reply.turns()), (porto(), 1));
}

#[tokio::test]
async fn the_object_around_a_value_is_not_told() {
    let model = ScriptedModel::new([text(&["{", "\"value\":", "[1", ", 2", "]", "}"])]);
    let agent = agent(&model).build().unwrap();
    let mut run = agent.run("Say it.").output::<Vec<u8>>().stream();
    assert_eq!(partials(&mut run).await, [json!([]), json!([1]), json!([1, 2])]);
    assert_eq!(run.await.unwrap(), [1, 2]);
}

#[tokio::test]
async fn a_call_grows_into_the_value() {
    let model = ScriptedModel::new([calls(&[
        ("work", &["{\"name\"", ": \"a\"}", "", ""]),
        ("final_answer", &["", "{\"to\": \"Porto", "\", \"stops\":", " [\"Aveiro\"]}"]),
    ])]);
    let agent = agent(&model).tool(work(&Effects::default())).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().format(AnswerFormat::Tool);
    let mut run = output.stream();
    assert_eq!(
        partials(&mut run).await,
        [json!({"to": "Porto"}), json!({"to": "Porto", "stops": ["Aveiro"]})]
    );
    assert_eq!(run.await.unwrap(), porto());
}

#[tokio::test]
async fn values_begin_anew_where_the_model_does() {
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
async fn what_could_not_be_begun_says_so_when_it_is_awaited() {
    let agent = agent(&ScriptedModel::new([])).build().unwrap();
    let mut run = agent.run("").output::<Trip>().stream();
    assert_eq!(run.next().await, None);
    assert!(run.await.unwrap_err().is_configuration());
}

#[tokio::test]
async fn it_can_be_cancelled_from_beside() {
    let model = ScriptedModel::new([text(&["{\"to\": \"Po"]).and_hang()]);
    let agent = agent(&model).build().unwrap();
    let mut run = agent.run("Plan it.").output::<Trip>().stream();
    let canceller = run.canceller();
    while !matches!(run.next().await, Some(OutputEvent::Partial(_))) {}
    canceller.cancel();
    let error = run.await.unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!(error.partial_text(), "{\"to\": \"Po");
}
