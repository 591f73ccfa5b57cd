//! Which member of a union a value belongs to.

use serde_json::{Map, Value};

use super::inlined::target;

/// How many comparisons one call's arguments are worth; a schema whose unions hold themselves
/// several times over would otherwise have no end.
const MOST_STEPS: usize = 200_000;

/// How deep schemas and values are followed, which bounds the stack.
const MOST_DEPTH: usize = 256;

/// What a null in an optional property counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    /// As a null, which the property's schema allows or not.
    AsTheyAre,
    /// As a property that was left out, which is how the strict form says it.
    AsLeftOut,
}

/// The fit of values to schemas, as far as it tells the members of a union apart: by types,
/// constants and the names of properties, not by bounds and patterns.
pub(super) struct Fit<'a> {
    root: &'a Value,
    steps: usize,
    depth: usize,
}

impl<'a> Fit<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self { root, steps: MOST_STEPS, depth: MOST_DEPTH }
    }

    /// Takes a step down, unless it is one too many.
    pub(super) fn enter(&mut self) -> bool {
        let may = self.steps > 0 && self.depth > 0;
        if may {
            self.steps -= 1;
            self.depth -= 1;
        }
        may
    }

    /// Goes back up, after a step that was taken.
    pub(super) fn leave(&mut self) {
        self.depth += 1;
    }

    /// What this schema refers to, if it refers to something known.
    pub(super) fn target(&self, schema: &Value) -> Option<&'a Value> {
        target(self.root, schema.get("$ref")?.as_str()?)
    }

    /// Whether null is against this schema. Where that took too long to say, it isn't.
    pub(super) fn forbids_null(&mut self, schema: &Value) -> bool {
        !self.fits(&Value::Null, schema, Nulls::AsTheyAre) && self.steps > 0
    }

    pub(super) fn fits(&mut self, value: &Value, schema: &Value, nulls: Nulls) -> bool {
        let Value::Object(said) = schema else { return *schema != false };
        if !self.enter() {
            return false;
        }
        let fits = is_of_type(value, said.get("type"))
            && said.get("const").is_none_or(|only| only == value)
            && said.get("enum").and_then(Value::as_array).is_none_or(|all| all.contains(value))
            && self.target(schema).is_none_or(|target| self.fits(value, target, nulls))
            && list(schema, "allOf")
                .is_none_or(|all| all.iter().all(|it| self.fits(value, it, nulls)))
            && ["anyOf", "oneOf"].iter().all(|name| {
                list(schema, name)
                    .is_none_or(|any| any.iter().any(|it| self.fits(value, it, nulls)))
            })
            && match value {
                Value::Array(items) => {
                    let of = schema.get("items");
                    of.is_none_or(|of| items.iter().all(|item| self.fits(item, of, nulls)))
                }
                Value::Object(fields) => self.fields_fit(fields, schema, nulls),
                _ => true,
            };
        self.leave();
        fits
    }

    fn fields_fit(&mut self, fields: &Map<String, Value>, schema: &Value, nulls: Nulls) -> bool {
        let required = list(schema, "required").into_iter().flatten().filter_map(Value::as_str);
        // In the strict form an object is closed unless it says otherwise.
        let others = schema.get("additionalProperties");
        let closed = match others {
            Some(others) => *others == false,
            None => schema.get("properties").is_some(),
        };
        required.into_iter().all(|name| fields.contains_key(name))
            && fields.iter().all(|(name, value)| match property(schema, name) {
                Some(_)
                    if nulls == Nulls::AsLeftOut
                        && value.is_null()
                        && !is_required(schema, name) =>
                {
                    true
                }
                Some(property) => self.fits(value, property, nulls),
                None => !closed,
            })
    }
}

/// What an object's schema says of this property.
pub(super) fn property<'s>(schema: &'s Value, name: &str) -> Option<&'s Value> {
    schema.get("properties")?.get(name)
}

/// Whether an object's schema requires this property.
pub(super) fn is_required(schema: &Value, name: &str) -> bool {
    list(schema, "required").is_some_and(|names| names.iter().any(|known| known == name))
}

fn list<'s>(schema: &'s Value, name: &str) -> Option<&'s Vec<Value>> {
    schema.get(name)?.as_array()
}

fn is_of_type(value: &Value, said: Option<&Value>) -> bool {
    let is = |name: &Value| match name.as_str().unwrap_or_default() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => {
            !value.is_f64() && value.is_number()
                || value.as_f64().is_some_and(|it| it.fract() == 0.0)
        }
        _ => true,
    };
    match said {
        None => true,
        Some(Value::Array(several)) => several.iter().any(is),
        Some(one) => is(one),
    }
}
