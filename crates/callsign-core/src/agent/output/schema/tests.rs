#![allow(dead_code, reason = "only the schemas of types are of interest")]

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer_schema;
use crate::definition::{close, schema};
use crate::run::answer::AnswerSchema;

fn of<T: JsonSchema>() -> AnswerSchema {
    let mut schema = schema::<T>();
    close(&mut schema);
    answer_schema(&T::schema_name(), schema)
}

/// A trip with stops.
#[derive(Deserialize, JsonSchema)]
struct Trip {
    /// Where it ends.
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

/// Every `$ref` in it leads somewhere.
fn check_references(schema: &Value, root: &Value) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| check_references(item, root)),
        Value::Object(fields) => {
            for (name, field) in fields {
                if name == "$ref" {
                    let place = field.as_str().unwrap().strip_prefix('#').unwrap();
                    assert!(root.pointer(place).is_some(), "{field} in {root}");
                }
                check_references(field, root);
            }
        }
        _ => {}
    }
}

#[test]
fn an_object_is_asked_for_as_it_is() {
    let trip = of::<Trip>();
    assert!(!trip.is_wrapped);
    assert_eq!(
        (trip.name.as_str(), trip.description.as_deref()),
        ("Trip", Some("A trip with stops."))
    );
    assert_eq!(trip.schema["required"], json!(["to", "stops"]));
    assert_eq!(trip.schema["additionalProperties"], json!(false));
}

#[test]
fn the_strict_form_requires_what_may_be_null() {
    let strict = of::<Trip>().strict.expect("it can be said strictly");
    let mut required = strict["required"].as_array().unwrap().clone();
    required.sort_by_key(Value::to_string);
    assert_eq!(required, ["nights", "stops", "to"]);
    assert_eq!(strict["properties"]["nights"]["type"], json!(["integer", "null"]));
    let kind = &strict["properties"]["stops"]["items"]["properties"]["kind"];
    assert!(kind.get("anyOf").is_some() && kind.get("oneOf").is_none(), "{kind}");
}

#[test]
fn what_would_mean_something_else_is_not_said_strictly() {
    let with = |property: Value| {
        let schema = json!({
            "type": "object",
            "properties": { "a": property },
            "required": ["a"],
            "additionalProperties": false,
        });
        answer_schema("a", schema).strict
    };
    assert!(with(json!({ "type": "string" })).is_some());
    for property in [
        json!({}),
        json!({ "type": "array" }),
        json!({ "type": "object" }),
        json!({ "type": "string", "minLength": 1 }),
        json!({ "type": "string", "format": "color" }),
        json!({ "allOf": [{ "type": "string" }] }),
        json!({ "type": "object", "properties": {} }),
        json!({
            "type": "object",
            "properties": { "b": { "type": "string" } },
            "additionalProperties": false,
        }),
    ] {
        assert!(with(property.clone()).is_none(), "{property}");
    }
    let open =
        json!({ "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"] });
    assert!(answer_schema("a", open).strict.is_none());
}

#[test]
fn what_is_no_object_is_put_into_one() {
    let list = of::<Vec<Stop>>();
    assert!(list.is_wrapped);
    assert_eq!(list.schema["required"], json!(["value"]));
    assert_eq!(list.schema["properties"]["value"]["type"], "array");
    assert!(list.strict.is_some());
    assert!(of::<Option<Trip>>().is_wrapped);
    assert!(of::<Kind>().is_wrapped);
    assert!(of::<u8>().is_wrapped);
    let any = of::<Value>();
    assert!(any.is_wrapped && any.strict.is_none());
}

#[test]
fn what_points_to_itself_does_so_inside_another() {
    let tree = of::<Tree>();
    assert!(tree.is_wrapped);
    check_references(&tree.schema, &tree.schema);
    let node = of::<Node>();
    assert!(!node.is_wrapped);
    check_references(&node.schema, &node.schema);
    check_references(&of::<Vec<Node>>().schema, &of::<Vec<Node>>().schema);
    let own = json!({
        "anyOf": [{ "$ref": "#/x/y" }, { "type": "array", "items": { "$ref": "#" } }],
        "x": { "y": { "type": "string" } },
    });
    let own = answer_schema("own", own);
    check_references(&own.schema, &own.schema);
}

#[test]
fn names_are_what_the_wire_takes() {
    for (name, wire) in [("Trip", "Trip"), ("a.b<c>", "a_b_c_"), ("", "answer")] {
        assert_eq!(answer_schema(name, json!({ "type": "object" })).name, wire);
    }
    assert_eq!(answer_schema(&"x".repeat(99), json!(true)).name.len(), 64);
}
