#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::{Compiled, Validator, fast_path};

fn validator(schema: Value) -> Result<Validator, String> {
    Validator::new(&std::sync::Arc::new(schema)).map_err(|error| error.to_string())
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

#[test]
fn invalid_example_is_an_error() {
    let number = |examples: Value| {
        json!({ "type": "object", "properties": {
            "examples": { "type": "integer" },
            "a/b c": { "type": "array", "items": { "type": "integer", "examples": examples } } } })
    };
    let mut schema = number(json!([1, 2]));
    schema["examples"] = json!([{}, { "examples": 3, "a/b c": [1] }]);
    assert!(validator(schema.clone()).is_ok());
    schema["examples"][1]["examples"] = "x".into();
    assert_eq!(
        validator(schema).unwrap_err(),
        "its example at `/examples/1` is not valid: \
         `examples`: expected an integer, got \"x\""
    );
    assert_eq!(
        validator(number(json!([1, "x"]))).unwrap_err(),
        "its example at `/properties/a~1b c/items/examples/1` is not valid: \
         expected an integer, got \"x\""
    );
    // A default is data, not a schema with examples.
    let data = json!({ "type": "object", "properties": {
        "x": { "default": { "type": "integer", "examples": ["x"] } } } });
    assert!(validator(data).is_ok());
}

#[test]
fn invalid_schema_is_an_error_with_a_path() {
    let of = |a: Value| json!({ "type": "object", "properties": { "a": a } });
    let regex = "`properties.a.pattern`: expected text in the format `regex`, got \"(\"";
    for (schema, expected) in [
        (of(json!({ "minimum": "1" })), "`properties.a.minimum`: expected a number, got \"1\""),
        (
            of(json!({ "$ref": "#/$defs/b" })),
            "a `$ref` points to `#/$defs/b`, which does not exist",
        ),
        (of(json!({ "type": "string", "pattern": "(" })), regex),
        (
            of(json!({ "$ref": "https://example.com/b" })),
            "it refers to another document, `https://example.com/b`: move that schema into `$defs`",
        ),
        (
            json!({ "type": "object", "$schema": "https://example.com/draft" }),
            "it refers to another document, `https://example.com/draft`: move that schema into \
             `$defs`",
        ),
    ] {
        assert_eq!(validator(schema).unwrap_err(), expected);
    }
    // All known types are listed.
    let error = validator(of(json!({ "type": "dict" }))).unwrap_err();
    assert!(error.contains("`properties.a.type`: expected one of \"array\""), "{error}");
    assert!(error.ends_with("got \"dict\""), "{error}");
}

#[test]
fn required_key_that_is_not_allowed_is_an_error() {
    let schema = object(json!({ "city": { "type": "string" } }), &["city", "country"]);
    let reason = "requires the key `country`, but does not allow it: `additionalProperties` is \
                  false, and the keys in `properties` are `city`";
    assert_eq!(validator(schema.clone()).unwrap_err(), format!("it {reason}"));
    let inside = json!({ "type": "object", "properties": { "a": { "items": schema } } });
    assert_eq!(validator(inside).unwrap_err(), format!("`/properties/a/items` {reason}"));
    for repair in [
        json!({ "additionalProperties": true }),
        json!({ "patternProperties": { "^co": {} } }),
        json!({ "required": ["city"] }),
        json!({ "properties": { "city": {}, "country": true } }),
    ] {
        let mut schema = schema.clone();
        schema.as_object_mut().unwrap().extend(repair.as_object().unwrap().clone());
        assert!(validator(schema).is_ok(), "{repair}");
    }
    let never = json!({ "type": "object", "not": schema });
    assert!(validator(never).is_ok());
}

#[test]
fn fast_path_accepts_only_valid_schemas() {
    let schemas = [
        json!({}),
        json!({"type": "object", "title": "T", "description": "D", "$comment": "c"}),
        json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}),
        json!({"type": ["object", "null"], "required": ["a", "b"], "minProperties": 1}),
        json!({"properties": {"a": true, "b": {"type": "array", "items": {"$ref": "#/$defs/B_1"}}},
            "$defs": {"B_1": {"enum": [1, 1, null], "default": 3, "deprecated": true}}}),
        json!({"properties": {"a": {"anyOf": [{"const": 1}, {"type": "null"}]},
            "b": {"oneOf": [{"not": false}]}, "c": {"allOf": [{}], "format": "date"}}}),
        json!({"properties": {"n": {"minimum": -1.5, "exclusiveMaximum": 3, "maximum": 1e9},
            "s": {"minLength": 0, "maxLength": 3}, "l": {"uniqueItems": true, "maxItems": 2}}}),
    ];
    for schema in &schemas {
        assert!(fast_path::is_valid(schema), "{schema}");
        assert!(Compiled::new(schema).is_ok(), "{schema}");
    }
    // A change to one of them is not accepted, or gives a valid schema.
    for schema in &schemas {
        for changed in changed(schema) {
            assert!(Compiled::new(&changed).is_ok() || !fast_path::is_valid(&changed), "{changed}");
        }
    }
}

/// Returns the schema with each of its values in turn replaced by something else.
fn changed(value: &Value) -> Vec<Value> {
    let others = [
        json!(null),
        json!(-1),
        json!(1.5),
        json!("x"),
        json!(["x", "x"]),
        json!([]),
        json!({"type": 1}),
        json!([{}, 3]),
        json!("#/$defs/none"),
        json!({"x": 0}),
    ];
    let mut all = others.to_vec();
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                all.extend(changed(inner).into_iter().map(|inner| {
                    let mut fields = fields.clone();
                    fields[name] = inner;
                    Value::Object(fields)
                }));
            }
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                all.extend(changed(inner).into_iter().map(|inner| {
                    let mut items = items.clone();
                    items[at] = inner;
                    Value::Array(items)
                }));
            }
        }
        _ => {}
    }
    all
}

#[test]
fn other_schemas_are_compiled_when_the_validator_is_created() {
    for schema in [
        json!({"properties": {"a": {"pattern": "("}}}),
        json!({"properties": {"a": {"type": "strin"}}}),
        json!({"properties": {"a": {"$ref": "#/$defs/none"}}}),
        json!({"type": "object", "required": ["a", "a"]}),
    ] {
        assert!(validator(schema.clone()).is_err(), "{schema}");
    }
    assert!(validator(json!({"properties": {"a": {"pattern": "a+"}}})).is_ok());
}
