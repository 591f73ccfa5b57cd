//! Equality of JSON values: `1` and `1.0` are equal.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use serde_json::Value;

use super::super::decimal::{Decimal, compare};

/// Up to this number of items, each is compared with all others.
const FEW: usize = 16;

pub(super) fn equals(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare(a, b) == Ordering::Equal,
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equals(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let in_b =
                |(key, value): (&String, &Value)| b.get(key).is_some_and(|b| equals(value, b));
            a.len() == b.len() && a.iter().all(in_b)
        }
        (a, b) => a == b,
    }
}

/// Returns the first two items that are equal.
pub(super) fn duplicates(items: &[Value]) -> Option<(usize, usize)> {
    if items.len() <= FEW {
        return items.iter().enumerate().find_map(|(at, item)| {
            let other = items[..at].iter().position(|other| equals(item, other))?;
            Some((other, at))
        });
    }
    let mut known: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        let mut hasher = DefaultHasher::new();
        hash(item, &mut hasher);
        let same = known.entry(hasher.finish()).or_default();
        if let Some(other) = same.iter().find(|other| equals(item, &items[**other])) {
            return Some((*other, at));
        }
        same.push(at);
    }
    None
}

/// Feeds a value to a hasher, so that equal values have the same hash.
fn hash(value: &Value, hasher: &mut DefaultHasher) {
    std::mem::discriminant(value).hash(hasher);
    match value {
        Value::Null => {}
        Value::Bool(value) => value.hash(hasher),
        Value::Number(number) => Decimal::of(number).hash(hasher),
        Value::String(text) => text.hash(hasher),
        Value::Array(items) => items.iter().for_each(|item| hash(item, hasher)),
        Value::Object(fields) => {
            // The order of the keys does not matter.
            let fields = fields.iter().map(|(key, value)| {
                let mut hasher = DefaultHasher::new();
                key.hash(&mut hasher);
                hash(value, &mut hasher);
                hasher.finish()
            });
            hasher.write_u64(fields.fold(0, u64::wrapping_add));
        }
    }
}
