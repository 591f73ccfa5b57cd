//! Doc comments as descriptions for the model.

use callsign::prelude::*;
use callsign::testing::{ScriptedModel, ScriptedReply};

/// Finds flights
/// between two cities.
///
/// The list is
/// sorted by:
///
/// - the price, with
///   all fees
/// - the duration
///
/// ```text
/// DL 1   SEA
///   late MIA
/// ```
/// The times are local.
#[tool]
fn find(
    /// The city of departure,
    /// in English.
    ///
    /// 1. A name
    /// 2. A code
    origin: String,
    /// The day, as
    /// the traveler says it.
    #[serde(default)]
    day: String,
) -> String {
    origin + &day
}

/// A cabin, at the
/// front or not.
#[data]
#[allow(dead_code)]
enum Cabin {
    /// Wide
    /// seats.
    First,
    Economy,
}

/// A seat on
/// a flight.
#[data]
#[derive(PartialEq)]
struct Seat {
    /// The row, from
    /// the front.
    row: u32,
    cabin: Cabin,
    /// Not a description of a schema.
    #[schemars(example = "a\nb")]
    description: String,
}

impl PartialEq for Cabin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Books a
/// seat.
#[derive(Tool)]
struct Book {
    /// The seat
    /// to book.
    seat: Seat,
}

impl Book {
    fn call(self, _: &Context) -> u32 {
        self.seat.row
    }
}

struct Desk;

#[toolset]
impl Desk {
    /// Rings
    /// the bell.
    #[tool]
    fn ring(&self) {}
}

/** Has a description
 *  in a block
 *  with stars.
 *
 *  - One
 *  - Two
 */
#[tool]
fn stars() {}

/**
    Is indented
    as a block.

        code in
        a block
*/
#[tool]
fn indented() {}

#[test]
fn lines_of_a_paragraph_are_joined() {
    let tools = tools![find, Book, stars, indented].merge(Toolset::new(Desk));
    let descriptions: Vec<_> =
        tools.specs().map(|spec| spec.definition.description.to_string()).collect();
    let find = "Finds flights between two cities.\n\nThe list is sorted by:\n\n\
                - the price, with all fees\n- the duration\n\n\
                ```text\nDL 1   SEA\n  late MIA\n```\nThe times are local.";
    let stars = "Has a description in a block with stars.\n\n- One\n- Two";
    let indented = "Is indented as a block.\n\n    code in\n    a block";
    assert_eq!(descriptions, [find, "Books a seat.", stars, indented, "Rings the bell."]);
}

#[test]
fn lines_of_argument_descriptions_are_joined() {
    let tools = tools![find, Book];
    let schema = &tools[0].spec().definition.parameters["properties"];
    let origin = "The city of departure, in English.\n\n1. A name\n2. A code";
    assert_eq!(schema["origin"]["description"], origin);
    assert_eq!(schema["day"]["description"], "The day, as the traveler says it.");

    let seat = &tools[1].spec().definition.parameters["properties"]["seat"];
    assert_eq!(seat["description"], "The seat to book.");
    let seat = &seat["properties"];
    assert_eq!(seat["row"]["description"], "The row, from the front.");
    assert_eq!(seat["cabin"]["description"], "A cabin, at the front or not.");
    let variants = seat["cabin"]["oneOf"].as_array().unwrap();
    let first = variants.iter().find(|variant| variant["const"] == "First").unwrap();
    assert_eq!(first["description"], "Wide seats.");
    assert_eq!(seat["description"]["examples"][0], "a\nb");
}

#[tokio::test]
async fn lines_of_output_descriptions_are_joined() {
    let model = ScriptedModel::new([ScriptedReply::text(
        r#"{"row": 1, "cabin": "First", "description": "a"}"#,
    )]);
    let agent = Agent::builder(model.clone()).build().unwrap();
    let seat: Seat = agent.run("Choose a seat.").output().await.unwrap();
    assert_eq!(seat.row, 1);
    let request = format!("{:?}", model.requests()[0]);
    assert!(request.contains("The row, from the front."), "{request}");
}
