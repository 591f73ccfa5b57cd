//! Conversations of several requests, with tool results.

use serde_json::{Value, json};

use super::{Completion, calls, conversation, respond, text, tools};

/// Sends requests until the response is a text. Each call gets the result of `execute`. Returns the calls of each
/// response, and the text.
fn run(
    messages: &mut Vec<Value>,
    extra: &Value,
    execute: impl Fn(&str, &Value) -> Value,
) -> (Vec<Vec<(String, Value)>>, String) {
    let mut rounds = Vec::new();
    for _ in 0..10 {
        let mut body = json!({"messages": messages, "tools": tools()});
        for (key, value) in extra.as_object().unwrap() {
            body[key] = value.clone();
        }
        let completion = respond(&body);
        let Completion::ToolCalls(made) = &completion else {
            messages.push(json!({"role": "assistant", "content": text(&completion)}));
            return (rounds, text(&completion).to_owned());
        };
        rounds.push(calls(&completion));
        let tool_calls: Vec<Value> = made
            .iter()
            .map(|call| {
                json!({"id": call.id, "type": "function",
                "function": {"name": call.name, "arguments": call.arguments.to_string()}})
            })
            .collect();
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": tool_calls}));
        for call in made {
            assert!(call.id.len() == 9 && call.id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            let result = execute(&call.name, &call.arguments);
            let content = result.as_str().map_or_else(|| result.to_string(), str::to_owned);
            messages.push(json!({"role": "tool", "tool_call_id": call.id, "content": content}));
        }
    }
    panic!("no text after 10 requests: {rounds:?}");
}

fn timetable(name: &str, arguments: &Value) -> Value {
    match name {
        "next_flights" => json!([
            {"airline": "Alaska Airlines", "flight_number": "AS 12", "departure": "2013-07-04T08:00:00"},
            {"airline": "Delta", "flight_number": "DL 42", "departure": "2013-07-04T09:30:00"},
        ]),
        "flight_status" => {
            json!(format!("{} is on time", arguments["flight_number"].as_str().unwrap()))
        }
        "book_flight" => json!({"booked": arguments["flight_number"]}),
        _ => json!({"error": "no such city"}),
    }
}

#[test]
fn results_are_described_in_the_final_text() {
    let mut messages = conversation(&["When is the next flight from New York to Seattle?"]);
    let (rounds, text) = run(&mut messages, &json!({}), timetable);
    assert_eq!(rounds.len(), 1);
    for part in ["Alaska Airlines AS 12", "2013-07-04 08:00", "Delta DL 42", "New York", "Seattle"]
    {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn later_clause_uses_results_of_an_earlier_one() {
    let mut messages = conversation(&[
        "When is the next flight from New York to Seattle, and what is its status?",
    ]);
    let (rounds, text) = run(&mut messages, &json!({}), timetable);
    assert_eq!(
        rounds[1..],
        [vec![("flight_status".to_owned(), json!({"flight_number": "AS 12"}))]]
    );
    assert!(text.contains("AS 12 is on time"), "{text}");
}

#[test]
fn second_one_refers_to_the_second_item_of_a_result() {
    let mut messages = conversation(&["When is the next flight from New York to Seattle?"]);
    run(&mut messages, &json!({}), timetable);
    messages.push(json!({"role": "user", "content": "Book the second one for Ada Lovelace."}));
    let (rounds, text) = run(&mut messages, &json!({}), timetable);
    let booked = json!({"flight_number": "DL 42", "passenger": {"name": "Ada Lovelace"}});
    assert_eq!(rounds, [vec![("book_flight".to_owned(), booked)]]);
    assert!(text.contains("DL 42"), "{text}");
    messages.push(json!({"role": "user", "content": "its status?"}));
    let (rounds, _) = run(&mut messages, &json!({}), timetable);
    assert_eq!(rounds.len(), 1);
}

#[test]
fn failures_are_reported_without_a_retry() {
    let mut messages = conversation(&["airports of Atlantis"]);
    let (rounds, text) = run(&mut messages, &json!({}), timetable);
    assert_eq!((rounds.len(), text.contains("no such city")), (1, true), "{text}");
    let mut messages = conversation(&["flights from Miami to Seattle and its status"]);
    let (rounds, text) =
        run(&mut messages, &json!({}), |_, _| json!("invalid arguments: `origin_city` is unknown"));
    assert_eq!(rounds.len(), 1);
    assert!(text.contains("because of origin_city"), "{text}");
}

#[test]
fn one_call_per_response_if_parallel_tool_calls_is_false() {
    let mut messages = conversation(&["status of UA 15 and DL 42"]);
    let (rounds, text) = run(&mut messages, &json!({"parallel_tool_calls": false}), timetable);
    assert_eq!(rounds.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
    assert!(text.contains("UA 15 is on time") && text.contains("DL 42 is on time"), "{text}");
}

#[test]
fn tool_choice_is_respected() {
    let respond_with = |sentence: &str, choice: Value| {
        respond(
            &json!({"messages": conversation(&[sentence]), "tools": tools(), "tool_choice": choice}),
        )
    };
    let named = |name: &str| json!({"type": "function", "function": {"name": name}});
    let flight = "When is the next flight from Miami to Seattle?";
    assert!(text(&respond_with(flight, json!("none"))).contains("next_flights"));
    assert_eq!(calls(&respond_with(flight, named("airports_of")))[0].0, "airports_of");
    let blank = json!({"flight_number": "", "passenger": {"name": ""}});
    assert_eq!(
        calls(&respond_with("hm", named("book_flight"))),
        [("book_flight".to_owned(), blank)]
    );
    assert_eq!(calls(&respond_with("Is it raining?", json!("required")))[0].0, "get_weather");
    for choice in [json!("required"), named("next_flights")] {
        let (rounds, _) =
            run(&mut conversation(&[flight]), &json!({"tool_choice": choice}), timetable);
        assert_eq!(rounds.len(), 1);
    }
}

#[test]
fn texts_follow_the_response_format() {
    let schema = json!({"type": "object", "required": ["destination_city", "seats", "flight_number"], "properties": {
        "destination_city": {"type": "string"}, "seats": {"type": "integer", "minimum": 1}, "flight_number": {"type": "string"},
    }});
    let format = json!({"response_format": {"type": "json_schema", "json_schema": {"name": "plan", "schema": schema}}});
    let (_, text) =
        run(&mut conversation(&["next flight from Miami to Seattle"]), &format, timetable);
    let object: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        object,
        json!({"destination_city": "Seattle", "seats": 1, "flight_number": "AS 12"})
    );
    let format = json!({"response_format": {"type": "json_object"}});
    let (_, text) = run(&mut conversation(&["Hello"]), &format, timetable);
    assert!(serde_json::from_str::<Value>(&text).unwrap()["answer"].is_string());
}

#[test]
fn equal_requests_get_equal_call_ids() {
    let mut messages = conversation(&["status of UA 15 and DL 42"]);
    let body = json!({"messages": messages, "tools": tools()});
    assert_eq!(respond(&body), respond(&body));
    run(&mut messages, &json!({}), timetable);
    messages.push(json!({"role": "user", "content": "status of UA 15 and DL 42"}));
    let (rounds, _) = run(&mut messages, &json!({}), timetable);
    assert_eq!(rounds[0].len(), 2);
}

#[test]
fn conversation_without_user_message_or_tools_gets_a_text() {
    let completion = respond(&json!({"messages": [{"role": "system", "content": "x"}]}));
    assert!(text(&completion).contains("practice model"));
    let completion = respond(
        &json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}),
    );
    assert!(text(&completion).contains("no tools"));
}
