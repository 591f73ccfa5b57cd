//! Keywords for texts and numbers.

use std::cmp::Ordering;

use serde_json::Number;

use super::super::compile::{Bound, Node};
use super::super::decimal::{Decimal, compare};
use super::super::describe;
use super::super::path::Path;
use super::{Checker, Sink};

impl<'a> Checker<'a> {
    pub(super) fn text(
        &mut self,
        node: &'a Node,
        text: &str,
        path: &Path<'_>,
        sink: &mut Sink,
    ) -> bool {
        let mut is_valid = true;
        if let Some(format) = node.format.filter(|format| !format.matches(text)) {
            is_valid = sink.add(|| describe::other_format(path, text, format.name()));
        }
        let Some(rules) = &node.text else { return is_valid };
        if rules.min.is_some() || rules.max.is_some() {
            let count = text.chars().count();
            if let Some(min) = rules.min.filter(|min| count < *min) {
                is_valid = sink.add(|| describe::too_few(path, min, "character", count));
            }
            if let Some(max) = rules.max.filter(|max| count > *max) {
                is_valid = sink.add(|| describe::too_many(path, max, "character", count));
            }
        }
        if let Some((source, pattern)) = &rules.pattern {
            match pattern.is_match(text) {
                Some(true) => {}
                Some(false) => is_valid = sink.add(|| describe::no_match(path, text, source)),
                None => self.is_exhausted = true,
            }
        }
        is_valid
    }

    pub(super) fn number(
        &mut self,
        node: &'a Node,
        number: &Number,
        path: &Path<'_>,
        sink: &mut Sink,
    ) -> bool {
        let Some(rules) = &node.number else { return true };
        let mut is_valid = true;
        let bounds = [
            (&rules.min, "at least", [false, true, true]),
            (&rules.max, "at most", [true, true, false]),
            (&rules.above, "more than", [false, false, true]),
            (&rules.below, "less than", [true, false, false]),
        ];
        for (bound, what, [less, equal, greater]) in bounds {
            let Some(bound) = bound else { continue };
            let is_inside = match against(number, bound) {
                Ordering::Less => less,
                Ordering::Equal => equal,
                Ordering::Greater => greater,
            };
            if !is_inside {
                is_valid = sink.add(|| describe::out_of_bounds(path, number, what, &bound.number));
            }
        }
        if let Some((divisor_text, divisor)) = &rules.multiple_of
            && !Decimal::of(number).is_multiple_of(*divisor)
        {
            is_valid = sink.add(|| describe::no_multiple(path, number, divisor_text));
        }
        is_valid
    }
}

fn against(number: &Number, bound: &Bound) -> Ordering {
    if number.is_i64() && bound.number.is_i64() {
        return compare(number, &bound.number);
    }
    Decimal::of(number).cmp(&bound.decimal)
}
