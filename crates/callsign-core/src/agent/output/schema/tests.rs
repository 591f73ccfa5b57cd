#![allow(dead_code, reason = "only the schemas of the types are used")]

use callsign_json::schema::close::close_all;
use callsign_json::schema::generate::schema;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::output_schema;
use crate::executor::output_spec::OutputSchema;

fn schema_of<T: JsonSchema>() -> OutputSchema {
    let mut schema = schema::<T>();
    close_all(&mut schema);
    output_schema(&T::schema_name(), schema)
}

/// A trip with stops.
#[derive(Deserialize, JsonSchema)]
struct Trip {
    /// The destination.
    to: String,
    nights: Option<u8>,
    stops: Vec<Stop>,
}

#[derive(Deserialize, JsonSchema)]
struct Stop {
    name: String,
    kind: Kind,
}

#[derive(Deserialize, JsonSchema)]
enum Kind {
    /// By rail.
    Train,
    Bus,
}

#[derive(Deserialize, JsonSchema)]
enum Tree {
    Leaf(i32),
    Branches(Vec<Tree>),
}

#[derive(Deserialize, JsonSchema)]
struct Node {
    children: Vec<Node>,
}

/// Asserts that every `$ref` in `schema` refers to something in `root`.
fn check_references(schema: &Value, root: &Value) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| check_references(item, root)),
        Value::Object(fields) => {
            for (name, field) in fields {
                if name == "$ref" {
                    let path = field.as_str().unwrap().strip_prefix('#').unwrap();
                    assert!(root.pointer(path).is_some(), "{field} in {root}");
                }
                check_references(field, root);
            }
        }
        _ => {}
    }
}

#[test]
fn schema_of_an_object_is_not_wrapped() {
    let trip = schema_of::<Trip>();
    assert!(!trip.is_wrapped);
    assert_eq!(
        (trip.name.as_str(), trip.description.as_deref()),
        ("Trip", Some("A trip with stops."))
    );
    assert_eq!(trip.schema["required"], json!(["to", "stops"]));
    assert_eq!(trip.schema["additionalProperties"], json!(false));
}

#[test]
fn schema_of_another_type_is_wrapped_in_an_object() {
    let list = schema_of::<Vec<Stop>>();
    assert!(list.is_wrapped);
    assert_eq!(list.schema["required"], json!(["value"]));
    assert_eq!(list.schema["properties"]["value"]["type"], "array");
    assert!(schema_of::<Option<Trip>>().is_wrapped);
    assert!(schema_of::<Kind>().is_wrapped);
    assert!(schema_of::<u8>().is_wrapped);
    assert!(schema_of::<Value>().is_wrapped);
}

#[test]
fn references_of_a_wrapped_schema_still_resolve() {
    let tree = schema_of::<Tree>();
    assert!(tree.is_wrapped);
    check_references(&tree.schema, &tree.schema);
    let node = schema_of::<Node>();
    assert!(!node.is_wrapped);
    check_references(&node.schema, &node.schema);
    check_references(&schema_of::<Vec<Node>>().schema, &schema_of::<Vec<Node>>().schema);
    let own = json!({
        "anyOf": [{ "$ref": "#/x/y" }, { "type": "array", "items": { "$ref": "#" } }],
        "x": { "y": { "type": "string" } },
    });
    let own = output_schema("own", own);
    check_references(&own.schema, &own.schema);
}

#[test]
fn invalid_names_are_replaced() {
    for (name, valid) in [("Trip", "Trip"), ("a.b<c>", "a_b_c_"), ("", "answer")] {
        assert_eq!(output_schema(name, json!({ "type": "object" })).name, valid);
    }
    assert_eq!(output_schema(&"x".repeat(99), json!(true)).name.len(), 64);
}
