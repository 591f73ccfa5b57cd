//! Keywords for objects.

use serde_json::{Map, Value};

use super::super::compile::{Node, ObjectRules};
use super::super::describe;
use super::super::path::Path;
use super::{Checker, Seen, Sink};

type Fields = Map<String, Value>;

impl<'a> Checker<'a> {
    pub(super) fn object(
        &mut self,
        node: &'a Node,
        value: &Value,
        fields: &Fields,
        path: &Path<'_>,
        sink: &mut Sink,
        seen: &mut Seen,
    ) -> bool {
        let Some(rules) = &node.object else { return true };
        let mut is_valid = self.keys(rules, fields, path, sink);
        if !is_valid && sink.is_quiet() {
            return false;
        }
        is_valid &= self.fields(rules, fields, path, sink, seen);
        if !is_valid && sink.is_quiet() {
            return false;
        }
        if let Some(names) = rules.names {
            for name in fields.keys() {
                let text = Value::from(&**name);
                let quiet = &mut Sink::quiet();
                if !self.check(names, &text, path, quiet, &mut Seen::default()) {
                    is_valid = sink.add(|| describe::other_name(path, name));
                }
            }
        }
        for (name, schema) in &rules.dependent_schemas {
            if fields.contains_key(name) {
                is_valid &= self.check_in_place(*schema, value, path, sink, seen);
            }
        }
        is_valid
    }

    /// Checks the number of keys, and which are there.
    fn keys(&self, rules: &ObjectRules, fields: &Fields, path: &Path<'_>, sink: &mut Sink) -> bool {
        let (mut is_valid, count) = (true, fields.len());
        if let Some(min) = rules.min.filter(|min| count < *min) {
            is_valid = sink.add(|| describe::too_few(path, min, "key", count));
        }
        if let Some(max) = rules.max.filter(|max| count > *max) {
            is_valid = sink.add(|| describe::too_many(path, max, "key", count));
        }
        let present = rules.dependent_required.iter().filter(|(name, _)| fields.contains_key(name));
        let required = rules.required.iter().chain(present.flat_map(|(_, keys)| keys));
        for key in required.filter(|key| !fields.contains_key(*key)) {
            let property = rules.properties.get(key).map(|id| &self.schemas.nodes[*id]);
            is_valid = sink.add(|| describe::missing(path, key, property));
        }
        is_valid
    }

    fn fields(
        &mut self,
        rules: &ObjectRules,
        fields: &Fields,
        path: &Path<'_>,
        sink: &mut Sink,
        seen: &mut Seen,
    ) -> bool {
        let mut is_valid = true;
        for (key, value) in fields {
            let inside = Path::Key(path, key);
            let mut is_known = false;
            if let Some(schema) = rules.properties.get(key) {
                is_known = true;
                is_valid &= self.check(*schema, value, &inside, sink, &mut Seen::default());
            }
            for (pattern, schema) in &rules.patterns {
                let Some(matches) = pattern.is_match(key) else {
                    self.is_exhausted = true;
                    return true;
                };
                if matches {
                    is_known = true;
                    is_valid &= self.check(*schema, value, &inside, sink, &mut Seen::default());
                }
            }
            if let Some(additional) = rules.additional.filter(|_| !is_known && !rules.is_partial) {
                is_known = true;
                if self.schemas.nodes[additional].never {
                    is_valid = sink.add(|| describe::unknown(path, key, rules, fields));
                } else {
                    is_valid &= self.check(additional, value, &inside, sink, &mut Seen::default());
                }
            }
            if is_known {
                seen.see_key(key);
            }
            if !is_valid && sink.is_quiet() {
                return false;
            }
        }
        is_valid
    }

    /// Checks what the other keywords of a subschema have not evaluated.
    pub(super) fn unevaluated(
        &mut self,
        node: &'a Node,
        value: &Value,
        path: &Path<'_>,
        sink: &mut Sink,
        seen: &mut Seen,
    ) -> bool {
        let mut is_valid = true;
        match (value, node.unevaluated_properties, node.unevaluated_items) {
            (Value::Object(fields), Some(schema), _) => {
                for (key, value) in fields.iter().filter(|(key, _)| !seen.has_key(key)) {
                    let inside = Path::Key(path, key);
                    is_valid &= self.check(schema, value, &inside, sink, &mut Seen::default());
                }
                seen.see_all();
            }
            (Value::Array(items), _, Some(schema)) => {
                for (index, item) in items.iter().enumerate() {
                    if !seen.has_item(index) {
                        let inside = Path::Index(path, index);
                        is_valid &= self.check(schema, item, &inside, sink, &mut Seen::default());
                    }
                }
                seen.see_all();
            }
            _ => {}
        }
        is_valid
    }
}
