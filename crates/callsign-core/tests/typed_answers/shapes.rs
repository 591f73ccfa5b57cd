//! Answers that are no objects by themselves, and schemas that are known at run time.

use callsign_core::journal::entry::AnswerFormat;
use callsign_core::words::limits::Limits;
use callsign_testkit::{Scripted, ScriptedModel};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::common::agent;
use super::{Trip, last_text, porto, porto_json, schema};

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
enum Way {
    Train,
    Walk { km: u8 },
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
enum Tree {
    Leaf(i32),
    Branches(Vec<Tree>),
}

/// What a reply of this text, or a call with it, comes to.
async fn answers<T>(answer: Value) -> T
where
    T: serde::de::DeserializeOwned + JsonSchema + std::fmt::Debug + PartialEq + 'static,
{
    let model = ScriptedModel::new([
        Scripted::text(answer.to_string()),
        Scripted::call("final_answer", answer),
    ]);
    let agent = agent(&model).build().unwrap();
    let value = agent.run("Say it.").output::<T>().await.unwrap();
    let called = agent.run("Say it.").output::<T>().format(AnswerFormat::Tool).await.unwrap();
    assert_eq!(value, called);
    value
}

#[tokio::test]
async fn what_is_no_object_is_asked_for_in_one() {
    assert_eq!(answers::<Vec<u8>>(json!({"value": [1, 2]})).await, [1, 2]);
    assert_eq!(answers::<String>(json!({"value": "Porto"})).await, "Porto");
    assert_eq!(answers::<f64>(json!({"value": 1.5})).await, 1.5);
    assert_eq!(answers::<Option<Trip>>(json!({"value": null})).await, None);
    assert_eq!(answers::<Option<Trip>>(json!({"value": porto_json()})).await, Some(porto()));
    assert_eq!(answers::<Way>(json!({"value": "Train"})).await, Way::Train);
    assert_eq!(answers::<Way>(json!({"value": {"Walk": {"km": 3}}})).await, Way::Walk { km: 3 });
    let tree = json!({"value": {"Branches": [{"Leaf": 1}, {"Branches": []}]}});
    let branches = Tree::Branches(vec![Tree::Leaf(1), Tree::Branches(Vec::new())]);
    assert_eq!(answers::<Tree>(tree).await, branches);
    assert_eq!(answers::<Value>(json!({"value": {"any": 1}})).await, json!({"any": 1}));
}

#[tokio::test]
async fn a_list_without_the_object_is_taken_as_well() {
    let model = ScriptedModel::new([Scripted::text("[1, 2]"), Scripted::text("{\"list\": [1]}")]);
    let agent = agent(&model).limits(Limits::default().answer_retries(0)).build().unwrap();
    let list: Vec<u8> = agent.run("Say it.").output().await.unwrap();
    assert_eq!(list, [1, 2]);
    let error = agent.run("Say it.").output::<Vec<u8>>().await.unwrap_err();
    assert!(error.to_string().contains("`value`"), "{error}");
}

#[tokio::test]
async fn the_path_of_a_fault_is_the_one_that_was_written() {
    let model = ScriptedModel::new([
        Scripted::text("{\"value\": [1, 300]}"),
        Scripted::text("{\"value\": [1, 3]}"),
    ]);
    let agent = agent(&model).build().unwrap();
    let list: Vec<u8> = agent.run("Say it.").output().await.unwrap();
    assert_eq!(list, [1, 3]);
    let told = last_text(&model.last_request().unwrap());
    assert!(told.contains("`value[1]`"), "{told}");
}

#[tokio::test]
async fn a_schema_may_be_known_at_run_time_only() {
    let model = ScriptedModel::new([Scripted::text(porto_json().to_string())]);
    let agent = agent(&model).build().unwrap();
    let shape = json!({
        "type": "object",
        "properties": { "to": { "type": "string" }, "stops": { "type": "array" } },
        "required": ["to"],
    });
    let turn = agent.run("Plan it.");
    let value: Value = turn.output_schema("my trip", shape.clone()).await.unwrap();
    assert_eq!(value, porto_json());
    let request = model.last_request().unwrap();
    assert_eq!(schema(&request), Some(("my_trip", &shape, None)));
}

#[cfg(feature = "validate")]
#[tokio::test]
async fn a_schema_that_is_none_is_told_of_before_anything_is_sent() {
    let agent = agent(&ScriptedModel::new([])).build().unwrap();
    for shape in [json!({"type": "object", "properties": 7}), json!({"type": "strnig"})] {
        let error = agent.run("Plan it.").output_schema("trip", shape).await.unwrap_err();
        let said = error.to_string();
        assert!(error.is_configuration() && said.contains("schema of the answer"), "{said}");
    }
}

#[cfg(feature = "validate")]
#[tokio::test]
async fn the_whole_schema_counts() {
    let shape = json!({
        "type": "object",
        "properties": { "nights": { "type": "integer", "maximum": 9 } },
        "required": ["nights"],
    });
    let model =
        ScriptedModel::new([Scripted::text("{\"nights\":12}"), Scripted::text("{\"nights\":2}")]);
    let agent = agent(&model).build().unwrap();
    let value = agent.run("Plan it.").output_schema("trip", shape).await.unwrap();
    assert_eq!(value, json!({"nights": 2}));
    assert!(last_text(&model.last_request().unwrap()).contains("`nights`"));
}
