//! Properties of schemas from anywhere, and of values that are checked against them.

use callsign_json::schema::close::close_all;
use callsign_json::schema::coerce::{coerce, integers};
use callsign_json::schema::nulls::remove_absent;
use callsign_json::schema::validate::{Validator, Verdict};
use serde_json::Value;

/// Checks a schema and a value: the first line of the input, and the rest.
///
/// - No schema and no value makes a validator panic, hang or exhaust the stack.
/// - A schema that a strict validator accepts has the same verdict from a lenient one.
/// - A schema without anything unchecked allows exactly what its double negation allows.
/// - Removing the nulls of absent properties a second time removes nothing.
///
/// # Panics
/// Panics if one of them does not hold.
pub fn schema(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (schema, value) = text.split_once('\n').unwrap_or((&text, "{}"));
    let Ok(schema) = serde_json::from_str::<Value>(schema) else { return };
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    let Ok(lenient) = Validator::lenient(&schema) else { return };
    let verdict = lenient.check(&value).is_ok();
    match Validator::new(&schema) {
        Ok(strict) => assert_eq!(strict.check(&value).is_ok(), verdict),
        Err(_) => assert!(!lenient.unchecked().is_empty()),
    }
    check_double_negation(&schema, &value, verdict);
    let _ = (coerce(&schema, &value), integers(&schema, &value));
    let mut cleaned = value;
    remove_absent(&mut cleaned, &schema);
    assert!(!remove_absent(&mut cleaned, &schema), "{cleaned}");
    close_all(&mut schema.clone());
}

/// Checks that a schema under two `not` has the same verdict. References would point elsewhere.
fn check_double_negation(schema: &Value, value: &Value, verdict: bool) {
    let text = schema.to_string();
    if ["$ref", "$dynamicRef", "$recursiveRef", "$schema"].iter().any(|it| text.contains(it)) {
        return;
    }
    let doubled = serde_json::json!({ "not": { "not": schema } });
    if let (Ok(plain), Ok(doubled)) = (Validator::new(schema), Validator::new(&doubled))
        && plain.unchecked().is_empty()
    {
        let other = doubled.check(value);
        // One of them may be too complex, because the other one is less deep.
        let is_checked = other != Ok(Verdict::Unchecked);
        assert!(!is_checked || other.is_ok() == verdict, "{schema}");
    }
}
