//! Selection of the union member that a value matches.

use serde_json::{Map, Value};

use super::super::reference::resolve;

/// The maximum number of comparisons per tool call. Recursive unions would otherwise not terminate.
const MAX_STEPS: usize = 200_000;

/// The maximum depth of schemas and values, which bounds the stack.
const MAX_DEPTH: usize = 256;

/// How a null in an optional property is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NullHandling {
    /// As the value null, which the schema of the property allows or not.
    Literal,
    /// As an absent property, which is its meaning in strict form.
    AsAbsent,
}

/// A partial validator that distinguishes the members of a union. It checks types, constants and
/// property names, but not bounds and patterns.
pub(super) struct Matcher<'a> {
    root: &'a Value,
    steps: usize,
    depth: usize,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self { root, steps: MAX_STEPS, depth: MAX_DEPTH }
    }

    /// Descends by one level. Returns `false` if a limit is reached.
    pub(super) fn enter(&mut self) -> bool {
        let is_allowed = self.steps > 0 && self.depth > 0;
        if is_allowed {
            self.steps -= 1;
            self.depth -= 1;
        }
        is_allowed
    }

    /// Ascends after [`enter`](Self::enter) returned `true`.
    pub(super) fn leave(&mut self) {
        self.depth += 1;
    }

    /// Returns the target of the schema's `$ref`, if it exists.
    pub(super) fn target(&self, schema: &Value) -> Option<&'a Value> {
        resolve(self.root, schema.get("$ref")?.as_str()?)
    }

    /// Returns whether the schema rejects null. Returns `false` if the step limit was reached.
    pub(super) fn forbids_null(&mut self, schema: &Value) -> bool {
        !self.matches(&Value::Null, schema, NullHandling::Literal) && self.steps > 0
    }

    /// Returns whether `value` matches `schema`. Returns `false` if a limit was reached.
    pub(super) fn matches(&mut self, value: &Value, schema: &Value, nulls: NullHandling) -> bool {
        let Value::Object(keywords) = schema else { return *schema != false };
        // OpenAPI's keyword allows null whatever the others say.
        if value.is_null() && keywords.get("nullable") == Some(&Value::Bool(true)) {
            return true;
        }
        if !self.enter() {
            return false;
        }
        let is_match = is_of_type(value, keywords.get("type"))
            && keywords.get("const").is_none_or(|only| only == value)
            && keywords
                .get("enum")
                .and_then(Value::as_array)
                .is_none_or(|values| values.contains(value))
            && self.target(schema).is_none_or(|target| self.matches(value, target, nulls))
            && array(schema, "allOf")
                .is_none_or(|all| all.iter().all(|it| self.matches(value, it, nulls)))
            && ["anyOf", "oneOf"].iter().all(|name| {
                array(schema, name)
                    .is_none_or(|any| any.iter().any(|it| self.matches(value, it, nulls)))
            })
            && match value {
                Value::Array(items) => {
                    let of = schema.get("items");
                    of.is_none_or(|of| items.iter().all(|item| self.matches(item, of, nulls)))
                }
                Value::Object(fields) => self.object_matches(fields, schema, nulls),
                _ => true,
            };
        self.leave();
        is_match
    }

    fn object_matches(
        &mut self,
        fields: &Map<String, Value>,
        schema: &Value,
        nulls: NullHandling,
    ) -> bool {
        let required = array(schema, "required").into_iter().flatten().filter_map(Value::as_str);
        // In strict form an object with `properties` is closed by default.
        let additional = schema.get("additionalProperties");
        let is_closed = match additional {
            Some(additional) => *additional == false,
            None => schema.get("properties").is_some(),
        };
        required.into_iter().all(|name| fields.contains_key(name))
            && fields.iter().all(|(name, value)| match property(schema, name) {
                Some(_)
                    if nulls == NullHandling::AsAbsent
                        && value.is_null()
                        && !is_required(schema, name) =>
                {
                    true
                }
                Some(property) => self.matches(value, property, nulls),
                None => !is_closed,
            })
    }
}

/// Returns the schema of the property `name`.
pub(super) fn property<'s>(schema: &'s Value, name: &str) -> Option<&'s Value> {
    schema.get("properties")?.get(name)
}

/// Returns whether an object schema requires the property `name`.
pub(super) fn is_required(schema: &Value, name: &str) -> bool {
    array(schema, "required").is_some_and(|names| names.iter().any(|known| known == name))
}

fn array<'s>(schema: &'s Value, name: &str) -> Option<&'s Vec<Value>> {
    schema.get(name)?.as_array()
}

fn is_of_type(value: &Value, types: Option<&Value>) -> bool {
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
    match types {
        None => true,
        Some(Value::Array(names)) => names.iter().any(is),
        Some(name) => is(name),
    }
}
