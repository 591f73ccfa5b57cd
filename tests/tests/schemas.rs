//! The JSON schemas that a model sees.

use std::collections::BTreeMap;

use callsign::{data, tool, tools};
use insta::assert_json_snapshot;

/// Snapshots the schema of a tool that is given by its path.
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

/// Takes nothing.
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
#[expect(clippy::too_many_arguments, reason = "they are what is looked at")]
fn numbers(a: u8, b: i16, c: u32, d: i64, e: usize, f: u128, g: f32, h: f64) {
    let _ = (a, b, c, d, e, f, g, h);
}

#[test]
fn numbers_have_bounds_and_no_formats() {
    assert_schema!(numbers);
}

/// Takes what may be left out.
#[tool]
fn options(
    /// A text, perhaps.
    text: Option<String>,
    number: Option<u32>,
    list: Option<Vec<String>>,
    /// Which cabin, perhaps.
    cabin: Option<Cabin>,
    leg: Option<Leg>,
) {
    let _ = (text, number, list, cabin, leg);
}

#[test]
fn options_may_be_left_out() {
    assert_schema!(options);
}

fn two() -> u32 {
    2
}

/// Takes what has a default.
#[tool]
fn defaults(
    #[serde(default)] stops: Vec<String>,
    #[serde(default = "two")] seats: u32,
    /// Which cabin.
    #[serde(default)]
    cabin: Cabin,
    #[serde(default)] text: &str,
) {
    let _ = (stops, seats, cabin, text);
}

#[test]
fn defaults_are_said() {
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

/// How to pay.
#[data]
enum Payment {
    /// Here and now.
    Cash,
    /// Later, by card.
    Card,
}

/// Where to go.
#[data]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Target {
    /// Home.
    Home,
    /// A city, by its name.
    City {
        /// Its name.
        name: String,
    },
}

/// By its name or number.
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

/// Takes one of several.
#[tool]
fn enums(
    cabin: Cabin,
    payment: Payment,
    /// Where the trip goes.
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
    /// The airport, by its code.
    #[schemars(length(equal = 3))]
    from: String,
    nights: u32,
}

#[data]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Trip {
    /// What it is called; a property may be named as schema's own words are.
    title: String,
    format: Option<String>,
    all_legs: Vec<Leg>,
    first_leg: Leg,
    by_name: BTreeMap<String, Leg>,
}

/// Takes a value of many parts.
#[tool]
fn nested(
    trip: Trip,
    /// Which to compare it with.
    others: Vec<Trip>,
) {
    let _ = (trip, others);
}

#[test]
fn parts_stand_in_their_places() {
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
fn collections_say_what_is_in_them() {
    assert_schema!(collections);
}

/// Takes what its attributes say.
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

/// Takes a value's fields as its own.
#[tool]
fn flattened(city: String, anything: Vec<serde_json::Value>, #[serde(flatten)] leg: Leg) {
    let _ = (city, anything, leg);
}

#[test]
fn flattened_fields_are_the_tools_own() {
    assert_schema!(flattened);
}

/// A folder.
#[data]
struct Folder {
    name: String,
    folders: Vec<Folder>,
}

/// Takes a type that has itself inside.
#[tool]
fn recursive(
    /// The outermost.
    root: Folder,
) {
    let _ = root;
}

#[test]
fn a_recursive_type_refers_to_itself() {
    assert_schema!(recursive);
}
