//! Schemas that are made to exhaust time, memory or stack.

use serde_json::{Map, Value, json};

use super::super::{Unchecked, Validator, Verdict};

/// Checks values against a schema that may have any defect.
fn survive(schema: &Value) -> Validator {
    let validator = Validator::lenient(schema).unwrap();
    for value in [json!({}), json!({ "a": "x", "b": [1, [2]], "c": { "a": {} } }), json!(1)] {
        let _ = validator.check(&value);
    }
    validator
}

fn keywords(validator: &Validator) -> Vec<&str> {
    validator.unchecked().iter().map(Unchecked::keyword).collect()
}

#[test]
fn pattern_that_needs_too_much_memory_is_not_checked() {
    for pattern in [
        r"^\p{L}{1,1000}$",
        "^.{0,100000}$",
        "(a{1,1000}){1,1000}",
        "((a{100}){100}){100}",
        r"[\w\W]{4294967295}",
        r"a{99999999999}",
        r"(?=.{0,100000}$)\w+",
        r"(?!(\p{L}{1,1000}){1,1000})x",
    ] {
        let schema = json!({ "properties": {
            "a": { "type": "string", "pattern": pattern, "maxLength": 3 } } });
        let validator = survive(&schema);
        assert_eq!(keywords(&validator), ["pattern"], "{pattern}");
        assert_eq!(validator.unchecked()[0].pointer(), "/properties/a");
        assert!(!validator.unchecked()[0].is_invalid());
        assert!(Validator::new(&schema).is_ok(), "a strict validator accepts it, too");
        assert!(validator.check(&json!({ "a": "abcd" })).is_err(), "{pattern}");
        let names =
            json!({ "patternProperties": { pattern: false }, "additionalProperties": false });
        let validator = survive(&names);
        assert_eq!(keywords(&validator), ["patternProperties"]);
        assert_eq!(
            validator.check(&json!({ "a": 1 })),
            Ok(Verdict::Valid),
            "any key may match the pattern"
        );
    }
}

#[test]
fn many_parts_of_a_pattern_share_its_memory() {
    let pattern = r"(?=\p{L}{1,60})".repeat(500);
    let validator = survive(&json!({ "properties": { "a": { "pattern": pattern } } }));
    assert_eq!(keywords(&validator), ["pattern"]);
}

#[test]
fn few_patterns_of_one_schema_may_be_large() {
    let pattern = |index: usize| {
        (format!("p{index}"), json!({ "pattern": format!(r"^\w{{1,900}}{index}$") }))
    };
    let properties: Map<_, _> = (0..50).map(pattern).collect();
    assert_eq!(survive(&json!({ "properties": properties })).unchecked(), []);
    let pattern = |index: usize| {
        (format!("p{index}"), json!({ "pattern": format!(r"^\p{{L}}{{1,60}}{index}$") }))
    };
    let properties: Map<_, _> = (0..50).map(pattern).collect();
    let validator = survive(&json!({ "properties": properties }));
    assert!(keywords(&validator).len() > 20, "{:?}", validator.unchecked());
}

#[test]
fn catastrophic_pattern_ends() {
    let pattern = r"^(?:(?=a)a|(?=aa)aa)+$";
    let validator = survive(&json!({ "properties": { "a": { "pattern": pattern } } }));
    assert_eq!(
        validator.check(&json!({ "a": format!("{}b", "a".repeat(4000)) })),
        Ok(Verdict::Unchecked)
    );
    assert_eq!(validator.check(&json!({ "a": "aaa" })), Ok(Verdict::Valid));
    assert!(validator.check(&json!({ "a": "aab" })).is_err());
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in [
        (json!({ "not": null }), "not"),
        (json!({ "items": null }), "items"),
        (json!({ "additionalProperties": null }), "additionalProperties"),
    ] {
        let mut schema = json!({ "type": "object" });
        for _ in 0..400 {
            let mut outer = open.clone();
            outer[close] = schema;
            schema = outer;
        }
        survive(&json!({ "properties": { "a": schema.clone(), "c": schema } }));
    }
    let parentheses = format!("{}a{}", "(".repeat(5000), ")".repeat(5000));
    let validator = survive(&json!({ "properties": { "a": { "pattern": parentheses } } }));
    assert_eq!(keywords(&validator), ["pattern"]);
    let brackets = "[".repeat(5000);
    survive(&json!({ "properties": { "a": { "pattern": brackets } } }));
}

#[test]
fn reference_to_itself_is_not_checked() {
    for schema in [
        json!({ "$ref": "#" }),
        json!({ "$ref": "#/$defs/a", "$defs": {
            "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } } }),
        json!({ "anyOf": [{ "type": "object" }, { "$ref": "#" }] }),
        json!({ "allOf": [{ "$ref": "#" }] }),
        json!({ "oneOf": [{ "$ref": "#" }, { "$ref": "#" }] }),
        json!({ "not": { "$ref": "#" } }),
        json!({ "if": { "$ref": "#" }, "then": { "$ref": "#" }, "else": { "$ref": "#" } }),
        json!({ "dependentSchemas": { "a": { "$ref": "#" } } }),
        json!({ "$dynamicRef": "#" }),
    ] {
        let validator = survive(&schema);
        assert!(!validator.unchecked().is_empty(), "{schema}");
        assert!(validator.check(&json!({ "a": 1 })).is_ok(), "{schema}");
    }
    let validator = survive(&json!({ "$ref": "#" }));
    assert_eq!(validator.check(&json!({})), Ok(Verdict::Unchecked));
    // A reference that goes into the value ends.
    let tree = json!({ "properties": { "n": { "type": "integer" }, "next": { "$ref": "#" } } });
    let validator = survive(&tree);
    assert_eq!(validator.unchecked(), []);
    assert!(validator.check(&json!({ "next": { "next": { "n": "x" } } })).is_err());
}

#[test]
fn exponential_references_end() {
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let mut definitions = json!({ "d60": { "not": { "required": ["zz"] } } });
        for level in 0..60 {
            let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
            definitions[format!("d{level}")] = json!({ keyword: [next, next] });
        }
        survive(&json!({ "$ref": "#/$defs/d0", "$defs": definitions }));
    }
    // Doubles with each level of the value.
    let schema = json!({ "properties": { "a": { "allOf": [{ "$ref": "#" }, { "$ref": "#" }] } } });
    let value = (0..100).fold(json!({}), |value, _| json!({ "a": value }));
    assert_eq!(survive(&schema).check(&value), Ok(Verdict::Unchecked));
}

#[test]
fn long_chain_of_references_ends() {
    let mut definitions = json!({ "d5000": { "type": "string" } });
    for level in 0..5000 {
        let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
        definitions[format!("d{level}")] = next;
    }
    let schema = json!({ "properties": { "a": { "$ref": "#/$defs/d0" }, "b": { "type": "null" } },
        "$defs": definitions });
    survive(&schema);
}

#[test]
fn large_schemas_and_values_take_linear_time() {
    let many: Vec<_> = (0..50_000).map(|index| json!(format!("value {index}"))).collect();
    let keys = (0..20_000).map(|index| (format!("k{index}"), json!({ "type": "integer" })));
    let keys: Map<_, _> = keys.collect();
    let required: Vec<_> = keys.keys().cloned().collect();
    let fields: Map<_, _> = keys.keys().map(|key| (key.clone(), json!(1))).collect();
    let schema = json!({ "properties": {
        "all": { "type": "array", "items": { "enum": many }, "uniqueItems": true },
        "keys": { "properties": keys, "required": required, "additionalProperties": false } } });
    let validator = survive(&schema);
    assert_eq!(
        validator.check(&json!({ "all": ["value 1", "value 49999"], "keys": fields })),
        Ok(Verdict::Valid)
    );
    let wrong = validator.check(&json!({ "keys": { "x": 1 } })).unwrap_err();
    assert!(wrong.len() < 2_000, "{}", wrong.len());
    let numbers: Vec<_> = (0..100_000).map(Value::from).collect();
    let validator = survive(&json!({ "properties": { "all": { "uniqueItems": true } } }));
    assert_eq!(validator.check(&json!({ "all": numbers })), Ok(Verdict::Valid));
}

#[test]
fn any_value_of_any_keyword_is_survived() {
    let keywords = [
        "$anchor",
        "$comment",
        "$defs",
        "$dynamicAnchor",
        "$dynamicRef",
        "$id",
        "$recursiveAnchor",
        "$recursiveRef",
        "$ref",
        "$schema",
        "$vocabulary",
        "additionalItems",
        "additionalProperties",
        "allOf",
        "anyOf",
        "const",
        "contains",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "default",
        "definitions",
        "dependencies",
        "dependentRequired",
        "dependentSchemas",
        "deprecated",
        "description",
        "else",
        "enum",
        "examples",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "id",
        "if",
        "items",
        "maxContains",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minContains",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "not",
        "nullable",
        "oneOf",
        "pattern",
        "patternProperties",
        "prefixItems",
        "properties",
        "propertyNames",
        "readOnly",
        "required",
        "then",
        "title",
        "type",
        "unevaluatedItems",
        "unevaluatedProperties",
        "uniqueItems",
    ];
    let values = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(""),
        json!("x"),
        json!("#"),
        json!("#/"),
        json!("#x"),
        json!("#/%"),
        json!("%zz#%"),
        json!("é\u{0}"),
        json!("("),
        json!("[a-"),
        json!([]),
        json!([[]]),
        json!([1, 1]),
        json!([null]),
        json!(["a", "a"]),
        json!([{}, false]),
        json!({}),
        json!({ "a": null }),
        json!({ "a": [] }),
        json!({ "a": {} }),
        json!({ "(": { "type": 3 } }),
        json!({ "$ref": "#" }),
    ];
    for draft in
        ["draft-04/schema#", "draft-07/schema#", "draft/2019-09/schema", "draft/2020-12/schema"]
    {
        for keyword in keywords {
            for value in &values {
                let mut inner = json!({ "contains": true, "if": {}, "items": [{}] });
                inner[keyword] = value.clone();
                let mut schema = json!({
                    "$schema": format!("http://json-schema.org/{draft}"),
                    "properties": { "a": inner.clone(), "b": inner },
                });
                if !matches!(keyword, "type" | "const" | "enum") {
                    schema[keyword] = value.clone();
                }
                survive(&schema);
            }
        }
    }
}

#[test]
fn files_are_not_read() {
    let schema = json!({ "properties": { "a": { "$ref": "file:///etc/hostname" } } });
    let error = Validator::new(&schema).unwrap_err().to_string();
    assert!(error.contains("`file:///etc/hostname` is in another document"), "{error}");
}

#[test]
fn examples_share_the_steps_of_one_value() {
    let mut definitions = Map::new();
    for level in 0..18 {
        let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
        definitions.insert(format!("d{level}"), json!({ "allOf": [next, next] }));
    }
    definitions.insert("d18".to_owned(), json!(true));
    let mut field = json!({ "$ref": "#/$defs/d0" });
    field["examples"] = vec![0; 20].into();
    let schema = json!({ "properties": { "a": field }, "$defs": definitions });
    let validator = survive(&schema);
    let [unchecked] = validator.unchecked() else { unreachable!("{:?}", validator.unchecked()) };
    assert_eq!((unchecked.keyword(), unchecked.is_invalid()), ("examples", false));
    assert!(unchecked.reason().ends_with("takes too long to check"), "{unchecked}");
}

#[test]
fn violations_that_were_found_are_named_although_the_steps_run_out() {
    let values: Vec<_> = (0..20_000).map(|number| format!("v{number}")).collect();
    let schema = json!({ "properties": { "a": { "items": { "enum": values } } } });
    let value = json!({ "a": vec!["wrong"; 300] });
    let error = Validator::new(&schema).unwrap().check(&value).unwrap_err();
    assert!(error.contains("`a[0]`"), "{error}");
}
