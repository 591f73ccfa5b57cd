#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::Validator;
use crate::traits::tool::ToolSpec;

fn validator(schema: Value) -> Result<Validator, String> {
    let spec = ToolSpec::new("t", "A tool.", schema);
    Validator::new(&spec).map_err(|error| error.to_string())
}

/// What is said of these arguments; empty for nothing.
fn said(schema: &Value, arguments: &Value) -> String {
    validator(schema.clone()).unwrap().check(arguments).err().unwrap_or_default()
}

/// What is said of this value of `x`.
fn said_of(x: &Value, value: Value) -> String {
    said(&json!({ "type": "object", "properties": { "x": x } }), &json!({ "x": value }))
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
fn what_is_wrong_is_said_with_its_path() {
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
            "`passengers[0].seat` is not known; the keys are `age` and `name`",
        ),
        (
            json!({"passengers": [{"name": "Ada", "agee": 3}]}),
            "`passengers[0].age` is missing; `passengers[0].agee` is not known; \
             did you mean `age`?",
        ),
        (
            json!({"passengers": [{"name": "Ada", "age": 3}], "maxPrice": 3}),
            "`maxPrice` is not known; did you mean `max_price`?",
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
        (
            json!({"passengers": [{"name": 1}, {"age": []}, {"name": null}], "a": 1}),
            "`passengers[0].age` is missing",
        ),
    ] {
        let told = said(&schema, &arguments);
        if arguments.get("a").is_some() {
            // Of many faults the first five are said, those of the whole first.
            assert!(told.starts_with("`a` is not known; "), "{told}");
            assert!(told.ends_with("; and 2 more faults like these"), "{told}");
        } else {
            assert_eq!(told, expected, "{arguments}");
        }
    }
}

#[test]
fn of_a_union_the_member_that_was_meant_is_heard() {
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
        assert_eq!(said_of(schema, value.clone()), expected, "{value}");
    }
}

#[test]
fn bounds_are_said_in_words() {
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
            "items 0 and 2 are the same, and each may stand there once",
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
            "3 fits several of the forms that it may have, and may fit only one",
        ),
        (
            json!({ "type": "integer" }),
            json!("a very long text that would fill the answer of the model with what it knows"),
            "expected an integer, got \"a very long text that would fill the ans\"…",
        ),
    ] {
        assert_eq!(said_of(&schema, value.clone()), format!("`x`: {expected}"), "{schema}");
    }
}

#[test]
fn references_and_odd_names_are_followed() {
    let node = object(
        json!({ "a key": { "const": 1 }, "next": { "anyOf": [{ "$ref": "#/$defs/No de" },
            { "type": "null" }] } }),
        &[],
    );
    let mut schema = object(json!({ "x": { "$ref": "#/$defs/No%20de" } }), &[]);
    schema["$defs"] = json!({ "No de": node });
    schema["$defs"]["No de"]["properties"]["next"]["anyOf"][0]["$ref"] = "#/$defs/No%20de".into();
    assert_eq!(
        said(&schema, &json!({ "x": { "next": { "next": { "akey": 1 } } } })),
        "`x.next.next.akey` is not known; did you mean `a key`?"
    );
}

#[test]
fn a_schema_that_says_no_type_is_an_objects() {
    for schema in [
        json!({ "properties": { "n": { "type": "integer" } } }),
        json!({ "type": ["object"], "properties": { "n": { "type": "integer" } } }),
        json!({ "$ref": "#/$defs/T", "$defs": { "T": {
            "type": "object", "properties": { "n": { "type": "integer" } } } } }),
    ] {
        assert_eq!(said(&schema, &json!({ "n": "x" })), "`n`: expected an integer, got \"x\"");
    }
    assert_eq!(said(&json!({}), &json!({ "n": "x" })), "");
    for schema in [
        json!({ "type": "string" }),
        json!({ "type": ["string", "null"] }),
        json!({ "enum": ["a"] }),
        json!(true),
    ] {
        let error = validator(schema.clone()).unwrap_err();
        assert!(error.contains("`t`") && error.contains("have to be an object"), "{error}");
    }
}

#[test]
fn an_example_that_breaks_its_schema_is_an_error() {
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
        "the schema of the tool `t` is not valid: its example `/examples/1` breaks it: \
         `examples`: expected an integer, got \"x\""
    );
    assert_eq!(
        validator(number(json!([1, "x"]))).unwrap_err(),
        "the schema of the tool `t` is not valid: its example \
         `/properties/a~1b c/items/examples/1` breaks it: expected an integer, got \"x\""
    );
    // What is data in a schema is no example.
    let data = json!({ "type": "object", "properties": {
        "x": { "default": { "type": "integer", "examples": ["x"] } } } });
    assert!(validator(data).is_ok());
}

#[test]
fn what_is_wrong_with_a_schema_is_said_in_the_same_words() {
    let of = |a: Value| json!({ "type": "object", "properties": { "a": a } });
    let regex = "`properties.a.pattern`: expected text of the form `regex`, got \"(\"";
    for (schema, expected) in [
        (of(json!({ "minimum": "1" })), "`properties.a.minimum`: expected a number, got \"1\""),
        (of(json!({ "$ref": "#/$defs/b" })), "a `$ref` names `#/$defs/b`, and there is nothing"),
        (of(json!({ "type": "string", "pattern": "(" })), regex),
        (
            of(json!({ "$ref": "https://example.com/b" })),
            "it refers to `https://example.com/b`: put what is meant under its own `$defs`",
        ),
        (
            json!({ "type": "object", "$schema": "https://example.com/draft" }),
            "it refers to `https://example.com/draft`: put what is meant under its own `$defs`",
        ),
    ] {
        let expected = format!("the schema of the tool `t` is not valid: {expected}");
        assert_eq!(validator(schema).unwrap_err(), expected);
    }
    // What a type may be is a list.
    let error = validator(of(json!({ "type": "dict" }))).unwrap_err();
    assert!(error.contains("`properties.a.type`: expected one of \"array\""), "{error}");
    assert!(error.ends_with("got \"dict\""), "{error}");
    let answer = Validator::of_answer(&of(json!({ "$ref": "#/b" })).into()).unwrap_err();
    assert_eq!(
        answer.to_string(),
        "the schema of the answer is not valid: a `$ref` names `#/b`, and there is nothing"
    );
}

#[test]
fn a_key_that_is_required_and_refused_is_an_error() {
    let schema = object(json!({ "city": { "type": "string" } }), &["city", "country"]);
    let invalid = "the schema of the tool `t` is not valid:";
    let refuses = "requires `country`, refuses keys that are not among its properties, and has no \
                   such property: its properties are";
    assert_eq!(validator(schema.clone()).unwrap_err(), format!("{invalid} it {refuses} `city`"));
    let inside = json!({ "type": "object", "properties": { "a": { "items": schema } } });
    assert_eq!(
        validator(inside).unwrap_err(),
        format!("{invalid} `/properties/a/items` {refuses} `city`")
    );
    for mended in [
        json!({ "additionalProperties": true }),
        json!({ "patternProperties": { "^co": {} } }),
        json!({ "required": ["city"] }),
        json!({ "properties": { "city": {}, "country": true } }),
    ] {
        let mut schema = schema.clone();
        schema.as_object_mut().unwrap().extend(mended.as_object().unwrap().clone());
        assert!(validator(schema).is_ok(), "{mended}");
    }
    let never = json!({ "type": "object", "not": schema });
    assert!(validator(never).is_ok());
}

#[test]
fn what_is_plain_is_valid() {
    let plain = [
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
    for schema in &plain {
        assert!(super::plain::is_plain(schema), "{schema}");
        assert!(super::Compiled::new(schema).is_ok(), "{schema}");
    }
    // Whatever breaks one of them, is seen, or was no break.
    for schema in &plain {
        for broken in broken(schema) {
            let is_valid = super::Compiled::new(&broken).is_ok();
            assert!(is_valid || !super::plain::is_plain(&broken), "{broken}");
        }
    }
}

/// The schema with each of its values in turn replaced by something else.
fn broken(value: &Value) -> Vec<Value> {
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
                all.extend(broken(inner).into_iter().map(|inner| {
                    let mut fields = fields.clone();
                    fields[name] = inner;
                    Value::Object(fields)
                }));
            }
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                all.extend(broken(inner).into_iter().map(|inner| {
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
fn what_is_not_plain_is_compiled_at_once() {
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
