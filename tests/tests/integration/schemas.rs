//! The JSON schemas of tools.

use std::collections::BTreeMap;

use callsign::{data, tool, tools};
use insta::assert_json_snapshot;

/// Compares the schema of a tool with its snapshot.
macro_rules! assert_schema {
    ($tool:ident) => {
        insta::with_settings!({ omit_expression => true }, {
            let tools = tools![$tool];
            assert_json_snapshot!(stringify!($tool), &*tools[0].spec().definition.parameters);
        });
    };
}

/// Returns information about the next flight between two cities.
#[tool]
fn get_flight_info(
    /// The name of the city where the flight originates.
    origin_city: String,
    /// The flight destination city.
    destination_city: String,
) -> String {
    origin_city + &destination_city
}

#[test]
fn flight_info() {
    assert_schema!(get_flight_info);
}

/// Takes no arguments.
#[tool]
fn nothing() {}

#[test]
fn no_arguments() {
    assert_schema!(nothing);
}

/// Takes plain values.
#[tool]
fn plain(text: &str, yes: bool, letter: char, anything: serde_json::Value) {
    let _ = (text, yes, letter, anything);
}

#[test]
fn plain_values() {
    assert_schema!(plain);
}

/// Takes numbers.
#[tool]
#[expect(clippy::too_many_arguments, reason = "the test needs one argument per number type")]
fn numbers(a: u8, b: i16, c: u32, d: i64, e: usize, f: u128, g: f32, h: f64) {
    let _ = (a, b, c, d, e, f, g, h);
}

#[test]
fn numbers_have_bounds_and_no_formats() {
    assert_schema!(numbers);
}

/// Takes optional values.
#[tool]
fn options(
    /// An optional text.
    text: Option<String>,
    number: Option<u32>,
    list: Option<Vec<String>>,
    /// An optional cabin.
    cabin: Option<Cabin>,
    leg: Option<Leg>,
) {
    let _ = (text, number, list, cabin, leg);
}

#[test]
fn options_are_not_required() {
    assert_schema!(options);
}

fn two() -> u32 {
    2
}

/// Takes values with defaults.
#[tool]
fn defaults(
    #[serde(default)] stops: Vec<String>,
    #[serde(default = "two")] seats: u32,
    /// The cabin.
    #[serde(default)]
    cabin: Cabin,
    #[serde(default)] text: &str,
) {
    let _ = (stops, seats, cabin, text);
}

#[test]
fn defaults_are_in_the_schema() {
    assert_schema!(defaults);
}

#[data]
#[derive(Default)]
#[serde(rename_all = "snake_case")]
enum Cabin {
    #[default]
    Economy,
    PremiumEconomy,
    First,
}

/// The method of payment.
#[data]
enum Payment {
    /// Payment at once.
    Cash,
    /// Payment by card.
    Card,
}

/// A destination.
#[data]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Target {
    /// Home.
    Home,
    /// A city.
    City {
        /// The name of the city.
        name: String,
    },
}

/// A name or a number.
#[data]
#[serde(untagged)]
enum Id {
    Name(String),
    Number(u32),
}

#[data]
enum Shape {
    Circle(f64),
    Box { width: f64, height: f64 },
}

/// Takes enums.
#[tool]
fn enums(
    cabin: Cabin,
    payment: Payment,
    /// The destination of the trip.
    target: Target,
    id: Id,
    shape: Shape,
) {
    let _ = (cabin, payment, target, id, shape);
}

#[test]
fn enums_list_their_variants() {
    assert_schema!(enums);
}

/// A leg of a trip.
#[data]
struct Leg {
    /// The code of the airport.
    #[schemars(length(equal = 3))]
    from: String,
    nights: u32,
}

#[data]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Trip {
    /// The title. Properties may have the names of schema keywords.
    title: String,
    format: Option<String>,
    all_legs: Vec<Leg>,
    first_leg: Leg,
    by_name: BTreeMap<String, Leg>,
}

/// Takes a nested value.
#[tool]
fn nested(
    trip: Trip,
    /// The trips to compare it with.
    others: Vec<Trip>,
) {
    let _ = (trip, others);
}

#[test]
fn nested_types_are_inlined() {
    assert_schema!(nested);
}

/// Takes lists, maps and tuples.
#[tool]
fn collections(
    list: Vec<u32>,
    map: BTreeMap<String, f64>,
    pair: (String, u32),
    three: [bool; 3],
    set: std::collections::BTreeSet<String>,
) {
    let _ = (list, map, pair, three, set);
}

#[test]
fn collections_have_element_types() {
    assert_schema!(collections);
}

/// Takes values with attributes.
#[tool]
fn attributes(
    #[serde(rename = "class")] cabin: String,
    /// From 1 to 9.
    #[schemars(range(min = 1, max = 9))]
    seats: u32,
    #[schemars(length(min = 1), regex(pattern = "^[A-Z]+$"))] code: &str,
    #[schemars(email)] email: String,
    #[schemars(with = "Option<u32>")]
    #[serde(default)]
    answer: serde_json::Value,
    #[serde(skip)] hidden: u32,
    r#type: String,
) {
    let _ = (cabin, seats, code, email, answer, hidden, r#type);
}

#[test]
fn attributes_are_kept() {
    assert_schema!(attributes);
}

/// Takes a flattened struct.
#[tool]
fn flattened(city: String, anything: Vec<serde_json::Value>, #[serde(flatten)] leg: Leg) {
    let _ = (city, anything, leg);
}

#[test]
fn flattened_fields_are_properties_of_the_tool() {
    assert_schema!(flattened);
}

/// A folder.
#[data]
struct Folder {
    name: String,
    folders: Vec<Folder>,
}

/// Takes a recursive type.
#[tool]
fn recursive(
    /// The root folder.
    root: Folder,
) {
    let _ = root;
}

#[test]
fn recursive_types_use_references() {
    assert_schema!(recursive);
}
