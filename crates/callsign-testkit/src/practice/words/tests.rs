use serde_json::json;

use super::*;
use crate::practice::request::Call;

fn check_all(results: &[(&str, Value, &str)], expected: &str) {
    let tool = OfferedTool::read(&json!({"name": "next_flights", "parameters": {
        "type": "object", "properties": {"origin_city": {"type": "string"}, "date": {"type": "string"}},
    }}));
    let calls: Vec<Call> = results
        .iter()
        .map(|(name, arguments, _)| Call {
            id: "c".into(),
            name: (*name).into(),
            arguments: arguments.clone(),
        })
        .collect();
    let pairs = calls.iter().zip(results);
    let findings: Vec<Finding<'_>> =
        pairs.map(|(call, (_, _, content))| Finding { call, content }).collect();
    assert_eq!(tell(&findings, &[tool]), expected);
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
    let told = "Alaska Airlines AS 12, from MIA to SEA, departs 2013-07-04 08:00, arrives 2013-07-04 11:15:30 -07:00, \
price 99.5, nonstop";
    check(
        &flight,
        &format!("Here is what I found for next flights from Miami to Seattle: {told}."),
    );
    check(
        &json!([flight]),
        &format!("Here is what I found for next flights from Miami to Seattle: {told}."),
    );
    check(
        &json!({"flights": [flight, {"name": "X", "nonstop": false}]}),
        &format!("Next flights from Miami to Seattle: 2 results.\n- {told}\n- X, not nonstop"),
    );
}

#[test]
fn nothing_is_told_plainly() {
    check(&json!([]), "Next flights from Miami to Seattle: nothing was found.");
    check(&json!({"flights": []}), "Next flights from Miami to Seattle: nothing was found.");
    check(&json!({"info": "no flights"}), "Next flights from Miami to Seattle: no flights.");
    check(&json!(null), "Next flights from Miami to Seattle: there is no result.");
    check(&json!(""), "Next flights from Miami to Seattle: the result is empty.");
}

#[test]
fn plain_values_are_passed_on() {
    check(&json!("There are 3 a day."), "Next flights from Miami to Seattle: There are 3 a day.");
    check(&json!(["ORD", "MDW", 7]), "Next flights from Miami to Seattle: ORD, MDW and 7.");
    check(
        &json!({"a": {"b": 4}, "list": [1, 2]}),
        "Here is what I found for next flights from Miami to Seattle: a (b 4), list (1 and 2).",
    );
}

#[test]
fn failures_name_the_field() {
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
fn several_results_are_told_in_turn() {
    check_all(
        &[
            ("airports_of", json!({"city": "Chicago"}), "[\"ORD\",\"MDW\"]"),
            ("roll_dice", json!({"sides": 6}), "{\"total\":4}"),
        ],
        "Airports of (Chicago): ORD and MDW.\n\nRoll dice (6): total 4.",
    );
}

#[test]
fn what_stands_beside_a_list_leads_it() {
    check(
        &json!({"date": "2013-07-04", "flights": [{"carrier": "AS", "name": "Alaska Inc.", "flight": 12}, {"flight": 13}]}),
        "Next flights from Miami to Seattle, on 2013-07-04: 2 results.\n- Alaska Inc. AS 12\n- 13",
    );
    check(
        &json!({"date": "2013-07-04", "flights": []}),
        "Here is what I found for next flights from Miami to Seattle: on 2013-07-04, no flights.",
    );
}
