//! Parsing of arguments.

use std::collections::BTreeMap;

use callsign::testing::{ScriptedModel, ScriptedReply};
use callsign::{Agent, data, tool, tools};

use crate::{call, failure, invalid_arguments};

/// A trip.
#[data]
struct Trip {
    legs: Vec<Leg>,
}

/// A leg.
#[data]
struct Leg {
    from: String,
    nights: u32,
}

fn two() -> u32 {
    2
}

/// Takes all kinds of arguments.
#[tool]
async fn kinds(
    city: &str,
    mut days: u32,
    #[serde(default = "two")]
    #[schemars(range(min = 1))]
    seats: u32,
    #[serde(rename = "class")] cabin: Option<String>,
    r#type: Vec<String>,
    _trace: Option<bool>,
) -> String {
    days += 1;
    format!("{city} {days} {seats} {cabin:?} {type:?}")
}

/// Takes a nested value.
#[tool]
fn nested(trip: Trip) -> String {
    trip.legs.iter().map(|leg| format!("{} {};", leg.from, leg.nights)).collect()
}

/// Takes any other properties.
#[tool]
fn anything(city: String, #[serde(flatten)] rest: BTreeMap<String, u32>) -> String {
    format!("{city} {rest:?}")
}

/// Takes an array and tuples.
#[tool]
fn pairs(box_: (f64, f64), pair: [u8; 2]) -> String {
    format!("{box_:?} {pair:?}")
}

#[tokio::test]
async fn arguments_of_every_kind_are_parsed() {
    let tool = &tools![kinds][0];
    let required = r#"{"city":"Porto","days":3,"type":[]}"#;
    assert_eq!(call(tool, required).await.unwrap(), "Porto 4 2 None []");
    let all = r#"{"city":"Porto","days":3,"seats":5,"class":"first","type":["a"],"trace":true}"#;
    assert_eq!(call(tool, all).await.unwrap(), r#"Porto 4 5 Some("first") ["a"]"#);
    let null = r#"{"city":"Porto","days":3,"class":null,"type":[]}"#;
    assert_eq!(call(tool, null).await.unwrap(), "Porto 4 2 None []");

    let tool = &tools![pairs][0];
    let pairs = r#"{"box_":[1.5,2],"pair":[3,4]}"#;
    assert_eq!(call(tool, pairs).await.unwrap(), "(1.5, 2.0) [3, 4]");
}

#[tokio::test]
async fn float_without_a_fraction_is_an_integer() {
    let result = async |tool: &str, arguments: &str| {
        let call = ScriptedReply::text("").and_call_raw("a", tool, arguments);
        let script = ScriptedModel::new([call, ScriptedReply::text("Done.")]);
        let agent = Agent::builder(script).tools(tools![nested, pairs]).build().unwrap();
        let reply = agent.run("Go.").await.unwrap();
        reply.messages()[2].text().into_owned()
    };
    let nights = |nights: &str| {
        format!(r#"{{"trip": {{"legs": [{{"from": "Porto", "nights": {nights}}}]}}}}"#)
    };
    assert_eq!(result("nested", &nights("2.0")).await, "Porto 2;");
    let pair = r#"{"box_": [1.0, 2.5], "pair": [3.0, 4]}"#;
    assert_eq!(result("pairs", pair).await, "(1.0, 2.5) [3, 4]");
    let refused = result("nested", &nights("2.5")).await;
    assert!(refused.starts_with("The arguments of `nested` are not valid"), "{refused}");

    let script = ScriptedModel::new([ScriptedReply::text(r#"{"from": "Porto", "nights": 2.0}"#)]);
    let agent = Agent::builder(script).build().unwrap();
    let leg: Leg = agent.run("Plan it.").output().await.unwrap();
    assert_eq!(leg.nights, 2);
}

#[tokio::test]
async fn invalid_arguments_are_rejected_with_their_path() {
    let kinds = &tools![kinds][0];
    let nested = &tools![nested][0];
    let check = async |tool, arguments, message| {
        assert_eq!(failure(tool, arguments).await, invalid_arguments(message), "{arguments}");
    };
    check(kinds, r#"{"days":3,"type":[]}"#, "missing field `city`").await;
    check(
        kinds,
        r#"{"city":"Porto","days":"three","type":[]}"#,
        "`days`: invalid type: string \"three\", expected u32",
    )
    .await;
    check(
        kinds,
        r#"{"city":"Porto","days":3,"type":["a",1]}"#,
        "`type[1]`: invalid type: integer `1`, expected a string",
    )
    .await;
    check(
        nested,
        r#"{"trip":{"legs":[{"from":"Porto","nights":1},{"from":"Faro","nights":-1}]}}"#,
        "`trip.legs[1].nights`: invalid value: integer `-1`, expected u32",
    )
    .await;
}

#[tokio::test]
async fn unknown_arguments_are_rejected() {
    let message = failure(&tools![nested][0], r#"{"trip":{"legs":[]},"dayz":3}"#).await;
    assert_eq!(message, invalid_arguments("`dayz`: unknown field `dayz`, expected `trip`"));
}

#[tokio::test]
async fn flattened_argument_receives_the_other_properties() {
    let arguments = r#"{"city":"Porto","a":1,"b":2}"#;
    let answer = call(&tools![anything][0], arguments).await.unwrap();
    assert_eq!(answer, r#"Porto {"a": 1, "b": 2}"#);
}

/// A leg of a trip.
#[data]
struct Stretch {
    to: String,
}

/// Plans a trip.
#[tool]
fn plan(stretches: Vec<Stretch>) -> String {
    stretches.into_iter().map(|stretch| stretch.to).collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn unknown_properties_of_inner_types_are_rejected_with_their_path() {
    let arguments = serde_json::json!({ "stretches": [{ "to": "Porto", "via": "Faro" }] });
    let script = [ScriptedReply::call("plan", arguments), ScriptedReply::text("Well.")];
    let agent = Agent::builder(ScriptedModel::new(script)).tools(tools![plan]).build().unwrap();
    let reply = agent.run("Plan it.").await.unwrap();
    let result = reply.messages().iter().find(|message| message.role() == "tool").unwrap();
    assert!(result.text().contains("`stretches[0].via`"), "{}", result.text());
    assert!(result.text().contains("`to`"), "{}", result.text());
}

mod underscores {
    use callsign::prelude::*;
    use serde_json::json;

    use super::{call, failure, invalid_arguments};

    fn properties(tool: &std::sync::Arc<dyn Tool>) -> Vec<String> {
        let schema = &tool.spec().definition.parameters;
        schema["properties"].as_object().expect("an object").keys().cloned().collect()
    }

    /// Thinks. The function does not use the argument.
    #[tool(example = r#"{"thought": "Well."}"#)]
    fn think(_thought: String) {}

    /// Has names that differ in an underscore only, and names that are none without it.
    #[tool]
    #[allow(clippy::just_underscores_and_digits, reason = "the names are the subject")]
    fn similar(_city: String, city: String, _1: u32, __: u32) -> String {
        format!("{_city} {city} {_1} {__}")
    }

    /// Has names that serde sets.
    #[tool]
    fn renamed(
        #[serde(rename = "_kept")] _kept: u32,
        #[serde(rename(deserialize = "_both"))] _both: u32,
        #[serde(default)] _defaulted: u32,
        #[schemars(range(min = 1))] __ranged: u32,
    ) -> u32 {
        _kept + _both + _defaulted + __ranged
    }

    /// Plans.
    #[derive(Tool)]
    struct Plan {
        _thought: String,
        steps: u32,
    }

    impl Plan {
        fn call(self, _: &Context) -> u32 {
            self.steps
        }
    }

    /// Plans, in camel case.
    #[derive(Tool)]
    #[serde(rename_all = "camelCase")]
    struct PlanMore {
        _first_thought: String,
    }

    impl PlanMore {
        fn call(self, _: &Context) -> String {
            self._first_thought
        }
    }

    struct Notes;

    #[toolset]
    impl Notes {
        /// Notes.
        #[tool]
        fn note(&self, _text: &str) {}
    }

    #[tokio::test]
    async fn argument_names_have_no_leading_underscore() {
        let [think, plan, more] = &tools![think, Plan, PlanMore][..] else { panic!("three tools") };
        assert_eq!(properties(think), ["thought"]);
        assert_eq!(think.spec().definition.parameters["required"], json!(["thought"]));
        assert_eq!(call(think, r#"{"thought": "Well."}"#).await.unwrap(), "done");
        assert_eq!(
            failure(think, r#"{"_thought": "Well."}"#).await,
            invalid_arguments("`_thought`: unknown field `_thought`, expected `thought`"),
        );
        assert_eq!(properties(plan), ["thought", "steps"]);
        assert_eq!(call(plan, r#"{"thought": "Well.", "steps": 2}"#).await.unwrap(), "2");
        assert_eq!(properties(more), ["firstThought"]);
        assert_eq!(call(more, r#"{"firstThought": "Well."}"#).await.unwrap(), "Well.");
        assert_eq!(properties(&Toolset::new(Notes)[0]), ["text"]);
    }

    #[tokio::test]
    async fn argument_names_stay_distinct_and_explicit() {
        let [similar, renamed] = &tools![similar, renamed][..] else { panic!("two tools") };
        assert_eq!(properties(similar), ["_city", "city", "_1", "__"]);
        let arguments = r#"{"_city": "a", "city": "b", "_1": 1, "__": 2}"#;
        assert_eq!(call(similar, arguments).await.unwrap(), "a b 1 2");
        assert_eq!(properties(renamed), ["_kept", "_both", "defaulted", "ranged"]);
        let arguments = r#"{"_kept": 1, "_both": 2, "defaulted": 3, "ranged": 4}"#;
        assert_eq!(call(renamed, arguments).await.unwrap(), "10");
    }
}

/// Leaves a note.
#[tool]
fn annotate(
    #[schemars(required)] text: Option<String>,
    #[schemars(required, extend("type" = ["string", "null"]))] author: Option<String>,
) -> String {
    format!("{text:?} {author:?}")
}

#[tokio::test]
async fn required_option_allows_null_only_if_its_type_does() {
    let tool = &tools![annotate][0];
    let required = &tool.spec().definition.parameters["required"];
    assert_eq!(*required, serde_json::json!(["text", "author"]));
    let result = async |arguments: &str| {
        let call = ScriptedReply::text("").and_call_raw("a", "annotate", arguments);
        let script = ScriptedModel::new([call, ScriptedReply::text("Done.")]);
        let agent = Agent::builder(script).tools(tools![annotate]).build().unwrap();
        let reply = agent.run("Call it.").await.unwrap();
        reply.messages()[2].text().into_owned()
    };
    assert_eq!(result(r#"{"text":"a","author":null}"#).await, r#"Some("a") None"#);
    let refused = result(r#"{"text":null,"author":null}"#).await;
    assert!(refused.contains("`text`: expected a string, got null"), "{refused}");
    let refused = result(r#"{"text":"a"}"#).await;
    assert!(refused.contains("`author` is missing"), "{refused}");
}
