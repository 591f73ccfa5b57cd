use serde_json::json;

use super::*;
use crate::request::ToolCall;

fn check_all(cases: &[(&str, Value, &str)], expected: &str) {
    let tool = OfferedTool::parse(&json!({"name": "next_flights", "parameters": {
        "type": "object", "properties": {"origin_city": {"type": "string"}, "date": {"type": "string"}},
    }}));
    let calls: Vec<ToolCall> = cases
        .iter()
        .map(|(name, arguments, _)| ToolCall {
            id: "c".into(),
            name: (*name).into(),
            arguments: arguments.clone(),
        })
        .collect();
    let pairs = calls.iter().zip(cases);
    let results: Vec<ToolResult<'_>> =
        pairs.map(|(call, (_, _, content))| ToolResult { call, content }).collect();
    assert_eq!(describe_all(&results, &[tool]), expected);
}

fn check(content: &Value, expected: &str) {
    let route = json!({"origin_city": "Miami", "destination_city": "Seattle"});
    let text = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
    check_all(&[("next_flights", route, &text)], expected);
}

#[test]
fn objects_and_lists_of_objects_become_phrases() {
    let flight = json!({"carrier": "Alaska Airlines", "flight_number": "AS 12", "origin": "MIA", "destination": "SEA",
        "departure": "2013-07-04T08:00:00", "arrival_time": "2013-07-04T11:15:30-07:00", "price": 99.5, "gate": null,
        "nonstop": true});
    let flight_text = "Alaska Airlines AS 12, from MIA to SEA, departs 2013-07-04 08:00, arrives 2013-07-04 11:15:30 -07:00, \
price 99.5, nonstop";
    check(
        &flight,
        &format!("Here is what I found for next flights from Miami to Seattle: {flight_text}."),
    );
    check(
        &json!([flight]),
        &format!("Here is what I found for next flights from Miami to Seattle: {flight_text}."),
    );
    check(
        &json!({"flights": [flight, {"name": "X", "nonstop": false}]}),
        &format!(
            "Next flights from Miami to Seattle: 2 results.\n- {flight_text}\n- X, not nonstop"
        ),
    );
}

#[test]
fn empty_results_are_reported() {
    check(&json!([]), "Next flights from Miami to Seattle: nothing was found.");
    check(&json!({"flights": []}), "Next flights from Miami to Seattle: nothing was found.");
    check(&json!({"info": "no flights"}), "Next flights from Miami to Seattle: no flights.");
    check(&json!(null), "Next flights from Miami to Seattle: there is no result.");
    check(&json!(""), "Next flights from Miami to Seattle: the result is empty.");
}

#[test]
fn texts_and_lists_of_scalars_are_kept() {
    check(&json!("There are 3 a day."), "Next flights from Miami to Seattle: There are 3 a day.");
    check(&json!(["ORD", "MDW", 7]), "Next flights from Miami to Seattle: ORD, MDW and 7.");
    check(
        &json!({"a": {"b": 4}, "list": [1, 2]}),
        "Here is what I found for next flights from Miami to Seattle: a (b 4), list (1 and 2).",
    );
}

#[test]
fn failures_name_the_parameter() {
    check(
        &json!("error: invalid arguments: `date` must be YYYY-MM-DD"),
        "Next flights from Miami to Seattle did not work, because of date: invalid arguments: `date` must be YYYY-MM-DD.",
    );
    check(
        &json!({"error": {"message": "The service is down."}}),
        "Next flights from Miami to Seattle did not work: The service is down.",
    );
}

#[test]
fn several_results_become_paragraphs() {
    check_all(
        &[
            ("airports_of", json!({"city": "Chicago"}), "[\"ORD\",\"MDW\"]"),
            ("roll_dice", json!({"sides": 6}), "{\"total\":4}"),
        ],
        "Airports of (Chicago): ORD and MDW.\n\nRoll dice (6): total 4.",
    );
}

#[test]
fn fields_next_to_a_list_are_part_of_its_heading() {
    check(
        &json!({"date": "2013-07-04", "flights": [{"carrier": "AS", "name": "Alaska Inc.", "flight": 12}, {"flight": 13}]}),
        "Next flights from Miami to Seattle, on 2013-07-04: 2 results.\n- Alaska Inc. AS 12\n- 13",
    );
    check(
        &json!({"date": "2013-07-04", "flights": []}),
        "Here is what I found for next flights from Miami to Seattle: on 2013-07-04, no flights.",
    );
}
