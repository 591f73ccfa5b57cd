//! Outputs with prose around the JSON value.

use callsign_testkit::{ScriptedModel, ScriptedReply};

use super::{Trip, last_text, porto, porto_json};
use crate::common::agent;

#[tokio::test]
async fn value_in_prose_is_the_output() {
    let json = porto_json();
    for text in [
        format!("Here is the trip:\n\n{json}\n\nHave a nice [journey]!"),
        format!("Sure.\n```json\n{json:#}\n```\nAnything else?"),
        "Sure:\n```\n{'to': 'Porto', 'stops': ['Aveiro']}\n```\n".to_owned(),
    ] {
        let model = ScriptedModel::new([ScriptedReply::text(text)]);
        let agent = agent(&model).build().unwrap();
        assert_eq!(agent.run("Plan it.").output::<Trip>().await.unwrap(), porto());
    }
}

#[tokio::test]
async fn list_in_prose_is_the_output() {
    let model = ScriptedModel::new([ScriptedReply::text("The stops are [\"Aveiro\", \"Porto\"].")]);
    let agent = agent(&model).build().unwrap();
    let stops: Vec<String> = agent.run("Which stops?").output().await.unwrap();
    assert_eq!(stops, ["Aveiro", "Porto"]);
}

#[tokio::test]
async fn two_values_in_prose_are_rejected() {
    let json = porto_json();
    let model = ScriptedModel::new([
        ScriptedReply::text(format!("Either {json} or {json}.")),
        ScriptedReply::text(json.to_string()),
    ]);
    let agent = agent(&model).build().unwrap();
    assert_eq!(agent.run("Plan it.").output::<Trip>().await.unwrap(), porto());
    let reason = last_text(&model.last_request().unwrap());
    assert!(reason.contains("more than one JSON value"), "{reason}");
}

#[tokio::test]
async fn other_value_in_prose_is_rejected_by_the_schema() {
    let model = ScriptedModel::new([
        ScriptedReply::text("Here: {\"to\": \"Porto\"}"),
        ScriptedReply::text(porto_json().to_string()),
    ]);
    let agent = agent(&model).build().unwrap();
    assert_eq!(agent.run("Plan it.").output::<Trip>().await.unwrap(), porto());
    assert!(last_text(&model.last_request().unwrap()).contains("`stops`"));
}
