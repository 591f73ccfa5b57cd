//! Versions of JSON Schema.

use serde_json::Value;

/// A version of JSON Schema: 4, 6, 7, 2019 or 2020.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Draft(u16);

impl Draft {
    pub(crate) const V4: Self = Self(4);
    pub(crate) const V6: Self = Self(6);
    pub(crate) const V7: Self = Self(7);
    pub(crate) const V2019: Self = Self(2019);
    pub(crate) const V2020: Self = Self(2020);

    /// Returns the version that a schema has, and whether it is known. A schema without a version
    /// has the newest.
    pub(crate) fn of(schema: &Value) -> (Self, bool) {
        match schema.get("$schema") {
            None => (Self::V2020, true),
            Some(Value::String(url)) => {
                Self::named(url).map_or((Self::V2020, false), |draft| (draft, true))
            }
            Some(_) => (Self::V2020, false),
        }
    }

    fn named(url: &str) -> Option<Self> {
        let url = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        match url.trim_end_matches('#') {
            "json-schema.org/draft-04/schema" => Some(Self::V4),
            "json-schema.org/draft-06/schema" => Some(Self::V6),
            "json-schema.org/draft-07/schema" => Some(Self::V7),
            "json-schema.org/draft/2019-09/schema" => Some(Self::V2019),
            // OpenAPI 3.1 uses the newest version: https://spec.openapis.org/oas/v3.1.0
            "json-schema.org/draft/2020-12/schema"
            | "json-schema.org/schema"
            | "spec.openapis.org/oas/3.1/dialect/base" => Some(Self::V2020),
            _ => None,
        }
    }

    /// Returns whether the version has a keyword. Unknown keywords are annotations.
    pub(crate) fn has(self, keyword: &str) -> bool {
        match keyword {
            "const" | "contains" | "propertyNames" => self >= Self::V6,
            "if" | "then" | "else" => self >= Self::V7,
            "dependentRequired"
            | "dependentSchemas"
            | "unevaluatedItems"
            | "unevaluatedProperties"
            | "minContains"
            | "maxContains" => self >= Self::V2019,
            "$recursiveRef" => self == Self::V2019,
            "prefixItems" | "$dynamicRef" => self >= Self::V2020,
            _ => true,
        }
    }

    /// Returns whether a `$ref` replaces all keywords next to it.
    pub(crate) fn references_replace(self) -> bool {
        self < Self::V2019
    }

    /// Returns whether values are checked against `format`.
    pub(crate) fn asserts_formats(self) -> bool {
        self < Self::V2019
    }

    /// Returns the keyword that names a schema.
    pub(crate) fn id_keyword(self) -> &'static str {
        if self == Self::V4 { "id" } else { "$id" }
    }
}
