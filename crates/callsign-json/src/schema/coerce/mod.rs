//! Coercion of values to the types of a schema, without loss and without guesses.

#[cfg(test)]
mod tests;

use serde_json::{Map, Number, Value};

use super::reference::resolve;

/// The depth to which schemas and values are followed, which bounds the stack.
const MAX_DEPTH: usize = 256;

/// The number of schemas that are visited for one call. A schema that refers to itself several
/// times would otherwise take exponential time.
const MAX_STEPS: usize = 200_000;

/// From this magnitude on, `f64` has gaps between integers.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

/// The types of JSON Schema and their bits. An integer is a number as well.
const TYPES: [(&str, u8); 7] = [
    ("null", NULL),
    ("boolean", BOOLEAN),
    ("integer", INTEGER),
    ("number", INTEGER | NUMBER),
    ("string", STRING),
    ("array", ARRAY),
    ("object", OBJECT),
];
const ALL: u8 = 127;
const NULL: u8 = 1;
const BOOLEAN: u8 = 2;
const INTEGER: u8 = 4;
const NUMBER: u8 = 8;
const STRING: u8 = 16;
const ARRAY: u8 = 32;
const OBJECT: u8 = 64;

/// Returns the arguments with values converted to the types of the schema; `None` if nothing is
/// converted.
///
/// | value | wanted type | converted value |
/// |---|---|---|
/// | `"3"`, `"3.5"` | integer, number | `3`, `3.5` |
/// | `"true"`, `"false"` | boolean | `true`, `false` |
/// | `3` | string | `"3"` |
/// | `3.0` | integer | `3` |
/// | `"[1]"`, `"{}"` | array, object | `[1]`, `{}` |
/// | `""`, `"null"` | null | `null` |
///
/// A value stays as it is if the schema allows it, if it could be converted to several types, or if
/// the converted value would not be written with the same text.
#[must_use]
pub fn coerce(schema: &Value, arguments: &Value) -> Option<Value> {
    converted(schema, arguments, Conversions::All)
}

/// Returns the value with floats such as `1.0` written as integers where the schema wants an
/// integer; `None` if nothing is converted.
///
/// JSON Schema counts `1.0` as an integer, but Rust's integers are not deserialized from it.
#[must_use]
pub fn integers(schema: &Value, value: &Value) -> Option<Value> {
    if !has_integral_float(value) {
        return None;
    }
    converted(schema, value, Conversions::Integers)
}

fn converted(schema: &Value, value: &Value, conversions: Conversions) -> Option<Value> {
    // A number that changes when it is written would change the arguments.
    if !survives_writing(value) {
        return None;
    }
    let mut converted = value.clone();
    let (steps_left, depth_left) = (MAX_STEPS, MAX_DEPTH);
    let mut coercion = Coercion { root: schema, conversions, steps_left, depth_left };
    coercion.convert(&mut converted, schema).then_some(converted)
}

fn has_integral_float(value: &Value) -> bool {
    match value {
        Value::Number(number) => {
            number.is_f64() && number.as_f64().is_some_and(|float| float.fract() == 0.0)
        }
        Value::Array(items) => items.iter().any(has_integral_float),
        Value::Object(fields) => fields.values().any(has_integral_float),
        _ => false,
    }
}

/// What is converted.
#[derive(Clone, Copy, PartialEq)]
enum Conversions {
    All,
    /// Only floats to integers.
    Integers,
}

/// Returns whether all numbers stay the same when they are written and read again.
fn survives_writing(value: &Value) -> bool {
    match value {
        // Integers of more than 64 bits are read as floats.
        Value::Number(number) if number.is_f64() => {
            let read = serde_json::from_str::<Value>(&number.to_string());
            number.as_f64().is_some_and(|float| float.abs() < EXACT_INTEGERS)
                && read.is_ok_and(|read| read == *value)
        }
        Value::Array(items) => items.iter().all(survives_writing),
        Value::Object(fields) => fields.values().all(survives_writing),
        _ => true,
    }
}

struct Coercion<'a> {
    root: &'a Value,
    conversions: Conversions,
    steps_left: usize,
    depth_left: usize,
}

impl<'a> Coercion<'a> {
    /// Converts a value and what is inside it. Returns whether anything was converted.
    fn convert(&mut self, value: &mut Value, schema: &'a Value) -> bool {
        if !self.enter() {
            return false;
        }
        let types = self.types(schema);
        let is_converted = to_integer(value, types)
            || (self.conversions == Conversions::All && convert(value, types));
        let inside = match value {
            Value::Array(_) | Value::Object(_) => self.inside(value, schema),
            _ => false,
        };
        self.leave();
        is_converted || inside
    }

    /// Converts what is inside an array or object. Returns whether anything was converted.
    fn inside(&mut self, value: &mut Value, schema: &'a Value) -> bool {
        if !self.enter() {
            return false;
        }
        let mut changed = match self.target(schema) {
            Some(target) => self.inside(value, target),
            None => false,
        };
        for part in list(schema, "allOf") {
            changed |= self.inside(value, part);
        }
        for name in ["anyOf", "oneOf"] {
            // If several members match, it is unclear which types are wanted.
            let mut members = Vec::new();
            for member in list(schema, name) {
                if self.may_match(value, member) {
                    members.push(member);
                }
            }
            if let [only] = members[..] {
                changed |= self.inside(value, only);
            }
        }
        changed |= match value {
            Value::Array(items) => self.items(items, schema),
            Value::Object(fields) => self.fields(fields, schema),
            _ => false,
        };
        self.leave();
        changed
    }

    fn items(&mut self, items: &mut [Value], schema: &'a Value) -> bool {
        // Before draft 2020-12, an array of `items` was what `prefixItems` is now.
        let (prefix, rest) = match schema.get("items") {
            Some(Value::Array(prefix)) => (&prefix[..], schema.get("additionalItems")),
            rest => (list(schema, "prefixItems"), rest),
        };
        let mut changed = false;
        for (index, item) in items.iter_mut().enumerate() {
            if let Some(schema) = prefix.get(index).or(rest) {
                changed |= self.convert(item, schema);
            }
        }
        changed
    }

    fn fields(&mut self, fields: &mut Map<String, Value>, schema: &'a Value) -> bool {
        let properties = schema.get("properties");
        let additional = schema.get("additionalProperties");
        // The patterns are not matched, so any other key may be one of theirs.
        let additional = additional.filter(|_| schema.get("patternProperties").is_none());
        let mut changed = false;
        for (name, value) in fields {
            let property = properties.and_then(|properties| properties.get(name));
            let schema = property.or(additional);
            changed |= schema.is_some_and(|schema| self.convert(value, schema));
        }
        changed
    }

    /// Returns whether a value may belong to this member of a union, by its type and by the
    /// constants that discriminate the members.
    fn may_match(&mut self, value: &Value, member: &'a Value) -> bool {
        if self.types(member) & type_of(value) == 0 {
            return false;
        }
        let resolved = self.target(member).unwrap_or(member);
        let properties = resolved.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().all(|(name, property)| {
            let only = property.get("const");
            only.is_none_or(|only| value.get(name).is_none_or(|value| value == only))
        })
    }

    /// Returns all types that a schema allows. They may include types that it does not allow.
    fn types(&mut self, schema: &'a Value) -> u8 {
        let fields = match schema {
            Value::Bool(false) => return 0,
            Value::Object(fields) => fields,
            _ => return ALL,
        };
        if !self.enter() {
            return ALL;
        }
        let mut types = match fields.get("type") {
            Some(Value::String(name)) => type_bits(name),
            Some(Value::Array(names)) => {
                let names = names.iter().filter_map(Value::as_str);
                names.fold(0, |types, name| types | type_bits(name))
            }
            _ => ALL,
        };
        if let Some(only) = fields.get("const") {
            types &= type_of(only);
        }
        if let Some(Value::Array(all)) = fields.get("enum") {
            types &= all.iter().fold(0, |types, one| types | type_of(one));
        }
        if let Some(target) = self.target(schema) {
            types &= self.types(target);
        }
        for part in list(schema, "allOf") {
            types &= self.types(part);
        }
        for name in ["anyOf", "oneOf"] {
            if fields.get(name).is_some_and(Value::is_array) {
                let mut any = 0;
                for member in list(schema, name) {
                    any |= self.types(member);
                }
                types &= any;
            }
        }
        // OpenAPI's keyword allows null whatever the others say.
        if fields.get("nullable") == Some(&Value::Bool(true)) {
            types |= NULL;
        }
        self.leave();
        types
    }

    fn target(&self, schema: &Value) -> Option<&'a Value> {
        resolve(self.root, schema.get("$ref")?.as_str()?)
    }

    /// Takes a step into a schema. Returns false if that is one step too many.
    fn enter(&mut self) -> bool {
        let is_allowed = self.steps_left > 0 && self.depth_left > 0;
        self.steps_left -= usize::from(is_allowed);
        self.depth_left -= usize::from(is_allowed);
        is_allowed
    }

    fn leave(&mut self) {
        self.depth_left += 1;
    }
}

/// Converts a float to an integer if only integers are allowed. Returns whether it did.
fn to_integer(value: &mut Value, types: u8) -> bool {
    if let Value::Number(number) = value
        && types & (INTEGER | NUMBER) == INTEGER
        && let Some(integer) = number.as_f64().filter(|_| number.is_f64()).and_then(integer)
    {
        *value = integer.into();
        return true;
    }
    false
}

/// Converts a value if one of the types allows exactly one conversion. Returns whether it did.
fn convert(value: &mut Value, types: u8) -> bool {
    if type_of(value) & types != 0 {
        return false;
    }
    let mut candidates = match value {
        Value::String(text) => parse(text, types),
        Value::Number(number) if types & STRING != 0 && !number.is_f64() => {
            vec![Value::from(number.to_string())]
        }
        _ => Vec::new(),
    };
    let (Some(only), None) = (candidates.pop(), candidates.pop()) else { return false };
    *value = only;
    true
}

/// Returns the values of the types that are written as `text`.
fn parse(text: &str, types: u8) -> Vec<Value> {
    let mut candidates = Vec::new();
    if types & NULL != 0 && matches!(text, "" | "null") {
        candidates.push(Value::Null);
    }
    if types & BOOLEAN != 0 && matches!(text, "true" | "false") {
        candidates.push(Value::Bool(text == "true"));
    }
    let number = serde_json::from_str::<Number>(text).ok();
    if let Some(number) = number.filter(|number| number.to_string() == text) {
        let wanted = if number.is_f64() { NUMBER } else { INTEGER | NUMBER };
        let number = Value::Number(number);
        if types & wanted != 0 && survives_writing(&number) {
            candidates.push(number);
        }
    }
    if types & (ARRAY | OBJECT) != 0
        && let Ok(inside) = serde_json::from_str::<Value>(text)
        && type_of(&inside) & types & (ARRAY | OBJECT) != 0
        && survives_writing(&inside)
        && is_written_as(&inside, text)
    {
        candidates.push(inside);
    }
    candidates
}

/// Returns whether a value is written like `text`, except for whitespace and the order of keys. If
/// `text` has a key twice, the value has lost one of them.
fn is_written_as(value: &Value, text: &str) -> bool {
    let length = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    length(&value.to_string()) == length(text)
}

/// Returns a float as an integer; `None` if it is not one.
fn integer(float: f64) -> Option<i64> {
    let is_negative_zero = float == 0.0 && float.is_sign_negative();
    if float.fract() != 0.0 || float.abs() >= EXACT_INTEGERS || is_negative_zero {
        return None;
    }
    format!("{float:.0}").parse().ok()
}

fn type_bits(name: &str) -> u8 {
    // An unknown type may allow any value.
    TYPES.iter().find(|(known, _)| *known == name).map_or(ALL, |(_, bits)| *bits)
}

fn type_of(value: &Value) -> u8 {
    match value {
        Value::Null => NULL,
        Value::Bool(_) => BOOLEAN,
        Value::Number(number) => {
            let float = number.as_f64().filter(|_| number.is_f64());
            if float.is_some_and(|float| float.fract() != 0.0) { NUMBER } else { INTEGER | NUMBER }
        }
        Value::String(_) => STRING,
        Value::Array(_) => ARRAY,
        Value::Object(_) => OBJECT,
    }
}

fn list<'s>(schema: &'s Value, name: &str) -> &'s [Value] {
    schema.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
