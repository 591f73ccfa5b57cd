//! Arguments of specific types: enums, email addresses, flight codes, dates, times, numbers and booleans.

use serde_json::Value;

use super::{CERTAIN, Filler, HIGH, LOW, MEDIUM, numbers};
use crate::language::dates::DateMention;
use crate::language::entities::{Entity, EntityKind};
use crate::language::lexicon::{self, split_identifier, stem};
use crate::language::span_view::SpanView;
use crate::tools::schema::{Param, Role, Shape, integer_value};

impl<'a> Filler<'a> {
    pub(super) fn fill_enums(&mut self) {
        for leaf in self.unfilled(|param| matches!(param.shape, Shape::Enum(_))) {
            let Shape::Enum(values) = &self.param(leaf).shape else { continue };
            let found =
                values.iter().filter_map(|value| Some((enum_value_at(&self.view, value)?, value)));
            // Of two values at the same position, the longer one is meant.
            let first = found.min_by_key(|((start, length), _)| (*start, usize::MAX - *length));
            if let Some(((start, length), value)) = first {
                self.view.claim(&(start..start + length));
                self.set(leaf, value.clone(), MEDIUM);
            }
        }
    }

    pub(super) fn fill_emails(&mut self) {
        for leaf in self.unfilled_texts(|param| param.role == Role::Email) {
            let found =
                self.view.entities().find(|entity| entity.kind == EntityKind::Email).cloned();
            if let Some(entity) = found {
                self.view.claim(&entity.range);
                self.set(leaf, Value::from(self.view.sentence.slice(&entity.range)), HIGH);
            }
        }
    }

    pub(super) fn fill_flight_codes(&mut self) {
        let leaves = self.unfilled(|param| {
            param.role == Role::FlightCode && !matches!(param.shape, Shape::Array(_))
        });
        let carriers = self.unfilled_texts(|param| param.role == Role::Carrier);
        for leaf in leaves {
            let code = self
                .view
                .entities()
                .find(|entity| matches!(entity.kind, EntityKind::FlightCode { .. }))
                .cloned();
            let integer = matches!(self.param(leaf).shape, Shape::Integer { .. });
            let Some(entity) = code.or_else(|| self.bare_flight_number()) else { continue };
            self.view.claim(&entity.range);
            let text = self.view.sentence.slice(&entity.range);
            match (&entity.kind, integer) {
                (EntityKind::FlightCode { number, .. }, true) => {
                    self.set(leaf, integer_value(number.parse().unwrap_or(0.0)), CERTAIN);
                }
                (EntityKind::Number(number), true) => self.set(leaf, integer_value(*number), HIGH),
                (_, false) => self.set(leaf, Value::from(text.to_uppercase()), CERTAIN),
                _ => {}
            }
            if let (EntityKind::FlightCode { carrier, .. }, Some(leaf)) =
                (&entity.kind, carriers.first())
            {
                let is_carrier_code = self.param(*leaf).description.to_lowercase().contains("code");
                if is_carrier_code || integer {
                    self.set(*leaf, Value::from(carrier.as_str()), MEDIUM);
                }
            }
        }
    }

    /// Returns the number in "flight 1545" or "flight number 1545".
    fn bare_flight_number(&self) -> Option<Entity> {
        let is_flight_number = |entity: &&Entity| {
            let start = entity.range.start;
            let before = self.view.before(start);
            let earlier = start.checked_sub(2).map_or("", |at| self.view.lower(at));
            before == "flight" || (matches!(before, "number" | "no") && earlier == "flight")
        };
        self.view
            .entities()
            .filter(|entity| matches!(entity.kind, EntityKind::Number(_)))
            .find(is_flight_number)
            .cloned()
    }

    pub(super) fn fill_dates(&mut self) {
        let mut leaves =
            self.unfilled_texts(|param| matches!(param.role, Role::Date | Role::EndDate));
        // The first date of a sentence is the start of a range.
        leaves.sort_by_key(|leaf| self.param(*leaf).role == Role::EndDate);
        for leaf in leaves {
            let param = self.param(leaf);
            if matches!(&param.shape, Shape::String { format } if format == "date-time") {
                continue;
            }
            let dates = self.hints.dates;
            let found = self.view.entities().find_map(|entity| {
                let EntityKind::Date(mention) = &entity.kind else { return None };
                let text = self.view.sentence.slice(&entity.range);
                let text = if matches!(mention, DateMention::Relative(_)) {
                    text.to_lowercase()
                } else {
                    text.to_owned()
                };
                let value = dates.value(mention, &text, param.requires_iso_date())?;
                Some((entity.range.clone(), value))
            });
            if let Some((range, value)) = found {
                self.view.claim(&range);
                self.set(leaf, Value::from(value), MEDIUM);
            }
        }
    }

    pub(super) fn fill_times(&mut self) {
        for leaf in self.unfilled_texts(|param| param.role == Role::Time) {
            let param = self.param(leaf);
            let cues: &[&str] = match () {
                () if has_name_word(param, &["after", "earliest", "from", "start"]) => {
                    &["after", "from", "since"]
                }
                () if has_name_word(param, &["before", "latest", "until", "end"]) => {
                    &["before", "by", "until"]
                }
                () => &[],
            };
            let found = self.view.entities().find_map(|entity| {
                let EntityKind::Time(minutes) = entity.kind else { return None };
                let before = self.view.before(entity.range.start);
                if !cues.is_empty() && !cues.contains(&before) {
                    return None;
                }
                let source = self.view.sentence.slice(&entity.range);
                let text = match minutes {
                    Some(minutes) if param.requires_clock_time() => {
                        format!("{:02}:{:02}", minutes / 60, minutes % 60)
                    }
                    None if param.requires_clock_time() => return None,
                    _ if cues.is_empty() && matches!(before, "after" | "before") => {
                        format!("{before} {source}")
                    }
                    _ => source.to_owned(),
                };
                Some((entity.range.clone(), text))
            });
            if let Some((range, text)) = found {
                self.view.claim(&range);
                self.set(leaf, Value::from(text), MEDIUM);
            }
        }
    }

    /// Returns the unfilled numbers, and whether they are required.
    fn open_numbers(&self) -> (Vec<usize>, Vec<(&'a Param, bool)>) {
        let open = self
            .unfilled(|param| matches!(param.shape, Shape::Integer { .. } | Shape::Number { .. }));
        let params = open.iter().map(|at| (self.param(*at), self.leaves[*at].required)).collect();
        (open, params)
    }

    pub(super) fn mark_number_labels(&mut self) {
        let (_, params) = self.open_numbers();
        numbers::mark_labels(&mut self.view, &params);
    }

    pub(super) fn fill_numbers(&mut self) {
        let (open, params) = self.open_numbers();
        for assigned in numbers::assign(&mut self.view, &params) {
            let integer = matches!(params[assigned.param].0.shape, Shape::Integer { .. });
            let value =
                if integer { integer_value(assigned.value) } else { Value::from(assigned.value) };
            self.set(open[assigned.param], value, if assigned.has_cue { HIGH } else { LOW });
        }
    }

    pub(super) fn fill_booleans(&mut self) {
        for leaf in self.unfilled(|param| matches!(param.shape, Shape::Boolean)) {
            let is_specific = |word: &&String| {
                !lexicon::is_function_word(word) && !matches!(word.as_str(), "include" | "with")
            };
            let words: Vec<String> =
                self.param(leaf).words.iter().filter(is_specific).map(|word| stem(word)).collect();
            let names_param = |at: &usize| {
                let word = self.view.lower(*at).replace('-', "");
                !word.is_empty() && !self.view.is_tool_word(*at) && words.contains(&stem(&word))
            };
            let Some(at) = self.view.range.clone().find(names_param) else { continue };
            let is_negation =
                |word: &str| matches!(word, "no" | "not" | "without" | "don't" | "never");
            let negated = (1..=3).any(|back| {
                at.checked_sub(back).is_some_and(|at| is_negation(self.view.lower(at)))
            });
            self.set(leaf, Value::from(!negated), MEDIUM);
        }
    }
}

fn has_name_word(param: &Param, list: &[&str]) -> bool {
    param.words.iter().any(|word| list.contains(&word.as_str()))
}

/// Returns the position of an enum value in the span, and its number of tokens.
pub(super) fn enum_value_at(view: &SpanView<'_>, value: &Value) -> Option<(usize, usize)> {
    if let Some(number) = value.as_f64() {
        let found = view.entities().find(|entity| entity.kind == EntityKind::Number(number));
        return found.map(|entity| (entity.range.start, 1));
    }
    let text = value.as_str()?;
    let words: Vec<String> = split_identifier(text).iter().map(|word| stem(word)).collect();
    // A value such as "a" or "in" must match exactly: as a word in lower case, it is grammar.
    let exact = text.chars().count() == 1 || lexicon::is_function_word(&text.to_lowercase());
    view.range.clone().find_map(|at| {
        let token = view.token(at)?;
        if token.text == text || (!exact && token.lower == text.to_lowercase()) {
            return view.is_free(at).then_some((at, 1));
        }
        let same = |(ahead, word): (usize, &String)| {
            view.is_free(at + ahead) && stem(view.lower(at + ahead)) == *word
        };
        (!exact && !words.is_empty() && words.iter().enumerate().all(same))
            .then_some((at, words.len()))
    })
}
