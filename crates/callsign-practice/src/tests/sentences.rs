//! What the model does for a sentence.

use serde_json::{Value, json};

use super::{check, check_text, check_with, tools};

fn flights(origin: &str, destination: &str) -> (&'static str, Value) {
    ("next_flights", json!({"origin_city": origin, "destination_city": destination}))
}

fn status(number: &str) -> (&'static str, Value) {
    ("flight_status", json!({"flight_number": number}))
}

fn airports(city: &str) -> (&'static str, Value) {
    ("airports_of", json!({"city": city}))
}

#[test]
fn sentence_selects_a_tool_and_its_arguments() {
    check(
        &["When is the next flight from New York to Seattle?"],
        &[flights("New York", "Seattle")],
    );
    check(&["When is the next flight from Miami to Seattle?"], &[flights("Miami", "Seattle")]);
    check(&["when is the next flight from new york to seattle"], &[flights("New York", "Seattle")]);
    check(
        &["Is there a flight to Boston from San Francisco?"],
        &[flights("San Francisco", "Boston")],
    );
    check(&["Show me flights between Chicago and Miami, please."], &[flights("Chicago", "Miami")]);
    check(&["I want to fly from Miami to Seattle"], &[flights("Miami", "Seattle")]);
    check(&["Next flight JFK-SEA?"], &[flights("JFK", "SEA")]);
    check(&["Compare New York to Seattle"], &[flights("New York", "Seattle")]);
    check(
        &["From New York to Seattle, when does the next flight leave?"],
        &[flights("New York", "Seattle")],
    );
    check(&["What is the status of UA 1545?"], &[status("UA 1545")]);
    check(&["Is dl1234 on time?"], &[status("DL1234")]);
    check(&["Which airports does Chicago have?"], &[airports("Chicago")]);
    check(&["List Chicago's airports"], &[airports("Chicago")]);
    check(&["airports in new york"], &[airports("New York")]);
    check(&["What's the weather in Paris, France?"], &[("get_weather", json!({"city": "Paris"}))]);
    check(
        &["How warm is it in Rio de Janeiro, in Celsius?"],
        &[("get_weather", json!({"city": "Rio de Janeiro", "unit": "celsius"}))],
    );
    check(&["Search for \"salt and pepper\"."], &[("search", json!({"query": "salt and pepper"}))]);
    check(
        &["Please search the web for rust crates and parsers"],
        &[("search", json!({"query": "rust crates and parsers"}))],
    );
}

#[test]
fn optional_dates_and_limits_are_filled_if_mentioned() {
    let on = |date: &str| {
        (
            "next_flights",
            json!({"origin_city": "Miami", "destination_city": "Seattle", "date": date}),
        )
    };
    check(&["Flights from Miami to Seattle on 2013-07-09"], &[on("2013-07-09")]);
    check(&["Flights from Miami to Seattle tomorrow"], &[on("2013-07-04")]);
    check(&["Tomorrow's flights from Miami to Seattle"], &[on("2013-07-04")]);
    check(&["Flights from Miami to Seattle on July 4"], &[on("2013-07-04")]);
    check(
        &["On the 5th of July 2014, which flights go from Miami to Seattle?"],
        &[on("2014-07-05")],
    );
    check(
        &["flights from Miami to Seattle today and tomorrow"],
        &[on("2013-07-03"), on("2013-07-04")],
    );
    check(
        &["Show the next three flights from Miami to Seattle"],
        &[(
            "next_flights",
            json!({"origin_city": "Miami", "destination_city": "Seattle", "limit": 3}),
        )],
    );
    check(&["Show the first 99 flights from Miami to Seattle"], &[flights("Miami", "Seattle")]);
}

#[test]
fn several_requests_in_a_sentence_become_several_calls() {
    check(
        &["flights from New York to Seattle and airports of Chicago"],
        &[flights("New York", "Seattle"), airports("Chicago")],
    );
    check(
        &["compare New York to Seattle and New York to Boston"],
        &[flights("New York", "Seattle"), flights("New York", "Boston")],
    );
    check(
        &["Compare flights New York to Seattle with Miami to Boston"],
        &[flights("New York", "Seattle"), flights("Miami", "Boston")],
    );
    check(&["status of UA 15 and DL 42"], &[status("UA 15"), status("DL 42")]);
    check(&["airports of Chicago and Houston"], &[airports("Chicago"), airports("Houston")]);
    check(
        &["airports of Chicago, Houston and New York"],
        &[airports("Chicago"), airports("Houston"), airports("New York")],
    );
    check(
        &["flights from New York to Seattle and to Boston"],
        &[flights("New York", "Seattle"), flights("New York", "Boston")],
    );
    check(
        &["flights from New York and Boston to Seattle"],
        &[flights("New York", "Seattle"), flights("Boston", "Seattle")],
    );
    check(
        &["flights to Seattle and Portland from New York"],
        &[flights("New York", "Seattle"), flights("New York", "Portland")],
    );
    check(
        &["What's the weather in Paris and the status of UA 15; then search for \"cats\""],
        &[
            ("get_weather", json!({"city": "Paris"})),
            status("UA 15"),
            ("search", json!({"query": "cats"})),
        ],
    );
    check(&["airports of Chicago and airports of Chicago"], &[airports("Chicago")]);
}

#[test]
fn numbers_are_assigned_to_parameters() {
    let rolled = |count: u32, sides: u32| ("roll_dice", json!({"count": count, "sides": sides}));
    check(&["Roll two dice with 20 sides"], &[rolled(2, 20)]);
    check(&["Roll 3 six-sided dice"], &[rolled(3, 6)]);
    check(&["Roll 2d6"], &[rolled(2, 6)]);
    check(&["Roll a 20-sided die"], &[rolled(1, 20)]);
    check(&["roll 2d6 and then 3d8"], &[rolled(2, 6), rolled(3, 8)]);
    check_text(&["Roll 2 dice with 1000 sides"], &["sides"]);
}

#[test]
fn nested_objects_are_filled() {
    check(
        &["Book UA 1545 for Ada Lovelace, aged 36, ada@example.com"],
        &[(
            "book_flight",
            json!({
                "flight_number": "UA 1545",
                "passenger": {"name": "Ada Lovelace", "age": 36, "email": "ada@example.com"},
            }),
        )],
    );
    check(
        &["Book a window seat on UA 1545 for Ada Lovelace"],
        &[(
            "book_flight",
            json!({
                "flight_number": "UA 1545", "passenger": {"name": "Ada Lovelace"}, "window_seat": true,
            }),
        )],
    );
    check_text(&["Book UA 1545"], &["passenger name", "book_flight"]);
}

#[test]
fn arrays_are_filled_from_enumerations() {
    let tools = json!([{"type": "function", "function": {"name": "compare_cities", "parameters": {
        "type": "object", "required": ["cities"], "properties": {
            "cities": {"type": "array", "items": {"type": "string"}},
            "topics": {"type": "array", "items": {"enum": ["rent", "public_transport", "crime"]}},
            "years": {"type": "array", "items": {"type": "integer"}},
        },
    }}}]);
    check_with(
        &tools,
        &["Compare the cities Lisbon, Porto and New York by public transport and rent"],
        &[(
            "compare_cities",
            json!({
                "cities": ["Lisbon", "Porto", "New York"], "topics": ["public_transport", "rent"],
            }),
        )],
    );
    check_with(
        &tools,
        &["compare cities \"Lisbon\" and \"Porto\" for 2012 and 2013"],
        &[(
            "compare_cities",
            json!({
                "cities": ["Lisbon", "Porto"], "years": [2012, 2013],
            }),
        )],
    );
}

#[test]
fn times_enums_booleans_and_labeled_values_are_filled() {
    let tools = json!([{"type": "function", "function": {"name": "find_trains", "description": "Finds trains.", "parameters": {
        "type": "object", "required": ["from", "to"], "properties": {
            "from": {"type": "string"}, "to": {"type": "string"}, "after": {"type": "string"},
            "arrive_before": {"type": "string", "description": "HH:MM"},
            "class": {"oneOf": [{"const": "first_class"}, {"const": "second_class"}]},
            "direct_only": {"type": "boolean"}, "max_price": {"type": "number"}, "order_id": {"type": "string"},
        },
    }}}]);
    check_with(
        &tools,
        &["Trains from Porto to Lisbon after 8pm, first class"],
        &[(
            "find_trains",
            json!({
                "from": "Porto", "to": "Lisbon", "after": "8pm", "class": "first_class",
            }),
        )],
    );
    check_with(
        &tools,
        &["direct trains to Lisbon from Porto before 10:30 under $45.50"],
        &[(
            "find_trains",
            json!({
                "from": "Porto", "to": "Lisbon", "arrive_before": "10:30", "direct_only": true, "max_price": 45.5,
            }),
        )],
    );
    check_with(
        &tools,
        &["trains for order number A-17 from Porto to Lisbon"],
        &[(
            "find_trains",
            json!({
                "from": "Porto", "to": "Lisbon", "order_id": "A-17",
            }),
        )],
    );
}

#[test]
fn follow_ups_inherit_arguments_of_the_previous_call() {
    let first = "When is the next flight from New York to Seattle?";
    check(&[first, "And to Boston?"], &[flights("New York", "Boston")]);
    check(&[first, "And from there to Boston?"], &[flights("Seattle", "Boston")]);
    check(&[first, "What about Boston?"], &[flights("New York", "Boston")]);
    check(&[first, "Thanks! And from Miami?"], &[flights("Miami", "Seattle")]);
    check(&[first, "and back?"], &[flights("Seattle", "New York")]);
    check(&[first, "When is the next flight to Boston?"], &[flights("New York", "Boston")]);
    check(
        &[first, "How about tomorrow?"],
        &[(
            "next_flights",
            json!({"origin_city": "New York", "destination_city": "Seattle", "date": "2013-07-04"}),
        )],
    );
    check(&[first, "What airports are there?"], &[airports("Seattle")]);
    check(&["Status of UA 15?", "And DL 42?"], &[status("DL 42")]);
    check(&["When is the next flight to Seattle?", "New York"], &[flights("New York", "Seattle")]);
    check(
        &["When is the next flight to Seattle?", "from new york"],
        &[flights("New York", "Seattle")],
    );
    check(&["What is the weather?", "In Paris."], &[("get_weather", json!({"city": "Paris"}))]);
    check(&[first, "And to Boston?", "And to Denver?"], &[flights("New York", "Denver")]);
}

#[test]
fn missing_arguments_are_requested() {
    check_text(&["When is the next flight to Seattle?"], &["origin city", "next_flights"]);
    check_text(&["Compare tomorrow's flights."], &["origin city", "destination city"]);
    check_text(&["What is the weather?"], &["the city", "get_weather"]);
    check_text(&["Book a flight"], &["flight number", "passenger name"]);
    check_text(&["its status?"], &["flight number"]);
}

#[test]
fn small_talk_makes_no_calls() {
    let rules = "not a language model";
    check_text(&["Hello!"], &["Hello", rules, "next_flights"]);
    check_text(&["Who are you?"], &[rules, "airports_of"]);
    check_text(&["How many languages are in the world?"], &["can't answer", rules]);
    check_text(&["Tell me a joke"], &["can't answer"]);
    let first = "When is the next flight from New York to Seattle?";
    for talk in ["Thanks!", "Thank you very much for the help.", "Great, thanks a lot"] {
        check_text(&[first, talk], &["welcome"]);
    }
    for talk in ["Who wrote War and Peace?", "Tell me a joke", "ok", "Who are you?"] {
        check(&[first, talk], &[]);
    }
    check_with(&tools(), &["What is a tool?"], &[]);
}

#[test]
fn there_and_back_are_resolved_to_places() {
    check(
        &["What airports does New York have and when is the next flight from there to Seattle?"],
        &[airports("New York"), flights("New York", "Seattle")],
    );
    check(
        &["the next flight from New York to Seattle and back"],
        &[flights("New York", "Seattle"), flights("Seattle", "New York")],
    );
    let first = "When is the next flight from New York to Seattle?";
    check(&[first, "what's the weather there?"], &[("get_weather", json!({"city": "Seattle"}))]);
    check(&[first, "Compare with Boston"], &[flights("New York", "Boston")]);
    check(
        &[first, "Airports of Houston and flights from there to Miami"],
        &[airports("Houston"), flights("Houston", "Miami")],
    );
}

/// Pseudo-random sentences get a response, and no call is repeated.
#[test]
fn random_sentences_never_panic() {
    let words = "from to between and then the next flight flights status of UA 1545 UA1545 New York miami \u{6771}\u{4eac} , . ? ; \
\" ' \u{201c} \u{201d} tomorrow July 4 2013 2013-07-04 8pm 2d6 JFK-SEA there back its second one roll dice 20 search for airports \
in Paris's \u{e9}t\u{e9} \u{2192} -- $4 1e999 book Ada Lovelace compare with what about";
    let words: Vec<&str> = words.split(' ').collect();
    let mut state = 7_u64;
    let mut next = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(bound).unwrap()).unwrap()
    };
    for _ in 0..120 {
        let sentences: Vec<String> = (0..=next(2))
            .map(|_| (0..=next(14)).map(|_| words[next(words.len())]).collect::<Vec<_>>().join(" "))
            .collect();
        let sentences: Vec<&str> = sentences.iter().map(String::as_str).collect();
        let completion =
            super::respond(&json!({"messages": super::conversation(&sentences), "tools": tools()}));
        let calls = super::calls(&completion);
        let has_duplicate = calls.iter().enumerate().any(|(at, call)| calls[..at].contains(call));
        assert!(!has_duplicate, "{sentences:?} gave {calls:?}");
    }
}
