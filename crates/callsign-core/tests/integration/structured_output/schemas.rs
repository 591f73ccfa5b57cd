//! Output types that are not objects, and schemas that are known only at run time.

use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::journal::entry::OutputMode;
use callsign_types::limits::Limits;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Trip, last_text, porto, porto_json, schema};
use crate::common::agent;

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
enum Transport {
    Train,
    Walk { km: u8 },
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
enum Tree {
    Leaf(i32),
    Branches(Vec<Tree>),
}

/// Returns the output for `answer` as a text, and checks that it is the same as a call.
async fn output_of<T>(answer: Value) -> T
where
    T: serde::de::DeserializeOwned + JsonSchema + std::fmt::Debug + PartialEq + 'static,
{
    let model = ScriptedModel::new([
        ScriptedReply::text(answer.to_string()),
        ScriptedReply::call("final_answer", answer),
    ]);
    let agent = agent(&model).build().unwrap();
    let value = agent.run("Say it.").output::<T>().await.unwrap();
    let called = agent.run("Say it.").output::<T>().mode(OutputMode::Tool).await.unwrap();
    assert_eq!(value, called);
    value
}

#[tokio::test]
async fn other_types_are_wrapped_in_an_object() {
    assert_eq!(output_of::<Vec<u8>>(json!({"value": [1, 2]})).await, [1, 2]);
    assert_eq!(output_of::<String>(json!({"value": "Porto"})).await, "Porto");
    assert_eq!(output_of::<f64>(json!({"value": 1.5})).await, 1.5);
    assert_eq!(output_of::<Option<Trip>>(json!({"value": null})).await, None);
    assert_eq!(output_of::<Option<Trip>>(json!({"value": porto_json()})).await, Some(porto()));
    assert_eq!(output_of::<Transport>(json!({"value": "Train"})).await, Transport::Train);
    assert_eq!(
        output_of::<Transport>(json!({"value": {"Walk": {"km": 3}}})).await,
        Transport::Walk { km: 3 }
    );
    let tree = json!({"value": {"Branches": [{"Leaf": 1}, {"Branches": []}]}});
    let branches = Tree::Branches(vec![Tree::Leaf(1), Tree::Branches(Vec::new())]);
    assert_eq!(output_of::<Tree>(tree).await, branches);
    assert_eq!(output_of::<Value>(json!({"value": {"any": 1}})).await, json!({"any": 1}));
}

#[tokio::test]
async fn value_without_the_wrapping_object_is_accepted() {
    let model =
        ScriptedModel::new([ScriptedReply::text("[1, 2]"), ScriptedReply::text("{\"list\": [1]}")]);
    let agent = agent(&model).limits(Limits::default().output_retries(0)).build().unwrap();
    let list: Vec<u8> = agent.run("Say it.").output().await.unwrap();
    assert_eq!(list, [1, 2]);
    let error = agent.run("Say it.").output::<Vec<u8>>().await.unwrap_err();
    assert!(error.to_string().contains("`value`"), "{error}");
}

#[tokio::test]
async fn error_path_matches_the_text_of_the_model() {
    let model = ScriptedModel::new([
        ScriptedReply::text("{\"value\": [1, 300]}"),
        ScriptedReply::text("{\"value\": [1, 3]}"),
    ]);
    let agent = agent(&model).build().unwrap();
    let list: Vec<u8> = agent.run("Say it.").output().await.unwrap();
    assert_eq!(list, [1, 3]);
    let rejection = last_text(&model.last_request().unwrap());
    assert!(rejection.contains("`value[1]`"), "{rejection}");
}

#[tokio::test]
async fn schema_can_be_known_only_at_run_time() {
    let model = ScriptedModel::new([ScriptedReply::text(porto_json().to_string())]);
    let agent = agent(&model).build().unwrap();
    let shape = json!({
        "type": "object",
        "properties": { "to": { "type": "string" }, "stops": { "type": "array" } },
        "required": ["to"],
    });
    let run = agent.run("Plan it.");
    let value: Value = run.output_schema("my trip", shape.clone()).await.unwrap();
    assert_eq!(value, porto_json());
    let request = model.last_request().unwrap();
    assert_eq!(schema(&request), Some(("my_trip", &shape)));
}

#[cfg(feature = "validate")]
#[tokio::test]
async fn invalid_schema_fails_before_a_request() {
    let agent = agent(&ScriptedModel::new([])).build().unwrap();
    for shape in [json!({"type": "object", "properties": 7}), json!({"type": "strnig"})] {
        let error = agent.run("Plan it.").output_schema("trip", shape).await.unwrap_err();
        let message = error.to_string();
        assert!(
            error.is_configuration() && message.contains("the output schema is not valid"),
            "{message}"
        );
    }
}

#[cfg(feature = "validate")]
#[tokio::test]
async fn every_keyword_of_the_schema_is_validated() {
    let shape = json!({
        "type": "object",
        "properties": { "nights": { "type": "integer", "maximum": 9 } },
        "required": ["nights"],
    });
    let model = ScriptedModel::new([
        ScriptedReply::text("{\"nights\":12}"),
        ScriptedReply::text("{\"nights\":2}"),
    ]);
    let agent = agent(&model).build().unwrap();
    let value = agent.run("Plan it.").output_schema("trip", shape).await.unwrap();
    assert_eq!(value, json!({"nights": 2}));
    assert!(last_text(&model.last_request().unwrap()).contains("`nights`"));
}

#[tokio::test]
async fn null_stands_for_an_absent_property_with_a_default() {
    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    struct Stay {
        city: String,
        #[serde(default = "two")]
        nights: u8,
        #[serde(default)]
        notes: Vec<Note>,
    }
    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    struct Note {
        #[serde(default)]
        text: String,
        author: Option<String>,
    }
    fn two() -> u8 {
        2
    }
    let reply =
        json!({ "city": "Porto", "nights": null, "notes": [{ "text": null, "author": null }] });
    let model = ScriptedModel::new([ScriptedReply::text(reply.to_string())]);
    let agent = agent(&model).build().unwrap();
    let stay: Stay = agent.run("Plan it.").output().await.unwrap();
    let notes = vec![Note { text: String::new(), author: None }];
    assert_eq!(stay, Stay { city: "Porto".into(), nights: 2, notes });
}
