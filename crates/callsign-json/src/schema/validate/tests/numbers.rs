//! Numbers are compared by their decimal text.

use serde_json::{Value, json};

use super::message_for;

fn allows(schema: Value, number: &str) -> bool {
    message_for(&schema, serde_json::from_str(number).unwrap()).is_empty()
}

#[test]
fn multiples_are_decimal() {
    for (divisor, number, is_multiple) in [
        ("0.01", "19.99", true),
        ("0.01", "19.999", false),
        ("0.01", "-19.99", true),
        ("0.1", "0.3", true),
        ("0.1", "1.1", true),
        ("0.01", "0.07", true),
        ("0.01", "4.35", true),
        ("0.01", "1e2", true),
        ("0.01", "1e300", true),
        ("0.01", "1e-300", false),
        ("0.01", "0", true),
        ("0.01", "-0.0", true),
        ("1e-8", "12391239123", true),
        ("1e-7", "0.0000003", true),
        ("0.3", "0.9", true),
        ("0.3", "1e22", false),
        ("0.7", "1.4e1", true),
        ("2.5", "7.5", true),
        ("1", "1.0", true),
        ("1", "1.5", false),
        ("3", "1e30", false),
        ("3", "3e30", true),
        ("7", "9007199254740993", false),
        ("7", "9007199254740996", false),
        ("123456789", "18446744073709551615", false),
        ("5", "18446744073709551615", true),
        ("1e308", "1e308", true),
        ("1e308", "5e307", false),
        ("5e-324", "1", true),
        ("3e-300", "1", false),
        ("0.001", "2.675", true),
    ] {
        let schema = json!({ "multipleOf": serde_json::from_str::<Value>(divisor).unwrap() });
        assert_eq!(allows(schema, number), is_multiple, "{number} of {divisor}");
    }
}

#[test]
fn bounds_are_exact() {
    for (keyword, bound, number, is_inside) in [
        ("maximum", "9007199254740992", "9007199254740993", false),
        ("minimum", "9007199254740993", "9007199254740992", false),
        ("maximum", "9007199254740993", "9007199254740993", true),
        ("exclusiveMinimum", "9007199254740992", "9007199254740993", true),
        ("maximum", "18446744073709551614", "18446744073709551615", false),
        ("maximum", "0.1", "0.1", true),
        ("exclusiveMaximum", "0.1", "0.1", false),
        ("minimum", "-1e300", "-1e301", false),
        ("minimum", "-0.5", "-0.25", true),
        ("minimum", "0", "-0.0", true),
        ("minimum", "10", "9.99", false),
        ("maximum", "100", "99.5", true),
        ("maximum", "-3", "-20", true),
    ] {
        let schema = json!({ keyword: serde_json::from_str::<Value>(bound).unwrap() });
        assert_eq!(allows(schema, number), is_inside, "{number}, {keyword} {bound}");
    }
}

#[test]
fn numbers_are_equal_by_their_values() {
    for (allowed, number, is_equal) in [
        ("1", "1.0", true),
        ("1.0", "1", true),
        ("0", "-0.0", true),
        ("9007199254740993", "9007199254740992", false),
        ("1e2", "100", true),
    ] {
        let allowed: Value = serde_json::from_str(allowed).unwrap();
        assert_eq!(allows(json!({ "const": allowed }), number), is_equal, "{number}");
        assert_eq!(allows(json!({ "enum": ["a", allowed] }), number), is_equal, "{number}");
    }
    let unique = json!({ "uniqueItems": true });
    assert_ne!(message_for(&unique, json!([1, { "a": 2 }, { "a": 2.0 }])), "");
    let mut many: Vec<_> = (0..40).map(Value::from).collect();
    assert_eq!(message_for(&unique, many.clone().into()), "");
    many.push(json!(7.0));
    assert!(message_for(&unique, many.into()).contains("items 7 and 40 are equal"));
}

#[test]
fn integer_may_be_written_as_a_float() {
    let integer = json!({ "type": "integer" });
    for (number, is_integer) in [("1.0", true), ("1e3", true), ("1.5", false), ("1e-1", false)] {
        assert_eq!(allows(integer.clone(), number), is_integer, "{number}");
    }
}

#[test]
fn counts_may_be_large_or_floats() {
    for (schema, text, is_valid) in [
        (json!({ "minLength": u64::MAX }), "a", false),
        (json!({ "maxLength": u64::MAX }), "a", true),
        (json!({ "minLength": 1e300 }), "a", false),
        (json!({ "maxLength": 2.0 }), "ab", true),
        (json!({ "maxLength": 2.0 }), "abc", false),
    ] {
        assert_eq!(message_for(&schema, text.into()).is_empty(), is_valid, "{schema}");
    }
}
