//! Keywords for arrays.

use serde_json::Value;

use super::super::compile::{ArrayRules, Node};
use super::super::describe;
use super::super::path::Path;
use super::equality::duplicates;
use super::{Checker, Seen, Sink};

impl<'a> Checker<'a> {
    pub(super) fn array(
        &mut self,
        node: &'a Node,
        items: &[Value],
        path: &Path<'_>,
        sink: &mut Sink,
        seen: &mut Seen,
    ) -> bool {
        let Some(rules) = &node.array else { return true };
        let (mut is_valid, count) = (true, items.len());
        if let Some(min) = rules.min.filter(|min| count < *min) {
            is_valid = sink.add(|| describe::too_few(path, min, "item", count));
        }
        if let Some(max) = rules.max.filter(|max| count > *max) {
            is_valid = sink.add(|| describe::too_many(path, max, "item", count));
        }
        if !is_valid && sink.is_quiet() {
            return false;
        }
        if rules.is_unique
            && let Some(pair) = duplicates(items)
        {
            is_valid = sink.add(|| describe::equal_items(path, pair));
        }
        is_valid &= self.items(rules, items, path, sink, seen);
        if is_valid || !sink.is_quiet() {
            is_valid &= self.contains(rules, items, path, sink, seen);
        }
        is_valid
    }

    fn items(
        &mut self,
        rules: &'a ArrayRules,
        items: &[Value],
        path: &Path<'_>,
        sink: &mut Sink,
        seen: &mut Seen,
    ) -> bool {
        let mut is_valid = true;
        let prefix = rules.prefix.len();
        let rest = rules.rest.filter(|_| !rules.is_partial);
        if rest.is_some_and(|rest| self.schemas.nodes[rest].never) && items.len() > prefix {
            is_valid = sink.add(|| describe::surplus(path, items.len() - prefix));
        }
        for (index, item) in items.iter().enumerate() {
            let Some(schema) = rules.prefix.get(index).copied().or(rest) else { break };
            seen.see_item(index);
            if index >= prefix && self.schemas.nodes[schema].never {
                continue;
            }
            let inside = Path::Index(path, index);
            is_valid &= self.check(schema, item, &inside, sink, &mut Seen::default());
            if !is_valid && sink.is_quiet() {
                return false;
            }
        }
        is_valid
    }

    fn contains(
        &mut self,
        rules: &'a ArrayRules,
        items: &[Value],
        path: &Path<'_>,
        sink: &mut Sink,
        seen: &mut Seen,
    ) -> bool {
        let Some(contains) = &rules.contains else { return true };
        let mut matches = 0;
        for (index, item) in items.iter().enumerate() {
            let quiet = &mut Sink::quiet();
            let inside = Path::Index(path, index);
            if self.check(contains.schema, item, &inside, quiet, &mut Seen::default()) {
                matches += 1;
                if contains.evaluates {
                    seen.see_item(index);
                }
            }
        }
        if matches < contains.min {
            return sink.add(|| describe::too_few_match(path));
        }
        if contains.max.is_some_and(|max| matches > max) {
            return sink.add(|| describe::too_many_match(path));
        }
        true
    }
}
