//! What OpenAI's structured outputs support, by its guide to them.

use callsign_json::schema::strict::{self, Keywords, StrictRules, UnsupportedKeyword};
use serde_json::Value;

/// The values of `format` that strict mode supports.
const FORMATS: [&str; 9] =
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];

/// Rules for the arguments of a tool. Nulls for absent properties are removed from the calls, see
/// [`nulls`](super::nulls).
const TOOL_RULES: StrictRules = StrictRules {
    keywords: Keywords::Except(&[
        "$dynamicRef",
        "$recursiveRef",
        "additionalItems",
        "allOf",
        "contains",
        "dependencies",
        "dependentRequired",
        "dependentSchemas",
        "else",
        "if",
        "maxContains",
        "maxProperties",
        "minContains",
        "minProperties",
        "not",
        "patternProperties",
        "prefixItems",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
        "uniqueItems",
    ]),
    formats: &FORMATS,
    same_values: false,
    absent_as_null: true,
};

/// Rules for an output. The caller validates it against the original schema, so that both schemas
/// must allow the same values, except for nulls that stand for absent properties.
const OUTPUT_RULES: StrictRules = StrictRules {
    keywords: Keywords::Only(&[
        "$defs",
        "$ref",
        "additionalProperties",
        "anyOf",
        "const",
        "description",
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "items",
        "maxItems",
        "maximum",
        "minItems",
        "minimum",
        "multipleOf",
        "pattern",
        "properties",
        "required",
        "type",
    ]),
    formats: &FORMATS,
    same_values: true,
    absent_as_null: true,
};

/// Converts a tool's schema to strict form. Open objects are closed, and optional properties become
/// nullable.
///
/// # Errors
/// Returns the keyword that has no strict form, such as a map with arbitrary keys, a union at the
/// root, or an unsupported `format`.
pub(crate) fn to_strict(schema: &Value) -> Result<Value, UnsupportedKeyword> {
    strict::to_strict(schema, &TOOL_RULES)
}

/// Converts an output schema to a strict form that allows the same values, with null for an absent
/// property.
///
/// # Errors
/// Returns the keyword without such a form: as for tools, and also open objects.
pub(crate) fn to_strict_output(schema: &Value) -> Result<Value, UnsupportedKeyword> {
    strict::to_strict(schema, &OUTPUT_RULES)
}
