#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::Validator;

mod foreign;
mod hostile;
mod invalid;
mod numbers;

fn validator(schema: Value) -> Result<Validator, String> {
    Validator::new(&schema).map_err(|error| error.to_string())
}

/// Returns the message about a value; empty if it is valid.
fn message(schema: &Value, value: &Value) -> String {
    validator(schema.clone()).unwrap().check(value).err().unwrap_or_default()
}

/// Returns the message about a value of the property `x`.
fn message_for(x: &Value, value: Value) -> String {
    message(&json!({ "type": "object", "properties": { "x": x } }), &json!({ "x": value }))
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

#[test]
fn violations_have_a_path() {
    let passenger = object(
        json!({ "age": { "type": "integer" }, "name": { "type": "string" } }),
        &["name", "age"],
    );
    let schema = object(
        json!({
            "passengers": { "type": "array", "items": passenger, "minItems": 1 },
            "class": { "type": "string", "enum": ["economy", "business"] },
            "max_price": { "type": ["number", "null"], "minimum": 1 },
        }),
        &["passengers"],
    );
    for (arguments, expected) in [
        (json!({}), "`passengers` is missing"),
        (json!({"passengers": []}), "`passengers`: expected at least 1 item, got 0"),
        (json!({"passengers": {}}), "`passengers`: expected an array, got an object"),
        (
            json!({"passengers": [{"name": "Ada", "age": "three"}]}),
            "`passengers[0].age`: expected an integer, got \"three\"",
        ),
        (json!({"passengers": [{"name": "Ada"}]}), "`passengers[0].age` is missing"),
        (
            json!({"passengers": [{"name": "Ada", "age": 3, "seat": 1}]}),
            "`passengers[0].seat` is not a known key; the known keys are `age` and `name`",
        ),
        (
            json!({"passengers": [{"name": "Ada", "agee": 3}]}),
            "`passengers[0].age` is missing; `passengers[0].agee` is not a known key; \
             did you mean `age`?",
        ),
        (
            json!({"passengers": [{"name": "Ada", "age": 3}], "maxPrice": 3}),
            "`maxPrice` is not a known key; did you mean `max_price`?",
        ),
        (
            json!({"passengers": [{"name": "Ada", "age": 3}], "class": "first"}),
            "`class`: expected one of \"economy\" or \"business\", got \"first\"",
        ),
        (
            json!({"passengers": [{"name": "Ada", "age": 3}], "class": "bussiness"}),
            "`class`: expected one of \"economy\" or \"business\", got \"bussiness\"; \
             did you mean \"business\"?",
        ),
        (
            json!({"passengers": [{"name": "Ada", "age": 3}], "class": 1}),
            "`class`: expected one of \"economy\" or \"business\", got 1",
        ),
        (
            json!({"passengers": [{"name": "Ada", "age": 3}], "max_price": "x"}),
            "`max_price`: expected null or a number, got \"x\"",
        ),
        (
            json!({"passengers": [{"name": "Ada", "age": 3}], "max_price": 0}),
            "`max_price`: expected at least 1, got 0",
        ),
    ] {
        assert_eq!(message(&schema, &arguments), expected, "{arguments}");
    }
    // Only the first five violations are listed, the ones nearest to the root first.
    let many = json!({"passengers": [{"name": 1}, {"age": []}, {"name": null}], "a": 1});
    let message = message(&schema, &many);
    assert!(message.starts_with("`a` is not a known key; "), "{message}");
    assert!(message.ends_with("; and 2 more errors"), "{message}");
}

#[test]
fn violations_of_a_union_are_those_of_the_nearest_member() {
    let integer = json!({ "type": "integer" });
    let leg = object(json!({ "to": { "type": "string" }, "n": integer }), &["to"]);
    let option = json!({ "anyOf": [leg, { "type": "null" }] });
    let tagged = |kind: &str, of: &str| {
        object(json!({ "kind": { "type": "string", "const": kind }, of: integer }), &["kind", of])
    };
    let internally = json!({ "oneOf": [tagged("fly", "seat"), tagged("walk", "steps")] });
    let keyed = |key: &str| object(json!({ key: leg }), &[key]);
    let externally = json!({ "oneOf": [
        { "type": "string", "enum": ["Stay"] }, keyed("Fly"), keyed("Walk")] });
    let untagged = json!({ "anyOf": [
        object(json!({ "city": { "type": "string" } }), &["city"]),
        object(json!({ "lat": { "type": "number" }, "lon": { "type": "number" } }), &["lat", "lon"]),
        { "type": "string" }] });
    let described = json!({ "oneOf": [
        { "type": "string", "const": "a", "description": "A." },
        { "type": "string", "const": "b", "description": "B." }] });
    let class = json!({ "anyOf": [{ "type": "string", "enum": ["a", "b"] }, { "type": "null" }] });
    for (schema, value, expected) in [
        (&option, json!({"to": 1}), "`x.to`: expected a string, got 1"),
        (&option, json!({}), "`x.to` is missing"),
        (&option, json!("Porto"), "`x`: expected an object or null, got \"Porto\""),
        (&internally, json!({"kind": "walk"}), "`x.steps` is missing"),
        (
            &internally,
            json!({"kind": "walk", "steps": "x"}),
            "`x.steps`: expected an integer, got \"x\"",
        ),
        (
            &internally,
            json!({"kind": "swim", "steps": 1}),
            "`x.kind`: expected one of \"fly\" or \"walk\", got \"swim\"",
        ),
        (&internally, json!({}), "`x.kind` is missing: expected one of \"fly\" or \"walk\""),
        (&internally, json!(3), "`x`: expected an object, got 3"),
        (&externally, json!({"Walk": {"to": 1}}), "`x.Walk.to`: expected a string, got 1"),
        (&externally, json!({"Swim": {}}), "`x`: expected one of the keys `Fly` and `Walk`"),
        (&externally, json!("Sty"), "`x`: expected \"Stay\" or an object, got \"Sty\""),
        (&untagged, json!({"lat": 1, "lon": "x"}), "`x.lon`: expected a number, got \"x\""),
        (&untagged, json!({"lat": 1}), "`x.lon` is missing"),
        (&untagged, json!(3), "`x`: expected an object or a string, got 3"),
        (&described, json!("c"), "`x`: expected one of \"a\" or \"b\", got \"c\""),
        (&class, json!("c"), "`x`: expected one of \"a\", \"b\" or null, got \"c\""),
        (&class, json!(3), "`x`: expected one of \"a\", \"b\" or null, got 3"),
    ] {
        assert_eq!(message_for(schema, value.clone()), expected, "{value}");
    }
}

#[test]
fn violated_keywords_are_described() {
    for (schema, value, expected) in [
        (json!({ "maximum": 3 }), json!(4), "expected at most 3, got 4"),
        (json!({ "exclusiveMinimum": 3 }), json!(3), "expected more than 3, got 3"),
        (json!({ "exclusiveMaximum": 3 }), json!(3), "expected less than 3, got 3"),
        (json!({ "multipleOf": 5 }), json!(3), "expected a multiple of 5, got 3"),
        (json!({ "minLength": 2 }), json!("a"), "expected at least 2 characters, got 1"),
        (json!({ "maxLength": 1 }), json!("ab"), "expected at most 1 character, got 2"),
        (json!({ "maxItems": 1 }), json!([1, 2]), "expected at most 1 item, got 2"),
        (
            json!({ "uniqueItems": true }),
            json!([1, 2, 1]),
            "items 0 and 2 are equal, but all items must be different",
        ),
        (
            json!({ "pattern": "^[A-Z]{3}$" }),
            json!("Porto"),
            "expected text that matches the pattern `^[A-Z]{3}$`, got \"Porto\"",
        ),
        (json!({ "not": { "const": 1 } }), json!(1), "1 is not allowed here"),
        (json!({ "const": "a" }), json!("b"), "expected \"a\", got \"b\""),
        (
            json!({ "oneOf": [{ "minimum": 1 }, { "minimum": 2 }] }),
            json!(3),
            "3 matches several alternatives, but must match exactly one",
        ),
        (
            json!({ "type": "integer" }),
            json!("a very long text that would fill the answer of the model with what it knows"),
            "expected an integer, got \"a very long text that would fill the ans\"…",
        ),
    ] {
        assert_eq!(message_for(&schema, value.clone()), format!("`x`: {expected}"), "{schema}");
    }
}

#[test]
fn references_to_names_with_spaces_are_followed() {
    let node = object(
        json!({ "a key": { "const": 1 }, "next": { "anyOf": [{ "$ref": "#/$defs/No de" },
            { "type": "null" }] } }),
        &[],
    );
    let mut schema = object(json!({ "x": { "$ref": "#/$defs/No%20de" } }), &[]);
    schema["$defs"] = json!({ "No de": node });
    schema["$defs"]["No de"]["properties"]["next"]["anyOf"][0]["$ref"] = "#/$defs/No%20de".into();
    assert_eq!(
        message(&schema, &json!({ "x": { "next": { "next": { "akey": 1 } } } })),
        "`x.next.next.akey` is not a known key; did you mean `a key`?"
    );
}

#[test]
fn schema_without_a_type_describes_an_object() {
    for schema in [
        json!({ "properties": { "n": { "type": "integer" } } }),
        json!({ "type": ["object"], "properties": { "n": { "type": "integer" } } }),
        json!({ "$ref": "#/$defs/T", "$defs": { "T": {
            "type": "object", "properties": { "n": { "type": "integer" } } } } }),
    ] {
        assert_eq!(message(&schema, &json!({ "n": "x" })), "`n`: expected an integer, got \"x\"");
    }
    assert_eq!(message(&json!({}), &json!({ "n": "x" })), "");
    for schema in [
        json!({ "type": "string" }),
        json!({ "type": ["string", "null"] }),
        json!({ "enum": ["a"] }),
        json!(true),
    ] {
        let error = validator(schema.clone()).unwrap_err();
        assert_eq!(error, "it must describe an object (`\"type\": \"object\"`)");
    }
}
