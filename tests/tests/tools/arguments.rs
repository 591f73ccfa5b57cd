//! What a model's arguments become.

use std::collections::BTreeMap;

use callsign::{data, tool, tools};

use crate::{call, failure, refused};

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

/// Takes a value of many parts.
#[tool]
fn nested(trip: Trip) -> String {
    trip.legs.iter().map(|leg| format!("{} {};", leg.from, leg.nights)).collect()
}

/// Takes anything.
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
async fn every_kind_arrives() {
    let tool = &tools![kinds][0];
    let least = r#"{"city":"Porto","days":3,"type":[]}"#;
    assert_eq!(call(tool, least).await.unwrap(), "Porto 4 2 None []");
    let most = r#"{"city":"Porto","days":3,"seats":5,"class":"first","type":["a"],"_trace":true}"#;
    assert_eq!(call(tool, most).await.unwrap(), r#"Porto 4 5 Some("first") ["a"]"#);
    let null = r#"{"city":"Porto","days":3,"class":null,"type":[]}"#;
    assert_eq!(call(tool, null).await.unwrap(), "Porto 4 2 None []");

    let tool = &tools![pairs][0];
    let pairs = r#"{"box_":[1.5,2],"pair":[3,4]}"#;
    assert_eq!(call(tool, pairs).await.unwrap(), "(1.5, 2.0) [3, 4]");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_its_path() {
    let kinds = &tools![kinds][0];
    let nested = &tools![nested][0];
    let check = async |tool, arguments, message| {
        assert_eq!(failure(tool, arguments).await, refused(message), "{arguments}");
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
async fn keys_that_the_tool_does_not_have_are_refused() {
    let message = failure(&tools![nested][0], r#"{"trip":{"legs":[]},"dayz":3}"#).await;
    assert_eq!(message, refused("`dayz`: unknown field `dayz`, expected `trip`"));
}

#[tokio::test]
async fn a_flattened_argument_takes_the_other_keys() {
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
async fn keys_that_an_inner_type_does_not_have_are_refused_with_their_path() {
    let arguments = serde_json::json!({ "stretches": [{ "to": "Porto", "via": "Faro" }] });
    let script = [callsign::Scripted::call("plan", arguments), callsign::Scripted::text("Well.")];
    let model = callsign::ScriptedModel::new(script);
    let agent = callsign::Agent::builder(model).tools(tools![plan]).build().unwrap();
    let reply = agent.run("Plan it.").await.unwrap();
    let heard = reply.messages().iter().find(|message| message.role() == "tool").unwrap();
    assert!(heard.text().contains("`stretches[0].via`"), "{}", heard.text());
    assert!(heard.text().contains("`to`"), "{}", heard.text());
}
