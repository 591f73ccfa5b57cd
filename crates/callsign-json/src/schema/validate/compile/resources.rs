//! Names inside a schema: identifiers, anchors, and the references to them.

use std::collections::HashMap;

use serde_json::Value;

use super::super::percent::percent_decode;
use super::dialect::Draft;

/// The keywords whose value is a schema or an array of schemas.
const SCHEMAS: [&str; 16] = [
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "contentSchema",
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

/// The keywords whose value is an object of named schemas.
const NAMED_SCHEMAS: [&str; 6] =
    ["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"];

/// The schemas that references can name.
pub(super) struct Resources<'a> {
    draft: Draft,
    /// The schemas with an identifier, which it replaces as the base of references. The first is
    /// the root.
    bases: Vec<(String, &'a Value)>,
    /// The base of each subschema that has another base than the root.
    base_of: HashMap<usize, usize>,
    anchors: HashMap<(usize, String), &'a Value>,
    dynamic_anchors: HashMap<String, usize>,
    has_recursive_anchor: bool,
}

/// The reason why a reference has no target.
pub(super) enum Unresolved {
    /// The target does not exist in this document.
    Missing,
    /// The target is in another document.
    OtherDocument,
}

impl<'a> Resources<'a> {
    /// Finds the names in a schema.
    pub(super) fn new(root: &'a Value, draft: Draft) -> Self {
        let mut resources = Self {
            draft,
            bases: vec![(String::new(), root)],
            base_of: HashMap::new(),
            anchors: HashMap::new(),
            dynamic_anchors: HashMap::new(),
            has_recursive_anchor: false,
        };
        let mut pending = vec![(root, 0)];
        while let Some((value, base)) = pending.pop() {
            match value {
                Value::Array(items) => pending.extend(items.iter().map(|item| (item, base))),
                Value::Object(_) => {
                    let base = resources.visit(value, base);
                    let fields = value.as_object().into_iter().flatten();
                    for (keyword, inner) in fields {
                        if SCHEMAS.contains(&&**keyword) {
                            pending.push((inner, base));
                        } else if NAMED_SCHEMAS.contains(&&**keyword) {
                            let named = inner.as_object().into_iter().flatten();
                            pending.extend(named.map(|(_, inner)| (inner, base)));
                        }
                    }
                }
                _ => {}
            }
        }
        resources
    }

    /// Records the names of one subschema. Returns the base of the references in it.
    fn visit(&mut self, schema: &'a Value, mut base: usize) -> usize {
        let text = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
        let replaces = self.draft.references_replace() && schema.get("$ref").is_some();
        let id = text(self.draft.id_keyword()).filter(|_| !replaces).unwrap_or_default();
        let (name, anchor) = id.split_once('#').unwrap_or((id, ""));
        if !name.is_empty() {
            let name = join(&self.bases[base].0, name);
            if std::ptr::eq(schema, self.bases[0].1) {
                self.bases[0].0 = name;
            } else {
                base = self.bases.len();
                self.bases.push((name, schema));
            }
        }
        if base != 0 {
            self.base_of.insert(address(schema), base);
        }
        let anchor = Some(anchor).filter(|_| self.draft.references_replace());
        for anchor in [anchor, text("$anchor"), text("$dynamicAnchor")].into_iter().flatten() {
            if !anchor.is_empty() {
                self.anchors.entry((base, anchor.to_owned())).or_insert(schema);
            }
        }
        if let Some(anchor) = text("$dynamicAnchor") {
            *self.dynamic_anchors.entry(anchor.to_owned()).or_default() += 1;
        }
        self.has_recursive_anchor |= schema.get("$recursiveAnchor") == Some(&Value::Bool(true));
        base
    }

    /// Returns whether a dynamic reference always has the same target as `$ref`.
    pub(super) fn is_static(&self, keyword: &str, reference: &str) -> bool {
        let anchor = reference.rsplit('#').next().unwrap_or_default();
        match keyword {
            "$dynamicRef" => self.dynamic_anchors.get(anchor).is_none_or(|count| *count < 2),
            "$recursiveRef" => !self.has_recursive_anchor || self.bases.len() == 1,
            _ => true,
        }
    }

    /// Returns the target of a reference in `schema`.
    pub(super) fn resolve(&self, reference: &str, schema: &Value) -> Result<&'a Value, Unresolved> {
        let mut base = self.base_of.get(&address(schema)).copied().unwrap_or_default();
        let (name, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        if !name.is_empty() {
            let name = join(&self.bases[base].0, name);
            let named = self.bases.iter().position(|(known, _)| *known == name);
            base = named.ok_or(Unresolved::OtherDocument)?;
        }
        let fragment = percent_decode(fragment).ok_or(Unresolved::Missing)?;
        let target = if fragment.is_empty() || fragment.starts_with('/') {
            self.bases[base].1.pointer(&fragment)
        } else {
            self.anchors.get(&(base, fragment)).copied()
        };
        target.ok_or(Unresolved::Missing)
    }
}

/// Returns a number that identifies a schema while its document is borrowed.
pub(super) fn address(schema: &Value) -> usize {
    std::ptr::from_ref(schema).addr()
}

/// Resolves the URI `name` against `base`, as far as identifiers of schemas need it.
fn join(base: &str, name: &str) -> String {
    let is_absolute = name.split_once(':').is_some_and(|(scheme, _)| !scheme.contains('/'));
    if is_absolute {
        return name.to_owned();
    }
    let authority = base.find("://").map_or(0, |at| at + 3);
    let path = base[authority..].find('/').map_or(base.len(), |at| authority + at);
    if name.starts_with('/') {
        return format!("{}{name}", &base[..path]);
    }
    let folder = base[path..].rfind('/').map_or(path, |at| path + at);
    let separator = if base.is_empty() { "" } else { "/" };
    format!("{}{separator}{name}", &base[..folder])
}
