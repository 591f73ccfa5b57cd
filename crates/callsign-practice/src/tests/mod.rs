//! Tests of whole conversations and of the HTTP API.

mod azure;
mod conversations;
mod http;
mod rules;
mod sentences;

use serde_json::{Value, json};

use crate::dialog::{Completion, complete};
use crate::request::ChatRequest;

fn text_of(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn tool(name: &str, description: &str, required: &[&str], properties: &Value) -> Value {
    let parameters = json!({"type": "object", "properties": properties, "required": required});
    json!({"type": "function", "function": {
        "name": name, "description": description, "parameters": parameters,
    }})
}

/// All tools of the tests.
fn tools() -> Value {
    let all = [flight_tools(), other_tools()].concat();
    Value::from(all)
}

fn flight_tools() -> Vec<Value> {
    let day = json!({"type": ["string", "null"], "description": "Day, as YYYY-MM-DD."});
    let flights = json!({
        "origin_city": text_of("The name of the city where the flight originates."),
        "destination_city": text_of("The flight destination city."),
        "date": day,
        "limit": {
            "type": ["integer", "null"], "minimum": 1, "maximum": 20,
            "description": "How many flights at most.",
        },
    });
    let number = text_of("Carrier code and number.");
    let booking = json!({
        "flight_number": number,
        "passenger": {"type": "object", "required": ["name"], "properties": {
            "name": text_of("Full name."), "age": {"type": "integer"}, "email": text_of("Address."),
        }},
        "window_seat": {"type": "boolean"},
    });
    let status = json!({"flight_number": number, "date": day});
    let route = ["origin_city", "destination_city"];
    vec![
        tool("next_flights", "Returns the next flights between two cities.", &route, &flights),
        tool("flight_status", "Tells whether a flight is on time.", &["flight_number"], &status),
        tool("book_flight", "Books a seat.", &["flight_number", "passenger"], &booking),
        tool(
            "airports_of",
            "Lists the airports of a city.",
            &["city"],
            &json!({"city": text_of("The city.")}),
        ),
    ]
}

fn other_tools() -> Vec<Value> {
    let unit =
        json!({"anyOf": [{"type": "string", "enum": ["celsius", "fahrenheit"]}, {"type": "null"}]});
    let weather = json!({"city": text_of("A city."), "unit": unit});
    let dice = json!({
        "sides": {"type": "integer", "minimum": 2, "maximum": 100, "description": "Sides of each die."},
        "count": {"type": "integer", "minimum": 1, "description": "How many dice."},
    });
    vec![
        tool("get_weather", "The current weather.", &["city"], &weather),
        tool("roll_dice", "Rolls some dice.", &["sides", "count"], &dice),
        tool(
            "search",
            "Searches the web.",
            &["query"],
            &json!({"query": text_of("What to look for.")}),
        ),
    ]
}

/// Returns a conversation with these user messages. All but the last have a text response.
fn conversation(sentences: &[&str]) -> Vec<Value> {
    let mut messages = vec![json!({"role": "system", "content": "You help. Today is 2013-07-03."})];
    for sentence in sentences {
        if messages.len() > 1 {
            messages.push(json!({"role": "assistant", "content": "All right."}));
        }
        messages.push(json!({"role": "user", "content": sentence}));
    }
    messages
}

fn respond(body: &Value) -> Completion {
    complete(&ChatRequest::parse(body).unwrap())
}

/// Returns the tool calls of a completion, as names and arguments.
fn calls(completion: &Completion) -> Vec<(String, Value)> {
    match completion {
        Completion::ToolCalls(calls) => {
            calls.iter().map(|call| (call.name.clone(), call.arguments.clone())).collect()
        }
        Completion::Text(_) => Vec::new(),
    }
}

fn text(completion: &Completion) -> &str {
    match completion {
        Completion::Text(text) => text,
        Completion::ToolCalls(calls) => panic!("calls instead of text: {calls:?}"),
    }
}

/// Checks the calls in response to the last of some user messages. All tools are offered.
fn check(sentences: &[&str], expected: &[(&str, Value)]) {
    check_with(&tools(), sentences, expected);
}

fn check_with(tools: &Value, sentences: &[&str], expected: &[(&str, Value)]) {
    let completion = respond(&json!({"messages": conversation(sentences), "tools": tools}));
    let expected: Vec<(String, Value)> =
        expected.iter().map(|(name, args)| ((*name).to_owned(), args.clone())).collect();
    assert_eq!(calls(&completion), expected, "{sentences:?} gave {completion:?}");
}

/// Checks that the response to the last of some user messages is a text with these parts.
fn check_text(sentences: &[&str], parts: &[&str]) {
    let completion = respond(&json!({"messages": conversation(sentences), "tools": tools()}));
    for part in parts {
        assert!(text(&completion).contains(part), "{sentences:?} gave {completion:?}");
    }
}
