//! The values of keywords. `Err` has the reason why a value is not allowed.

use serde_json::{Number, Value};

use super::super::decimal::{Decimal, Divisor};
use super::super::violation::{any_of, short_value};
use super::types::{NAMES, Types};

pub(super) type Read<T> = Result<T, String>;

/// Returns the reason that a value is not what was expected.
fn expected<T>(what: &str, got: &Value) -> Read<T> {
    Err(format!("expected {what}, got {}", short(got)))
}

pub(super) fn short(value: &Value) -> String {
    short_value(value)
}

/// Reads a number of items, keys or characters. One that does not fit is the largest.
pub(super) fn count(value: &Value) -> Read<usize> {
    let Value::Number(number) = value else {
        return expected("a non-negative integer", value);
    };
    let decimal = Decimal::of(number);
    if !decimal.is_integer() || (!decimal.is_positive() && number.as_f64() != Some(0.0)) {
        return expected("a non-negative integer", value);
    }
    let count = number.as_u64().or_else(|| {
        let float = number.as_f64().filter(|float| *float < 1e15)?;
        format!("{float:.0}").parse().ok()
    });
    Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX))
}

pub(super) fn number(value: &Value) -> Read<&Number> {
    match value {
        Value::Number(number) => Ok(number),
        other => expected("a number", other),
    }
}

pub(super) fn divisor(value: &Value) -> Read<(Number, Divisor)> {
    let number = number(value)?;
    let divisor = Decimal::of(number).divisor();
    divisor.map(|divisor| (number.clone(), divisor)).ok_or_else(|| {
        format!("expected a number greater than 0 with at most 19 digits, got {number}")
    })
}

pub(super) fn boolean(value: &Value) -> Read<bool> {
    match value {
        Value::Bool(value) => Ok(*value),
        other => expected("a boolean", other),
    }
}

pub(super) fn text(value: &Value) -> Read<&str> {
    value.as_str().map_or_else(|| expected("a string", value), Ok)
}

pub(super) fn array(value: &Value) -> Read<&Vec<Value>> {
    value.as_array().map_or_else(|| expected("an array", value), Ok)
}

/// Reads a list of keys. Also returns whether one of them is there twice.
pub(super) fn keys(value: &Value) -> Read<(Vec<String>, bool)> {
    let mut keys = Vec::new();
    for key in array(value)? {
        keys.push(text(key)?.to_owned());
    }
    let count = keys.len();
    let mut seen = std::collections::HashSet::new();
    keys.retain(|key| seen.insert(key.clone()));
    let repeats = keys.len() < count;
    Ok((keys, repeats))
}

/// Reads the allowed types; `None` if all of them are, as with draft 3's `any`.
pub(super) fn types(value: &Value) -> Read<Option<Types>> {
    let names = match value {
        Value::Array(names) if !names.is_empty() => &names[..],
        one => std::slice::from_ref(one),
    };
    let mut types = Types::default();
    let mut is_any = false;
    for name in names {
        match name.as_str() {
            Some(text) if text.eq_ignore_ascii_case("any") => is_any = true,
            Some(text) => match Types::named(text) {
                Some(named) => types = types.with(named),
                None => return expected(&known_types(), name),
            },
            None => return expected(&known_types(), name),
        }
    }
    Ok(Some(types).filter(|_| !is_any))
}

fn known_types() -> String {
    let mut names = NAMES;
    names.sort_unstable();
    any_of(&[], &names.map(Value::from))
}
