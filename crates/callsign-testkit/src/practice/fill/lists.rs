//! Lists: "A, B and C".

use std::ops::Range;

use serde_json::Value;

use super::said::choice_at;
use super::{FAIR, Filler, SURE};
use crate::practice::lexicon;
use crate::practice::marks::MarkKind;
use crate::practice::numbers::admits;
use crate::practice::schema::{Param, Role, Shape, whole};
use crate::practice::text::Kind;

impl Filler<'_> {
    pub(super) fn lists(&mut self) {
        for leaf in self.open_shaped(|param| matches!(param.shape, Shape::List(_))) {
            let Shape::List(item) = &self.param(leaf).shape else { continue };
            let items = match &item.shape {
                Shape::Choice(values) => self.chosen(values),
                Shape::Integer { .. } | Shape::Number { .. } => self.all_numbers(item),
                Shape::Text { .. } => self.all_texts(item),
                _ => Vec::new(),
            };
            if !items.is_empty() {
                let strength = if items.len() > 1 { SURE } else { FAIR };
                self.set(leaf, Value::Array(items), strength);
            }
        }
    }

    fn chosen(&mut self, values: &[Value]) -> Vec<Value> {
        let mut found = Vec::new();
        for value in values {
            if let Some((start, length)) = choice_at(&self.view, value) {
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
        let marks: Vec<_> = self.view.marks().cloned().collect();
        for mark in marks {
            let MarkKind::Number(value) = mark.kind else { continue };
            if admits(item, value) {
                self.view.claim(&mark.range);
                numbers.push(if integer { whole(value) } else { Value::from(value) });
            }
        }
        numbers
    }

    fn all_texts(&mut self, item: &Param) -> Vec<Value> {
        let marked = self.view.marks().filter(|mark| match mark.kind {
            MarkKind::Email => item.role == Role::Email,
            MarkKind::Code { .. } => item.role == Role::FlightCode,
            _ => false,
        });
        let mut ranges: Vec<Range<usize>> = marked.map(|mark| mark.range.clone()).collect();
        if ranges.is_empty() && !matches!(item.role, Role::Email | Role::FlightCode) {
            ranges = self.view.quotations().map(|at| at..at + 1).collect();
            if ranges.is_empty() {
                ranges = self.sequence();
            }
        }
        ranges
            .into_iter()
            .map(|range| {
                self.view.claim(&range);
                let token = &self.view.sentence.tokens[range.start];
                let place = matches!(
                    item.role,
                    Role::Place | Role::Person | Role::Origin | Role::Destination
                );
                match token.kind {
                    Kind::Quoted => Value::from(token.text.as_str()),
                    _ if place || token.is_capital() => Value::from(self.view.name_text(&range)),
                    _ => Value::from(self.view.sentence.slice(&range)),
                }
            })
            .collect()
    }

    /// The longest run of names that commas and "and" hold together.
    fn sequence(&self) -> Vec<Range<usize>> {
        let view = &self.view;
        let cue = |word: &str| {
            matches!(word, "of" | "in" | "for" | "to" | "at" | "with" | "between" | "about" | "as")
        };
        let starts = view.range.clone().filter(|at| {
            let capital = view.capital_at(*at).is_some();
            let opens = *at == view.range.start
                || cue(view.before(*at))
                || view.is_noun(at.saturating_sub(1));
            (capital || opens || lexicon::is_command(view.before(*at)))
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
