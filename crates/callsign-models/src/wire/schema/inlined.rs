//! Schemas without references.

use serde_json::{Map, Value, json};

/// How many schemas are walked before references are no longer followed.
///
/// Types that refer to each other multiply when each is written out wherever it stands: of `n`
/// that all hold one another there would be more than `n!`.
const MOST_NODES: usize = 10_000;

/// How many references are followed within one another, which bounds the stack.
const MOST_WITHIN: usize = 32;

/// The keywords whose value is a schema, or a list of them.
const SCHEMAS: [&str; 15] = [
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// The keywords whose value has schemas under names of the user's own.
const NAMED: [&str; 4] = ["dependencies", "dependentSchemas", "patternProperties", "properties"];

/// The schema with each `$ref` into it replaced by what it points to.
///
/// A type that holds itself has no end so: within itself only its type is said, where that is a
/// single one, and otherwise nothing. Nothing is said either in place of the references that are
/// left once 10,000 schemas were walked, or that stand 32 references deep.
pub(crate) fn inlined(schema: &Value) -> Value {
    walked(schema).0
}

/// Whether nothing of the schema is lost when its references are replaced.
///
/// # Errors
/// The reference that was cut short.
pub(crate) fn whole(schema: &Value) -> Result<(), Cut> {
    walked(schema).1.map_or(Ok(()), Err)
}

/// Why a reference could not be replaced by what it points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The type that is referred to holds itself.
    Recursive(String),
    /// Written out in each place the types are too many.
    TooLarge,
}

fn walked(schema: &Value) -> (Value, Option<Cut>) {
    let mut walk = Walk { root: schema, within: Vec::new(), left: MOST_NODES, cut: None };
    let walked = walk.schema(schema);
    (walked, walk.cut)
}

struct Walk<'a> {
    root: &'a Value,
    /// The references that lead to where the walk is.
    within: Vec<&'a str>,
    /// How many more schemas may be walked with their references followed.
    left: usize,
    /// The first reference that was cut short.
    cut: Option<Cut>,
}

impl<'a> Walk<'a> {
    fn schema(&mut self, schema: &'a Value) -> Value {
        let fields = match schema {
            Value::Object(fields) => fields,
            Value::Array(several) => return several.iter().map(|one| self.schema(one)).collect(),
            other => return other.clone(),
        };
        self.left = self.left.saturating_sub(1);
        let reference = fields.get("$ref").and_then(Value::as_str);
        let found = reference.and_then(|pointer| Some((pointer, target(self.root, pointer)?)));
        let mut out = found.map_or_else(Map::new, |(pointer, to)| self.pointed_to(pointer, to));
        for (name, field) in fields {
            let value = match &**name {
                // What is defined here is walked where it is pointed to.
                "$defs" | "definitions" => continue,
                "$ref" if found.is_some() => continue,
                name if SCHEMAS.contains(&name) => self.schema(field),
                name if NAMED.contains(&name) => self.named(field),
                // The rest is data, such as an `enum`, in which a `$ref` is no reference.
                _ => field.clone(),
            };
            out.insert(name.clone(), value);
        }
        Value::Object(out)
    }

    fn named(&mut self, schemas: &'a Value) -> Value {
        let Value::Object(schemas) = schemas else { return schemas.clone() };
        let walked = schemas.iter().map(|(name, schema)| (name.clone(), self.schema(schema)));
        Value::Object(walked.collect())
    }

    fn pointed_to(&mut self, pointer: &'a str, target: &'a Value) -> Map<String, Value> {
        if self.within.contains(&pointer) {
            self.cut.get_or_insert_with(|| Cut::Recursive(pointer.to_owned()));
            let own_type = target.get("type").filter(|said| said.is_string()).cloned();
            return own_type.map(|said| ("type".to_owned(), said)).into_iter().collect();
        }
        if self.left == 0 || self.within.len() >= MOST_WITHIN {
            self.cut.get_or_insert(Cut::TooLarge);
            return Map::new();
        }
        self.within.push(pointer);
        let walked = self.schema(target);
        self.within.pop();
        match walked {
            Value::Object(fields) => fields,
            Value::Bool(false) => Map::from_iter([("not".to_owned(), json!({}))]),
            // `true` allows everything, and so does a schema that says nothing.
            _ => Map::new(),
        }
    }
}

/// What a reference into the same schema points to.
pub(super) fn target<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    root.pointer(reference.strip_prefix('#')?)
}
