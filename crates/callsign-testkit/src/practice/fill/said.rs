//! Values that are unmistakable where they are said: choices, addresses, codes, days, times, numbers, yes and no.

use serde_json::Value;

use super::{CODE, FAIR, Filler, SURE, WEAK};
use crate::practice::dates::Mention;
use crate::practice::lexicon::{self, split_identifier, stem};
use crate::practice::marks::{Mark, MarkKind};
use crate::practice::numbers;
use crate::practice::schema::{Param, Role, Shape, whole};
use crate::practice::view::View;

impl Filler<'_> {
    pub(super) fn choices(&mut self) {
        for leaf in self.open_shaped(|param| matches!(param.shape, Shape::Choice(_))) {
            let Shape::Choice(values) = &self.param(leaf).shape else { continue };
            let found =
                values.iter().filter_map(|value| Some((choice_at(&self.view, value)?, value)));
            let first = found.min_by_key(|((start, length), _)| (*start, usize::MAX - *length));
            if let Some(((start, length), value)) = first {
                self.view.claim(&(start..start + length));
                self.set(leaf, value.clone(), FAIR);
            }
        }
    }

    pub(super) fn emails(&mut self) {
        for leaf in self.open(|param| param.role == Role::Email) {
            let found = self.view.marks().find(|mark| mark.kind == MarkKind::Email).cloned();
            if let Some(mark) = found {
                self.view.claim(&mark.range);
                self.set(leaf, Value::from(self.view.sentence.slice(&mark.range)), SURE);
            }
        }
    }

    pub(super) fn codes(&mut self) {
        let leaves = self.open_shaped(|param| {
            param.role == Role::FlightCode && !matches!(param.shape, Shape::List(_))
        });
        let carriers = self.open(|param| param.role == Role::Carrier);
        for leaf in leaves {
            let code =
                self.view.marks().find(|mark| matches!(mark.kind, MarkKind::Code { .. })).cloned();
            let integer = matches!(self.param(leaf).shape, Shape::Integer { .. });
            let Some(mark) = code.or_else(|| self.numbered()) else { continue };
            self.view.claim(&mark.range);
            let said = self.view.sentence.slice(&mark.range);
            match (&mark.kind, integer) {
                (MarkKind::Code { number, .. }, true) => {
                    self.set(leaf, whole(number.parse().unwrap_or(0.0)), CODE);
                }
                (MarkKind::Number(number), true) => self.set(leaf, whole(*number), SURE),
                (_, false) => self.set(leaf, Value::from(said.to_uppercase()), CODE),
                _ => {}
            }
            if let (MarkKind::Code { carrier, .. }, Some(leaf)) = (&mark.kind, carriers.first()) {
                let wants_code = self.param(*leaf).description.to_lowercase().contains("code");
                if wants_code || integer {
                    self.set(*leaf, Value::from(carrier.as_str()), FAIR);
                }
            }
        }
    }

    /// "flight 1545", "flight number 1545".
    fn numbered(&self) -> Option<Mark> {
        let led = |mark: &&Mark| {
            let start = mark.range.start;
            let before = self.view.before(start);
            let earlier = start.checked_sub(2).map_or("", |at| self.view.lower(at));
            before == "flight" || (matches!(before, "number" | "no") && earlier == "flight")
        };
        self.view.marks().filter(|mark| matches!(mark.kind, MarkKind::Number(_))).find(led).cloned()
    }

    pub(super) fn dates(&mut self) {
        let mut leaves = self.open(|param| matches!(param.role, Role::Date(_)));
        leaves.sort_by_key(|leaf| self.param(*leaf).role == Role::Date(true));
        for leaf in leaves {
            let param = self.param(leaf);
            if matches!(&param.shape, Shape::Text { format } if format == "date-time") {
                continue;
            }
            let almanac = self.hints.almanac;
            let found = self.view.marks().find_map(|mark| {
                let MarkKind::Date(mention) = &mark.kind else { return None };
                let said = self.view.sentence.slice(&mark.range);
                let said = if matches!(mention, Mention::Relative(_)) {
                    said.to_lowercase()
                } else {
                    said.to_owned()
                };
                Some((mark.range.clone(), almanac.value(mention, &said, param.wants_iso_day())?))
            });
            if let Some((range, value)) = found {
                self.view.claim(&range);
                self.set(leaf, Value::from(value), FAIR);
            }
        }
    }

    pub(super) fn times(&mut self) {
        for leaf in self.open(|param| param.role == Role::Time) {
            let param = self.param(leaf);
            let cues: &[&str] = match () {
                () if names(param, &["after", "earliest", "from", "start"]) => {
                    &["after", "from", "since"]
                }
                () if names(param, &["before", "latest", "until", "end"]) => {
                    &["before", "by", "until"]
                }
                () => &[],
            };
            let found = self.view.marks().find_map(|mark| {
                let MarkKind::Time(minutes) = mark.kind else { return None };
                let before = self.view.before(mark.range.start);
                if !cues.is_empty() && !cues.contains(&before) {
                    return None;
                }
                let said = self.view.sentence.slice(&mark.range);
                let text = match minutes {
                    Some(minutes) if param.wants_clock() => {
                        format!("{:02}:{:02}", minutes / 60, minutes % 60)
                    }
                    None if param.wants_clock() => return None,
                    _ if cues.is_empty() && matches!(before, "after" | "before") => {
                        format!("{before} {said}")
                    }
                    _ => said.to_owned(),
                };
                Some((mark.range.clone(), text))
            });
            if let Some((range, text)) = found {
                self.view.claim(&range);
                self.set(leaf, Value::from(text), FAIR);
            }
        }
    }

    pub(super) fn numbers(&mut self) {
        let open = self.open_shaped(|param| {
            matches!(param.shape, Shape::Integer { .. } | Shape::Number { .. })
        });
        let params: Vec<(&Param, bool)> =
            open.iter().map(|at| (self.param(*at), self.leaves[*at].required)).collect();
        for share in numbers::share(&mut self.view, &params) {
            let integer = matches!(params[share.param].0.shape, Shape::Integer { .. });
            let value = if integer { whole(share.value) } else { Value::from(share.value) };
            self.set(open[share.param], value, if share.spoken_for { SURE } else { WEAK });
        }
    }

    pub(super) fn booleans(&mut self) {
        for leaf in self.open_shaped(|param| matches!(param.shape, Shape::Boolean)) {
            let telling = |word: &&String| {
                !lexicon::is_function(word) && !matches!(word.as_str(), "include" | "with")
            };
            let words: Vec<String> =
                self.param(leaf).words.iter().filter(telling).map(|word| stem(word)).collect();
            let said = |at: &usize| {
                let word = self.view.lower(*at).replace('-', "");
                !word.is_empty() && !self.view.is_noun(*at) && words.contains(&stem(&word))
            };
            let Some(at) = self.view.range.clone().find(said) else { continue };
            let negates = |word: &str| matches!(word, "no" | "not" | "without" | "don't" | "never");
            let negated = (1..=3)
                .any(|back| at.checked_sub(back).is_some_and(|at| negates(self.view.lower(at))));
            self.set(leaf, Value::from(!negated), FAIR);
        }
    }
}

fn names(param: &Param, list: &[&str]) -> bool {
    param.words.iter().any(|word| list.contains(&word.as_str()))
}

/// Where a choice is said, and in how many words.
pub(super) fn choice_at(view: &View<'_>, value: &Value) -> Option<(usize, usize)> {
    if let Some(number) = value.as_f64() {
        let found = view.marks().find(|mark| mark.kind == MarkKind::Number(number));
        return found.map(|mark| (mark.range.start, 1));
    }
    let text = value.as_str()?;
    let words: Vec<String> = split_identifier(text).iter().map(|word| stem(word)).collect();
    let exact = text.chars().count() == 1 || lexicon::is_function(&text.to_lowercase());
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
