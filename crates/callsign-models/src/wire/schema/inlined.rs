//! Replacement of `$ref` in schemas by the definitions.

use callsign_json::schema::reference::resolve;
use serde_json::{Map, Value, json};

/// The maximum number of subschemas that are visited. After that, references are not followed.
///
/// Types that refer to each other multiply when they are inlined: `n` types that all refer to one
/// another would give more than `n!` copies.
const MAX_NODES: usize = 10_000;

/// The maximum number of nested references, which bounds the stack.
const MAX_NESTED_REFERENCES: usize = 32;

/// The keywords whose value is a schema or an array of schemas.
const SCHEMA_KEYWORDS: [&str; 15] = [
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

/// The keywords whose value is a map from names to schemas.
const SCHEMA_MAP_KEYWORDS: [&str; 4] =
    ["dependencies", "dependentSchemas", "patternProperties", "properties"];

/// Returns the schema with each internal `$ref` replaced by its target.
///
/// A recursive reference is replaced by its `type` if that is a single type, and otherwise by the
/// empty schema. So are references after 10,000 subschemas or nested deeper than 32 references.
pub(crate) fn inlined(schema: &Value) -> Value {
    inline(schema).0
}

/// Checks that all references can be replaced by their targets.
///
/// # Errors
/// Returns the reason for the first reference that cannot.
pub(crate) fn check_inlinable(schema: &Value) -> Result<(), InlineError> {
    inline(schema).1.map_or(Ok(()), Err)
}

/// Why a reference cannot be replaced by its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InlineError {
    /// The target refers to itself. Holds the reference.
    Recursive(String),
    /// The inlined schema exceeds a limit.
    TooLarge,
}

fn inline(schema: &Value) -> (Value, Option<InlineError>) {
    let mut inliner =
        Inliner { root: schema, references: Vec::new(), remaining: MAX_NODES, error: None };
    let inlined = inliner.schema(schema);
    (inlined, inliner.error)
}

struct Inliner<'a> {
    root: &'a Value,
    /// The references that lead to the current subschema.
    references: Vec<&'a str>,
    /// How many more subschemas may be visited with their references followed.
    remaining: usize,
    /// The error of the first reference that was not replaced.
    error: Option<InlineError>,
}

impl<'a> Inliner<'a> {
    fn schema(&mut self, schema: &'a Value) -> Value {
        let fields = match schema {
            Value::Object(fields) => fields,
            Value::Array(schemas) => return schemas.iter().map(|it| self.schema(it)).collect(),
            other => return other.clone(),
        };
        self.remaining = self.remaining.saturating_sub(1);
        let reference = fields.get("$ref").and_then(Value::as_str);
        let found = reference.and_then(|pointer| Some((pointer, resolve(self.root, pointer)?)));
        let mut out = found.map_or_else(Map::new, |(pointer, target)| self.target(pointer, target));
        for (name, field) in fields {
            let value = match &**name {
                // Definitions are visited through the references to them.
                "$defs" | "definitions" => continue,
                "$ref" if found.is_some() => continue,
                name if SCHEMA_KEYWORDS.contains(&name) => self.schema(field),
                name if SCHEMA_MAP_KEYWORDS.contains(&name) => self.schema_map(field),
                // Other values are data, such as an `enum`. A `$ref` in them is not a reference.
                _ => field.clone(),
            };
            out.insert(name.clone(), value);
        }
        Value::Object(out)
    }

    fn schema_map(&mut self, schemas: &'a Value) -> Value {
        let Value::Object(schemas) = schemas else { return schemas.clone() };
        let inlined = schemas.iter().map(|(name, schema)| (name.clone(), self.schema(schema)));
        Value::Object(inlined.collect())
    }

    /// Returns the fields that replace a reference.
    fn target(&mut self, pointer: &'a str, target: &'a Value) -> Map<String, Value> {
        if self.references.contains(&pointer) {
            self.error.get_or_insert_with(|| InlineError::Recursive(pointer.to_owned()));
            let own_type = target.get("type").filter(|it| it.is_string()).cloned();
            return own_type.map(|it| ("type".to_owned(), it)).into_iter().collect();
        }
        if self.remaining == 0 || self.references.len() >= MAX_NESTED_REFERENCES {
            self.error.get_or_insert(InlineError::TooLarge);
            return Map::new();
        }
        self.references.push(pointer);
        let inlined = self.schema(target);
        self.references.pop();
        match inlined {
            Value::Object(fields) => fields,
            Value::Bool(false) => Map::from_iter([("not".to_owned(), json!({}))]),
            // `true` allows every value, and so does the empty schema.
            _ => Map::new(),
        }
    }
}
