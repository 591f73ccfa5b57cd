//! Array arguments, from lists such as "A, B and C".

use std::ops::Range;

use serde_json::Value;

use super::numbers::is_within_bounds;
use super::typed_values::enum_value_at;
use super::{Filler, HIGH, MEDIUM};
use crate::language::entities::EntityKind;
use crate::language::lexicon;
use crate::language::tokenizer::TokenKind;
use crate::tools::schema::{Param, Role, Shape, integer_value};

impl Filler<'_> {
    pub(super) fn fill_arrays(&mut self) {
        for leaf in self.unfilled(|param| matches!(param.shape, Shape::Array(_))) {
            let Shape::Array(item) = &self.param(leaf).shape else { continue };
            let items = match &item.shape {
                Shape::Enum(values) => self.all_enum_values(values),
                Shape::Integer { .. } | Shape::Number { .. } => self.all_numbers(item),
                Shape::String { .. } => self.all_texts(item),
                _ => Vec::new(),
            };
            if !items.is_empty() {
                let confidence = if items.len() > 1 { HIGH } else { MEDIUM };
                self.set(leaf, Value::Array(items), confidence);
            }
        }
    }

    fn all_enum_values(&mut self, values: &[Value]) -> Vec<Value> {
        let mut found = Vec::new();
        for value in values {
            if let Some((start, length)) = enum_value_at(&self.view, value) {
                self.view.claim(&(start..start + length));
                found.push((start, value.clone()));
            }
        }
        found.sort_by_key(|(start, _)| *start);
        found.into_iter().map(|(_, value)| value).collect()
    }

    fn all_numbers(&mut self, item: &Param) -> Vec<Value> {
        let integer = matches!(item.shape, Shape::Integer { .. });
        let mut numbers = Vec::new();
        let entities: Vec<_> = self.view.entities().cloned().collect();
        for entity in entities {
            let EntityKind::Number(value) = entity.kind else { continue };
            if is_within_bounds(item, value) {
                self.view.claim(&entity.range);
                numbers.push(if integer { integer_value(value) } else { Value::from(value) });
            }
        }
        numbers
    }

    fn all_texts(&mut self, item: &Param) -> Vec<Value> {
        let found = self.view.entities().filter(|entity| match entity.kind {
            EntityKind::Email => item.role == Role::Email,
            EntityKind::FlightCode { .. } => item.role == Role::FlightCode,
            _ => false,
        });
        let mut ranges: Vec<Range<usize>> = found.map(|entity| entity.range.clone()).collect();
        if ranges.is_empty() && !matches!(item.role, Role::Email | Role::FlightCode) {
            ranges = self.view.quotations().map(|at| at..at + 1).collect();
            if ranges.is_empty() {
                ranges = self.longest_enumeration();
            }
        }
        ranges
            .into_iter()
            .map(|range| {
                self.view.claim(&range);
                let token = &self.view.sentence.tokens[range.start];
                let is_name = matches!(
                    item.role,
                    Role::Place | Role::Person | Role::Origin | Role::Destination
                );
                match token.kind {
                    TokenKind::Quoted => Value::from(token.text.as_str()),
                    _ if is_name || token.is_capitalized() => {
                        Value::from(self.view.name_text(&range))
                    }
                    _ => Value::from(self.view.sentence.slice(&range)),
                }
            })
            .collect()
    }

    /// Returns the longest run of names that are joined by commas, "and" or "or".
    fn longest_enumeration(&self) -> Vec<Range<usize>> {
        let view = &self.view;
        let is_cue = |word: &str| {
            matches!(word, "of" | "in" | "for" | "to" | "at" | "with" | "between" | "about" | "as")
        };
        let starts = view.range.clone().filter(|at| {
            let capitalized = view.capitalized_name_at(*at).is_some();
            let is_led = *at == view.range.start
                || is_cue(view.before(*at))
                || view.is_tool_word(at.saturating_sub(1));
            (capitalized || is_led || lexicon::is_command(view.before(*at)))
                && view.name_at(*at).is_some()
        });
        let run = |start: usize| {
            let mut names = Vec::new();
            let mut at = start;
            while let Some(name) = view.name_at(at) {
                at = name.end;
                names.push(name);
                let before = at;
                while view
                    .token(at)
                    .is_some_and(|token| token.text == "," || token.is("and") || token.is("or"))
                {
                    at += 1;
                }
                if at == before {
                    break;
                }
            }
            names
        };
        starts
            .map(run)
            .fold(Vec::new(), |best, names| if names.len() > best.len() { names } else { best })
    }
}
