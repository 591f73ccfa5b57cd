//! Checks of values against compiled schemas, with bounded time and stack.

mod array;
mod equality;
mod object;
mod scalar;
mod seen;
mod sink;

use serde_json::Value;

use self::equality::equals;
use self::seen::Seen;
pub(super) use self::sink::MAX_KEPT;
use self::sink::Sink;
use super::compile::{Compiled, Node, NodeId};
use super::describe;
use super::path::Path;
use super::union::nearest_member;
use super::violation::Violation;

/// The number of subschemas that are applied to one value. Schemas that refer to the same schema
/// twice in a row of references would otherwise take exponential time.
pub(super) const MAX_STEPS: usize = 500_000;

/// The depth to which subschemas are applied, which bounds the stack.
const MAX_DEPTH: usize = 256;

/// The result of a check.
pub(super) enum Outcome {
    Valid,
    /// The value is not valid.
    Invalid(Vec<Violation>),
    /// The check would take too long or too much stack.
    TooComplex,
}

/// Checks a value against one of the compiled schemas.
pub(super) fn check(schemas: &Compiled, id: NodeId, value: &Value) -> Outcome {
    check_within(schemas, id, value, &mut { MAX_STEPS })
}

/// Checks a value in at most this number of steps, which is reduced by those that were taken.
pub(super) fn check_within(
    schemas: &Compiled,
    id: NodeId,
    value: &Value,
    steps: &mut usize,
) -> Outcome {
    // An invalid value is checked twice: the second time its violations are collected.
    let limit = *steps;
    let mut run = |sink: &mut Sink| {
        let mut checker =
            Checker { schemas, steps_left: limit, depth_left: MAX_DEPTH, is_exhausted: false };
        let is_valid = checker.check(id, value, &Path::Root, sink, &mut Seen::default());
        *steps = checker.steps_left.min(*steps);
        (is_valid, checker.is_exhausted)
    };
    match run(&mut Sink::quiet()) {
        (_, true) => Outcome::TooComplex,
        (true, false) => Outcome::Valid,
        (false, false) => {
            let mut sink = Sink::default();
            // The steps may not suffice for all violations. Those that were found are right.
            run(&mut sink);
            let mut violations = sink.into_violations();
            if violations.is_empty() {
                violations = vec![describe::not_allowed(&Path::Root, value)];
            }
            Outcome::Invalid(violations)
        }
    }
}

struct Checker<'a> {
    schemas: &'a Compiled,
    steps_left: usize,
    depth_left: usize,
    /// Whether a part was not checked. The result then means nothing.
    is_exhausted: bool,
}

impl<'a> Checker<'a> {
    /// Checks a value against a subschema. Adds its violations to `sink`, and the keys and items
    /// that were evaluated to `seen`.
    fn check(
        &mut self,
        id: NodeId,
        value: &Value,
        path: &Path<'_>,
        sink: &mut Sink,
        seen: &mut Seen,
    ) -> bool {
        let schemas = self.schemas;
        let node = &schemas.nodes[id];
        if node.is_endless || self.depth_left == 0 || !self.takes(1) {
            self.is_exhausted = true;
            return true;
        }
        self.depth_left -= 1;
        let is_valid = if node.unevaluated_properties.is_some() || node.unevaluated_items.is_some()
        {
            self.check_evaluated(node, value, path, sink, seen)
        } else {
            self.check_node(node, value, path, sink, seen)
        };
        self.depth_left += 1;
        is_valid
    }

    /// Takes steps. Returns false if too few are left.
    fn takes(&mut self, steps: usize) -> bool {
        self.is_exhausted |= self.steps_left < steps;
        self.steps_left = self.steps_left.saturating_sub(steps);
        !self.is_exhausted
    }

    /// Checks a value against a subschema that refuses what its other keywords do not evaluate.
    fn check_evaluated(
        &mut self,
        node: &'a Node,
        value: &Value,
        path: &Path<'_>,
        sink: &mut Sink,
        seen: &mut Seen,
    ) -> bool {
        let mut own = Seen::tracking();
        let mut is_valid = self.check_node(node, value, path, sink, &mut own);
        if node.is_opaque {
            own.see_all();
        }
        if is_valid || !sink.is_quiet() {
            is_valid &= self.unevaluated(node, value, path, sink, &mut own);
        }
        seen.merge(own);
        is_valid
    }

    fn check_node(
        &mut self,
        node: &'a Node,
        value: &Value,
        path: &Path<'_>,
        sink: &mut Sink,
        seen: &mut Seen,
    ) -> bool {
        if node.nullable && value.is_null() {
            return true;
        }
        if !self.check_value(node, value, path, sink) {
            return false;
        }
        if node.is_opaque {
            seen.see_all();
        }
        let mut is_valid = true;
        for id in &node.references {
            is_valid &= self.check_in_place(*id, value, path, sink, seen);
        }
        if is_valid || !sink.is_quiet() {
            is_valid &= match value {
                Value::Object(fields) => self.object(node, value, fields, path, sink, seen),
                Value::Array(items) => self.array(node, items, path, sink, seen),
                Value::String(text) => self.text(node, text, path, sink),
                Value::Number(number) => self.number(node, number, path, sink),
                _ => true,
            };
        }
        if is_valid || !sink.is_quiet() {
            is_valid &= self.composition(node, value, path, sink, seen);
        }
        is_valid
    }

    /// Checks the keywords after whose violations no others help.
    fn check_value(
        &mut self,
        node: &'a Node,
        value: &Value,
        path: &Path<'_>,
        sink: &mut Sink,
    ) -> bool {
        if node.never {
            return sink.add(|| describe::never(path, value));
        }
        if let Some(types) = node.types.filter(|types| !types.allow(value)) {
            return sink.add(|| describe::other_type(path, value, node, types));
        }
        if let Some(constant) = &node.constant
            && !equals(value, constant)
        {
            return sink.add(|| describe::other_value(path, value, node));
        }
        if let Some(values) = &node.values {
            if !self.takes(values.len() / 8) {
                return true;
            }
            if !values.iter().any(|allowed| equals(value, allowed)) {
                return sink.add(|| describe::other_value(path, value, node));
            }
        }
        true
    }

    /// Checks a value against a subschema that applies to the same value.
    fn check_in_place(
        &mut self,
        id: NodeId,
        value: &Value,
        path: &Path<'_>,
        sink: &mut Sink,
        seen: &mut Seen,
    ) -> bool {
        let mut inside = seen.fresh();
        let is_valid = self.check(id, value, path, sink, &mut inside);
        if is_valid {
            seen.merge(inside);
        }
        is_valid
    }

    fn composition(
        &mut self,
        node: &'a Node,
        value: &Value,
        path: &Path<'_>,
        sink: &mut Sink,
        seen: &mut Seen,
    ) -> bool {
        let mut is_valid = true;
        if let Some(not) = node.not {
            let matches = self.check(not, value, path, &mut Sink::quiet(), &mut Seen::default());
            if matches {
                is_valid = sink.add(|| describe::not_allowed(path, value));
            }
        }
        for id in &node.all_of {
            is_valid &= self.check_in_place(*id, value, path, sink, seen);
        }
        if !node.any_of.is_empty() {
            is_valid &= self.union(&node.any_of, false, value, path, sink, seen);
        }
        if !node.one_of.is_empty() {
            is_valid &= self.union(&node.one_of, true, value, path, sink, seen);
        }
        if let Some(condition) = node.condition {
            let quiet = &mut Sink::quiet();
            let holds = self.check_in_place(condition.when, value, path, quiet, seen);
            let branch = if holds { condition.then } else { condition.otherwise };
            if let Some(branch) = branch {
                is_valid &= self.check_in_place(branch, value, path, sink, seen);
            }
        }
        is_valid
    }

    /// Checks that a value matches a member of a union, or exactly one.
    fn union(
        &mut self,
        members: &[NodeId],
        exactly_one: bool,
        value: &Value,
        path: &Path<'_>,
        sink: &mut Sink,
        seen: &mut Seen,
    ) -> bool {
        let (mut matches, mut found) = (0, Vec::new());
        for member in members {
            let mut inside = if matches == 0 { sink.fresh() } else { Sink::quiet() };
            if self.check_in_place(*member, value, path, &mut inside, seen) {
                matches += 1;
                let decided = if exactly_one { matches > 1 } else { !seen.is_tracking() };
                if decided {
                    break;
                }
            } else {
                found.push(inside.into_violations());
            }
        }
        match matches {
            0 if sink.is_quiet() => false,
            0 => {
                let one = if found.len() == 1 { found.pop() } else { None };
                let violations = one.unwrap_or_else(|| nearest_member(&path.steps(), found));
                violations.into_iter().for_each(|violation| _ = sink.add(|| violation));
                false
            }
            1 => true,
            _ if exactly_one => sink.add(|| describe::several_match(path, value)),
            _ => true,
        }
    }
}
