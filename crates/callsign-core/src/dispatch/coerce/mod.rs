//! Values of a wrong type, turned into the right one where nothing is lost and nothing guessed.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

/// How deep schemas and values are followed, which bounds the stack.
const MOST_DEPTH: usize = 256;

/// How many schemas are looked at for one call; one whose parts hold themselves several times over
/// would otherwise have no end.
const MOST_STEPS: usize = 200_000;

/// The types of JSON Schema, by their bits. An integer is a number as well.
const TYPES: [(&str, u8); 7] = [
    ("null", 1),
    ("boolean", 2),
    ("integer", 4),
    ("number", 4 | 8),
    ("string", 16),
    ("array", 32),
    ("object", 64),
];
const ALL: u8 = 127;
const NULL: u8 = 1;
const BOOLEAN: u8 = 2;
const INTEGER: u8 = 4;
const NUMBER: u8 = 8;
const STRING: u8 = 16;
const ARRAY: u8 = 32;
const OBJECT: u8 = 64;

/// The arguments with what can be turned into the type that the schema wants: `"3"` into 3 and
/// `"3.5"` into 3.5, `"true"` and `"false"` into booleans, an integer into text, 3.0 into 3 where
/// an integer is wanted, the JSON text of an array or object into that. `None` if nothing was.
///
/// Nothing is turned that the schema allows as it is, that would not be written again as the same
/// text, or that could be turned into one of several types.
pub(crate) fn coerced(schema: &Value, arguments: &Value) -> Option<Value> {
    // Written again, a number may be another one: then the text stays as it came.
    if !survives_writing(arguments) {
        return None;
    }
    let mut coerced = arguments.clone();
    let mut coerce = Coerce { root: schema, steps: MOST_STEPS, depth: MOST_DEPTH };
    coerce.value(&mut coerced, schema).then_some(coerced)
}

fn survives_writing(value: &Value) -> bool {
    // Integers beyond 64 bits come as floats; beyond 53, floats have gaps between integers.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            let read = serde_json::from_str::<Value>(&number.to_string());
            number.as_f64().is_some_and(|float| float.abs() < EXACT)
                && read.is_ok_and(|read| read == *value)
        }
        Value::Array(items) => items.iter().all(survives_writing),
        Value::Object(fields) => fields.values().all(survives_writing),
        _ => true,
    }
}

struct Coerce<'a> {
    root: &'a Value,
    steps: usize,
    depth: usize,
}

impl<'a> Coerce<'a> {
    /// Turns what can be turned; whether anything was.
    fn value(&mut self, value: &mut Value, schema: &'a Value) -> bool {
        if !self.enter() {
            return false;
        }
        let types = self.types(schema);
        let turned = turn(value, types);
        let inside = match value {
            Value::Array(_) | Value::Object(_) => self.inside(value, schema),
            _ => false,
        };
        self.depth += 1;
        turned || inside
    }

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
            // Only where one member can have been meant.
            let mut members = Vec::new();
            for member in list(schema, name) {
                if self.may_be(value, member) {
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
        self.depth += 1;
        changed
    }

    fn items(&mut self, items: &mut [Value], schema: &'a Value) -> bool {
        let first = schema.get("prefixItems").and_then(Value::as_array);
        let first = first.map_or(&[][..], Vec::as_slice);
        let mut changed = false;
        for (at, item) in items.iter_mut().enumerate() {
            if let Some(of) = first.get(at).or_else(|| schema.get("items")) {
                changed |= self.value(item, of);
            }
        }
        changed
    }

    fn fields(&mut self, fields: &mut Map<String, Value>, schema: &'a Value) -> bool {
        let known = schema.get("properties");
        let others = schema.get("additionalProperties");
        let patterns = schema.get("patternProperties").is_some();
        let mut changed = false;
        for (name, value) in fields {
            let known = known.and_then(|known| known.get(name));
            // Which of the others a pattern is for is not looked at.
            let of = known.or(others.filter(|_| !patterns));
            changed |= of.is_some_and(|of| self.value(value, of));
        }
        changed
    }

    /// Whether a value may be meant for this member of a union: by its type, and by the constants
    /// that tell members apart.
    fn may_be(&mut self, value: &Value, member: &'a Value) -> bool {
        if self.types(member) & type_of(value) == 0 {
            return false;
        }
        let resolved = self.target(member).unwrap_or(member);
        let properties = resolved.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().all(|(name, property)| {
            let only = property.get("const");
            only.is_none_or(|only| value.get(name).is_none_or(|said| said == only))
        })
    }

    /// The types that a schema may allow. It may seem to allow more than it does, never less.
    fn types(&mut self, schema: &'a Value) -> u8 {
        let said = match schema {
            Value::Bool(false) => return 0,
            Value::Object(said) => said,
            _ => return ALL,
        };
        if !self.enter() {
            return ALL;
        }
        let mut types = match said.get("type") {
            Some(Value::String(name)) => named(name),
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).fold(0, |types, name| types | named(name))
            }
            _ => ALL,
        };
        if let Some(only) = said.get("const") {
            types &= type_of(only);
        }
        if let Some(Value::Array(all)) = said.get("enum") {
            types &= all.iter().fold(0, |types, one| types | type_of(one));
        }
        if let Some(target) = self.target(schema) {
            types &= self.types(target);
        }
        for part in list(schema, "allOf") {
            types &= self.types(part);
        }
        for name in ["anyOf", "oneOf"] {
            if said.get(name).is_some_and(Value::is_array) {
                let mut any = 0;
                for member in list(schema, name) {
                    any |= self.types(member);
                }
                types &= any;
            }
        }
        self.depth += 1;
        types
    }

    fn target(&self, schema: &Value) -> Option<&'a Value> {
        self.root.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?)
    }

    fn enter(&mut self) -> bool {
        let may = self.steps > 0 && self.depth > 0;
        if may {
            self.steps -= 1;
            self.depth -= 1;
        }
        may
    }
}

/// Turns a value into the one of these types that it can be turned into; whether it was.
fn turn(value: &mut Value, types: u8) -> bool {
    if let Value::Number(number) = value
        && types & (INTEGER | NUMBER) == INTEGER
        && let Some(integer) = number.as_f64().filter(|_| number.is_f64()).and_then(integer)
    {
        *value = integer.into();
        return true;
    }
    if type_of(value) & types != 0 {
        return false;
    }
    let mut found = match value {
        Value::String(text) => readings(text, types),
        Value::Number(number) if types & STRING != 0 && !number.is_f64() => {
            vec![Value::from(number.to_string())]
        }
        _ => Vec::new(),
    };
    let (Some(only), None) = (found.pop(), found.pop()) else { return false };
    *value = only;
    true
}

/// The values of these types that this text is, of which each would be written as this text.
fn readings(text: &str, types: u8) -> Vec<Value> {
    let mut found = Vec::new();
    if types & BOOLEAN != 0 && matches!(text, "true" | "false") {
        found.push(Value::Bool(text == "true"));
    }
    let number = serde_json::from_str::<serde_json::Number>(text).ok();
    if let Some(number) = number.filter(|number| number.to_string() == text) {
        let wanted = if number.is_f64() { NUMBER } else { INTEGER | NUMBER };
        let number = Value::Number(number);
        if types & wanted != 0 && survives_writing(&number) {
            found.push(number);
        }
    }
    if types & (ARRAY | OBJECT) != 0
        && let Ok(inside) = serde_json::from_str::<Value>(text)
        && type_of(&inside) & types & (ARRAY | OBJECT) != 0
        && survives_writing(&inside)
        && is_written_as(&inside, text)
    {
        found.push(inside);
    }
    found
}

/// Whether this is how the value is written, but for white space and the order of keys: a key
/// that stands there twice would be lost.
fn is_written_as(value: &Value, text: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    letters(&value.to_string()) == letters(text)
}

/// A float that is an integer, as an integer.
fn integer(float: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if float.fract() != 0.0 || float.abs() >= EXACT || (float == 0.0 && float.is_sign_negative()) {
        return None;
    }
    format!("{float:.0}").parse().ok()
}

fn named(name: &str) -> u8 {
    // A type that nobody knows may be anything.
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
