//! Rules that several kinds of input share: labels of numbers, lists of operands, abbreviations, and the current date.

use serde_json::{Value, json};

use super::{check_with, respond, text, text_of, tool};

fn number(description: &str) -> Value {
    json!({"type": "number", "description": description})
}

/// Tools with two operands, numbers and texts.
fn calculator() -> Value {
    let xy = json!({"x": number(""), "y": number("")});
    let ab = json!({"a": number("The first number."), "b": number("The second number.")});
    let range = json!({"from": {"type": "integer"}, "to": {"type": "integer"}});
    let cities = json!({"first_city": text_of("A city."), "second_city": text_of("A city.")});
    json!([
        tool("add", "Adds two numbers.", &["x", "y"], &xy),
        tool("divide", "Divides x by y.", &["x", "y"], &xy),
        tool("multiply", "Multiplies two numbers.", &["a", "b"], &ab),
        tool("count", "Counts in a range.", &["from", "to"], &range),
        tool(
            "distance_between",
            "Returns the distance between two cities.",
            &["first_city", "second_city"],
            &cities
        ),
    ])
}

#[track_caller]
fn check_calculator(sentence: &str, name: &str, arguments: Value) {
    check_with(&calculator(), &[sentence], &[(name, arguments)]);
}

#[test]
fn operands_of_a_list_fill_one_call() {
    let add = |sentence: &str| check_calculator(sentence, "add", json!({"x": 3.0, "y": 5.0}));
    add("add 3 and 5");
    add("Add 3, 5.");
    add("Please add 3 plus 5");
    add("add 3 + 5");
    add("Add the numbers 3 and 5!");
    check_calculator("Multiply 3 and then 5", "multiply", json!({"a": 3.0, "b": 5.0}));
    check_calculator("divide 8 and 2", "divide", json!({"x": 8.0, "y": 2.0}));
    let cities = json!({"first_city": "Paris", "second_city": "Rome"});
    check_calculator("distance of Paris and Rome", "distance_between", cities.clone());
    check_calculator("distance between Paris and Rome", "distance_between", cities);
}

#[test]
fn a_question_is_asked_once() {
    let ask = |sentence: &str, tools: &Value| {
        let message = json!([{"role": "user", "content": sentence}]);
        let completion = respond(&json!({"messages": message, "tools": tools}));
        text(&completion).to_owned()
    };
    let question = "I need the y to use add. Please tell me.";
    assert_eq!(ask("add 3", &calculator()), question);
    let asked = ask("flights to Seattle and to Boston", &super::tools());
    assert_eq!(asked.matches("origin city").count(), 1, "{asked}");
}

#[test]
fn reply_completes_all_calls_that_lack_the_same_argument() {
    let flights = |destination: &str| {
        let args = json!({"origin_city": "New York", "destination_city": destination});
        ("next_flights", args)
    };
    super::check(
        &["flights to Seattle and to Boston", "New York"],
        &[flights("Seattle"), flights("Boston")],
    );
}

#[test]
fn labeled_numbers_keep_their_labels() {
    let divide = |sentence: &str| {
        check_calculator(sentence, "divide", json!({"x": 8.0, "y": 0.0}));
    };
    divide("divide x 8 y 0");
    divide("divide y 0 x 8");
    divide("divide x=8 y=0");
    divide("divide y=0, x=8");
    divide("divide with x = 8 and y = 0");
    divide("divide: y: 0, x: 8");
    divide("divide x is 8, y is 0");
    divide("divide 8 by 0");
    let multiply = |sentence: &str| {
        check_calculator(sentence, "multiply", json!({"a": 2.0, "b": 9.0}));
    };
    multiply("multiply a 2 b 9");
    multiply("multiply b 9 a 2");
    multiply("multiply b=9 and a=2");
    let count = |sentence: &str| check_calculator(sentence, "count", json!({"from": 3, "to": 8}));
    count("count from 3 to 8");
    count("count to 8 from 3");
}

#[test]
fn labels_after_numbers_keep_their_numbers() {
    let seats = json!({"adults": {"type": "integer"}, "children": {"type": "integer"}});
    let tools = json!([tool("reserve_seats", "Reserves seats.", &["adults", "children"], &seats)]);
    let expected = [("reserve_seats", json!({"adults": 3, "children": 2}))];
    for sentence in [
        "Reserve seats for 3 adults 2 children",
        "Reserve seats for 2 children, 3 adults",
        "Reserve seats for 3 adults and 2 children",
        "Reserve seats: adults 3 children 2",
        "Reserve seats: children 2 adults 3",
    ] {
        check_with(&tools, &[sentence], &expected);
    }
}

#[test]
fn labels_of_several_words_are_no_names() {
    let prices = json!({"min_price": number(""), "max_price": number(""), "city": text_of("")});
    let zips = json!({"origin_zip": number(""), "destination_zip": number("")});
    let tools = json!([
        tool("find_hotels", "Finds hotels.", &["city"], &prices),
        tool("shipping_cost", "Cost.", &["origin_zip", "destination_zip"], &zips),
    ]);
    let hotels = json!({"city": "Paris", "min_price": 50.0, "max_price": 90.0});
    for sentence in [
        "hotels in Paris min price 50 max price 90",
        "hotels in Paris max price 90 min price 50",
        "hotels in Paris with min price 50 and max price 90",
        "hotels with max price 90 and min price 50 in Paris",
        "hotels in Paris, min_price=50, max_price=90",
    ] {
        check_with(&tools, &[sentence], &[("find_hotels", hotels.clone())]);
    }
    let cost = json!({"origin_zip": 94110.0, "destination_zip": 10001.0});
    for sentence in [
        "shipping cost origin zip 94110 destination zip 10001",
        "shipping cost destination zip 10001 origin zip 94110",
    ] {
        check_with(&tools, &[sentence], &[("shipping_cost", cost.clone())]);
    }
}

#[test]
fn number_in_the_name_of_a_tool_is_no_argument() {
    let abc = json!({"a": number(""), "b": number(""), "c": number("")});
    let tools = json!([tool("sum_three", "Sums three numbers.", &["a", "b", "c"], &abc)]);
    let expected = [("sum_three", json!({"a": 1.0, "b": 2.0, "c": 3.0}))];
    for sentence in ["sum three 1, 2 and 3", "Sum three: 1 2 3", "sum three c 3 b 2 a 1"] {
        check_with(&tools, &[sentence], &expected);
    }
}

/// Returns what the model says about a tool with this description.
fn overview(description: &str) -> String {
    let tools = json!([tool("t", description, &[], &json!({}))]);
    let message = json!([{"role": "user", "content": "Hello!"}]);
    text(&respond(&json!({"messages": message, "tools": tools}))).to_owned()
}

#[test]
fn overview_has_the_first_sentence_of_a_description() {
    for sentence in [
        "Looks up a place, i.e. a city",
        "Looks up places, e.g. Paris or Rome",
        "Looks up cities (e.g. Paris), towns etc. in Europe",
        "Compares cats vs. dogs",
        "Converts 1.5 km with version 2.0 of the tables",
        "Returns the weather in the U.S. and abroad, from 8 a.m. to 5 p.m. on workdays",
        "Asks Dr. Who, Mrs. Hudson and J. Smith, no. 5 of approx. 10 persons",
        "Reads https://example.com/a.b?c=d and notes.txt",
        "Waits... then continues",
        "Returns the 3.\u{a0}item",
        "Adds two numbers",
    ] {
        for rest in ["", ".", ". Never fails. At all.", ".\n\nMore text.", ".\nIt is fast"] {
            let overview = overview(&format!("{sentence}{rest}"));
            assert!(overview.ends_with(&format!("tools: t ({sentence}).")), "{overview}");
        }
    }
    // Descriptions from doc comments have line breaks in their sentences.
    assert!(
        overview("Finds flights\nbetween cities. Fast.")
            .contains("t (Finds flights between cities)")
    );
    assert!(overview("Searches the web\n\nReturns links.").contains("t (Searches the web)"));
    assert!(
        overview("Lists cities, towns, etc. Returns names.")
            .contains("t (Lists cities, towns, etc.)")
    );
    assert!(overview("Is it late? Tells the time.").contains("t (Is it late?)"));
    assert!(overview("Returns yes or no. Is fast.").contains("t (Returns yes or no)"));
    assert!(overview("").contains("tools: t."));
}

#[test]
fn abbreviations_do_not_end_a_request() {
    let flights = |sentence: &str, origin: &str, destination: &str| {
        let args = json!({"origin_city": origin, "destination_city": destination});
        super::check(&[sentence], &[("next_flights", args)]);
    };
    flights("Flights from St. Louis to Washington", "St. Louis", "Washington");
    flights("Flights i.e. from New York to Seattle", "New York", "Seattle");
    flights("Any flights, e.g. from New York to Seattle?", "New York", "Seattle");
    super::check(
        &["What's the weather in a warm city, e.g. Lisbon?"],
        &[("get_weather", json!({"city": "Lisbon"}))],
    );
}

/// Checks the date of a call for tomorrow's flights.
#[track_caller]
fn check_tomorrow(instructions: &str) {
    let messages = json!([
        {"role": "system", "content": instructions},
        {"role": "user", "content": "Flights from Miami to Seattle tomorrow"},
    ]);
    let completion = respond(&json!({"messages": messages, "tools": super::tools()}));
    let calls = super::calls(&completion);
    assert_eq!(calls[0].1["date"], "2013-07-05", "{instructions}");
}

#[test]
fn instructions_set_the_current_date() {
    for instructions in [
        "Today is 2013-07-04.",
        "Today is Thursday, July 4, 2013.",
        "Today's date: 4 July 2013",
        "TODAY IS THE 4TH OF JULY 2013!",
        "The time in New York is 2013-07-04T08:00. Use the tools.",
        "The current time is 2013-07-04 08:00:00.",
        "Current date and time: 2013-07-04T08:00:00Z",
        "It is July 4th, 2013, and the office is open.",
        "It's now Thursday 4 July 2013.",
        "The date is 2013-07-04.",
        "Date: 2013-07-04",
        "<now>2013-07-04T08:00:00-04:00</now>",
        "{\"current_date\": \"2013-07-04\"}",
        "2013-07-04 is today.",
        "Today's date:\n2013-07-04",
        "<current_date>\n  2013-07-04\n</current_date>",
        "Today is July 4 2013.",
        "The date today is 2013-07-04",
        "Today (2013-07-04) the office is open.",
        "Use Thursday, 2013-07-04 as the current date.",
        "Birth date: 2012-01-01\nToday: 2013-07-04",
        "You know flights from 2013-07-01 to 2013-07-12. Today is 2013-07-04.",
        "Knowledge cutoff: 2012-10-01\nCurrent date: 2013-07-04",
        "Flights of 2013-07-01 are over. Today is 2013-07-04, and the timetable ends on 2013-07-12.",
    ] {
        check_tomorrow(instructions);
    }
}

#[test]
fn other_dates_in_the_instructions_are_not_today() {
    for instructions in [
        "Your knowledge ends on 2013-07-04.",
        "You know flights from 2013-07-04 to 2013-07-12.",
        "Knowledge cutoff: 2013-07-04",
        "The timetable was updated on 4 July 2013.",
        "Birth date: 2013-07-04",
        "The start date is 2013-07-04.",
        "The date of the party is 2013-07-04.",
        "The departure time in Newark is 2013-07-04T08:00.",
        "There is a party. It is on 2013-07-04.",
        "A flight that is on time today. The next one leaves 2013-07-04.",
    ] {
        let messages = json!([
            {"role": "system", "content": instructions},
            {"role": "user", "content": "Flights from Miami to Seattle tomorrow"},
        ]);
        let completion = respond(&json!({"messages": messages, "tools": super::tools()}));
        let calls = super::calls(&completion);
        assert_ne!(calls[0].1["date"], "2013-07-05", "{instructions}");
    }
}
