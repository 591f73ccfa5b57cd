use serde_json::{Value, json};

use super::{Answer, ask, calls, conversation, text, tools};

/// Runs a turn to its end: each call gets the result that `run` gives. Returns the rounds of calls and the last text.
fn run(
    messages: &mut Vec<Value>,
    extra: &Value,
    run: impl Fn(&str, &Value) -> Value,
) -> (Vec<Vec<(String, Value)>>, String) {
    let mut rounds = Vec::new();
    for _ in 0..10 {
        let mut body = json!({"messages": messages, "tools": tools()});
        for (key, value) in extra.as_object().unwrap() {
            body[key] = value.clone();
        }
        let answer = ask(&body);
        let Answer::Calls(made) = &answer else {
            messages.push(json!({"role": "assistant", "content": text(&answer)}));
            return (rounds, text(&answer).to_owned());
        };
        rounds.push(calls(&answer));
        let written: Vec<Value> = made
            .iter()
            .map(|call| {
                json!({"id": call.id, "type": "function",
                "function": {"name": call.name, "arguments": call.arguments.to_string()}})
            })
            .collect();
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": written}));
        for call in made {
            assert!(call.id.len() == 9 && call.id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            let result = run(&call.name, &call.arguments);
            let content = result.as_str().map_or_else(|| result.to_string(), str::to_owned);
            messages.push(json!({"role": "tool", "tool_call_id": call.id, "content": content}));
        }
    }
    panic!("the turn has no end: {rounds:?}");
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
fn a_turn_ends_in_words_about_the_results() {
    let mut messages = conversation(&["When is the next flight from New York to Seattle?"]);
    let (rounds, said) = run(&mut messages, &json!({}), timetable);
    assert_eq!(rounds.len(), 1);
    for part in ["Alaska Airlines AS 12", "2013-07-04 08:00", "Delta DL 42", "New York", "Seattle"]
    {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_later_part_uses_what_an_earlier_one_found() {
    let mut messages = conversation(&[
        "When is the next flight from New York to Seattle, and what is its status?",
    ]);
    let (rounds, said) = run(&mut messages, &json!({}), timetable);
    assert_eq!(
        rounds[1..],
        [vec![("flight_status".to_owned(), json!({"flight_number": "AS 12"}))]]
    );
    assert!(said.contains("AS 12 is on time"), "{said}");
}

#[test]
fn the_second_one_is_the_second_one() {
    let mut messages = conversation(&["When is the next flight from New York to Seattle?"]);
    run(&mut messages, &json!({}), timetable);
    messages.push(json!({"role": "user", "content": "Book the second one for Ada Lovelace."}));
    let (rounds, said) = run(&mut messages, &json!({}), timetable);
    let booked = json!({"flight_number": "DL 42", "passenger": {"name": "Ada Lovelace"}});
    assert_eq!(rounds, [vec![("book_flight".to_owned(), booked)]]);
    assert!(said.contains("DL 42"), "{said}");
    messages.push(json!({"role": "user", "content": "its status?"}));
    let (rounds, _) = run(&mut messages, &json!({}), timetable);
    assert_eq!(rounds.len(), 1);
}

#[test]
fn failures_end_the_turn_in_words() {
    let mut messages = conversation(&["airports of Atlantis"]);
    let (rounds, said) = run(&mut messages, &json!({}), timetable);
    assert_eq!((rounds.len(), said.contains("no such city")), (1, true), "{said}");
    let mut messages = conversation(&["flights from Miami to Seattle and its status"]);
    let (rounds, said) =
        run(&mut messages, &json!({}), |_, _| json!("invalid arguments: `origin_city` is unknown"));
    assert_eq!(rounds.len(), 1);
    assert!(said.contains("because of origin_city"), "{said}");
}

#[test]
fn one_call_at_a_time_where_asked_for() {
    let mut messages = conversation(&["status of UA 15 and DL 42"]);
    let (rounds, said) = run(&mut messages, &json!({"parallel_tool_calls": false}), timetable);
    assert_eq!(rounds.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
    assert!(said.contains("UA 15 is on time") && said.contains("DL 42 is on time"), "{said}");
}

#[test]
fn tool_choice_is_honoured() {
    let ask_with = |sentence: &str, choice: Value| {
        ask(
            &json!({"messages": conversation(&[sentence]), "tools": tools(), "tool_choice": choice}),
        )
    };
    let named = |name: &str| json!({"type": "function", "function": {"name": name}});
    let flight = "When is the next flight from Miami to Seattle?";
    assert!(text(&ask_with(flight, json!("none"))).contains("next_flights"));
    assert_eq!(calls(&ask_with(flight, named("airports_of")))[0].0, "airports_of");
    let blank = json!({"flight_number": "", "passenger": {"name": ""}});
    assert_eq!(calls(&ask_with("hm", named("book_flight"))), [("book_flight".to_owned(), blank)]);
    assert_eq!(calls(&ask_with("Is it raining?", json!("required")))[0].0, "get_weather");
    for choice in [json!("required"), named("next_flights")] {
        let (rounds, _) =
            run(&mut conversation(&[flight]), &json!({"tool_choice": choice}), timetable);
        assert_eq!(rounds.len(), 1);
    }
}

#[test]
fn answers_take_the_wanted_shape() {
    let schema = json!({"type": "object", "required": ["destination_city", "seats", "flight_number"], "properties": {
        "destination_city": {"type": "string"}, "seats": {"type": "integer", "minimum": 1}, "flight_number": {"type": "string"},
    }});
    let format = json!({"response_format": {"type": "json_schema", "json_schema": {"name": "plan", "schema": schema}}});
    let (_, said) =
        run(&mut conversation(&["next flight from Miami to Seattle"]), &format, timetable);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said, json!({"destination_city": "Seattle", "seats": 1, "flight_number": "AS 12"}));
    let format = json!({"response_format": {"type": "json_object"}});
    let (_, said) = run(&mut conversation(&["Hello"]), &format, timetable);
    assert!(serde_json::from_str::<Value>(&said).unwrap()["answer"].is_string());
}

#[test]
fn equal_requests_get_equal_ids_and_new_turns_new_ones() {
    let mut messages = conversation(&["status of UA 15 and DL 42"]);
    let body = json!({"messages": messages, "tools": tools()});
    assert_eq!(ask(&body), ask(&body));
    run(&mut messages, &json!({}), timetable);
    messages.push(json!({"role": "user", "content": "status of UA 15 and DL 42"}));
    let (rounds, _) = run(&mut messages, &json!({}), timetable);
    assert_eq!(rounds[0].len(), 2);
}

#[test]
fn a_conversation_with_no_user_or_no_tools_is_answered() {
    let answer = ask(&json!({"messages": [{"role": "system", "content": "x"}]}));
    assert!(text(&answer).contains("practice model"));
    let answer =
        ask(&json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}));
    assert!(text(&answer).contains("no tools"));
}
