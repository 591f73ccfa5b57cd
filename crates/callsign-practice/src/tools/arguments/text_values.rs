//! String arguments: quotations, names of people, labeled values, and the rest of a sentence.

use std::ops::Range;

use serde_json::Value;

use super::{Filler, HIGH, LOW, MEDIUM};
use crate::language::lexicon::{self, stem};
use crate::language::tokenizer::TokenKind;
use crate::tools::schema::{Param, Role};

/// Words before the name of a person.
const PERSON_CUES: [&str; 16] = [
    "for",
    "named",
    "called",
    "passenger",
    "passengers",
    "traveller",
    "traveler",
    "guest",
    "customer",
    "person",
    "is",
    "am",
    "i'm",
    "invite",
    "with",
    "user",
];

impl Filler<'_> {
    /// Quotations: "with the subject 'Lunch'".
    pub(super) fn fill_quotations(&mut self) {
        let accepts = |param: &Param| {
            matches!(param.role, Role::FreeText | Role::Other | Role::Person | Role::Place)
        };
        for at in self.view.quotations().collect::<Vec<_>>() {
            let mut open = self.unfilled_texts(accepts);
            let is_labeled = |leaf: &usize| {
                let word = stem(self.view.before(at));
                !word.is_empty() && self.param(*leaf).has_name_stem(&word)
            };
            open.sort_by_key(|leaf| {
                let param = self.param(*leaf);
                (!is_labeled(leaf), param.role != Role::FreeText, !param.required)
            });
            let Some(leaf) = open.first().copied().filter(|leaf| {
                let param = self.param(*leaf);
                is_labeled(leaf) || param.required || param.role == Role::FreeText
            }) else {
                continue;
            };
            self.view.claim(&(at..at + 1));
            let text = self.view.sentence.tokens[at].text.as_str();
            self.set(leaf, Value::from(text), HIGH);
        }
    }

    /// Names of people: "for Ada Lovelace".
    pub(super) fn fill_people(&mut self) {
        for leaf in self.unfilled_texts(|param| param.role == Role::Person) {
            let name_after = |at: usize| {
                PERSON_CUES
                    .contains(&self.view.lower(at))
                    .then(|| self.view.capitalized_name_at(at + 1))
                    .flatten()
            };
            let mut found = self.view.range.clone().find_map(name_after);
            if found.is_none() && self.hints.is_follow_up {
                found = self.view.bare_name();
            }
            if let Some(range) = found {
                self.set_name(leaf, &range, MEDIUM);
            }
        }
    }

    /// Labeled values: "subject: Lunch", "order number 4711", "on Delta" for an airline.
    pub(super) fn fill_labeled(&mut self) {
        for leaf in self.unfilled_texts(|param| {
            !matches!(param.role, Role::Date | Role::EndDate | Role::Time | Role::Email)
        }) {
            let param = self.param(leaf);
            let carrier = (param.role == Role::Carrier).then(|| self.carrier()).flatten();
            if let Some(range) = carrier.or_else(|| self.after_label(param)) {
                let token = &self.view.sentence.tokens[range.start];
                let text = match token.kind {
                    TokenKind::Quoted => token.text.clone(),
                    _ => self.view.sentence.slice(&range).trim_start_matches('#').to_owned(),
                };
                self.view.claim(&range);
                self.set(leaf, Value::from(text), HIGH);
            }
        }
    }

    fn carrier(&self) -> Option<Range<usize>> {
        let is_cue = |at: &usize| matches!(self.view.lower(*at), "on" | "with" | "by");
        self.view.range.clone().filter(is_cue).find_map(|at| self.view.capitalized_name_at(at + 1))
    }

    /// Returns the value after a word of the parameter's name.
    fn after_label(&self, param: &Param) -> Option<Range<usize>> {
        let view = &self.view;
        view.range.clone().find_map(|at| {
            let word = stem(view.lower(at));
            if word.is_empty()
                || matches!(word.as_str(), "id" | "number")
                || !param.has_name_stem(&word)
            {
                return None;
            }
            let mut value = at + 1;
            // Whether a word such as "is" links the label and the value.
            let mut linked = false;
            while matches!(
                view.lower(value),
                "is" | "=" | "id" | "number" | "no" | "called" | "named" | "as"
            ) || view.token(value).is_some_and(|token| token.text == ":")
            {
                linked = linked || !matches!(view.lower(value), "id" | "number" | "no");
                value += 1;
            }
            let token = view.token(value).filter(|_| view.is_free(value))?;
            let digits = token.text.chars().any(|letter| letter.is_ascii_digit());
            match token.kind {
                TokenKind::Quoted => Some(value..value + 1),
                TokenKind::Word if param.role == Role::FlightCode && !digits => None,
                TokenKind::Word if digits && !view.is_tool_word(value) => Some(value..value + 1),
                TokenKind::Word if token.is_capitalized() && value > at => {
                    view.capitalized_name_at(value)
                }
                TokenKind::Word if linked => view.name_at(value),
                _ => None,
            }
        })
    }

    /// Free text after the command: "search for …", "remind me to …".
    pub(super) fn fill_free_text(&mut self) {
        for leaf in self.unfilled_texts(|param| param.role == Role::FreeText) {
            if !self.leaves[leaf].required {
                continue;
            }
            let is_formula = ["expression", "formula"]
                .iter()
                .any(|word| self.param(leaf).has_name_stem(&stem(word)));
            let range = if is_formula { self.formula() } else { self.tail() };
            let Some(range) = range else { continue };
            let text = self.view.sentence.slice(&range).trim().to_owned();
            if !text.is_empty() {
                self.view.claim(&range);
                self.set(leaf, Value::from(text), LOW);
            }
        }
    }

    /// Returns the tokens from the first to the last with a digit.
    fn formula(&self) -> Option<Range<usize>> {
        let has_digit = |at: &usize| {
            self.view
                .token(*at)
                .is_some_and(|token| token.text.chars().any(|letter| letter.is_ascii_digit()))
        };
        let first = self.view.range.clone().find(has_digit)?;
        let last = self.view.range.clone().rfind(has_digit)?;
        Some(first..last + 1)
    }

    /// Returns the tokens after the command, without linking words at both ends.
    fn tail(&self) -> Option<Range<usize>> {
        let view = &self.view;
        let is_command = |at: &usize| {
            view.is_tool_word(*at)
                || lexicon::is_command(view.lower(*at))
                || matches!(view.lower(*at), "about" | "google")
        };
        let mut start = view.range.clone().find(is_command)? + 1;
        let is_link = |word: &str| {
            matches!(
                word,
                "for"
                    | "up"
                    | "about"
                    | "that"
                    | "me"
                    | "us"
                    | "to"
                    | "the"
                    | "web"
                    | "internet"
                    | "on"
                    | "online"
                    | "a"
                    | "of"
            )
        };
        while is_link(view.lower(start))
            || view.is_tool_word(start)
            || view.token(start).is_some_and(|t| t.kind == TokenKind::Punctuation)
        {
            start += 1;
        }
        let mut end = view.range.end;
        let is_trailing = |at: usize| {
            view.token(at).is_some_and(|token| token.kind == TokenKind::Punctuation)
                || matches!(view.lower(at), "please" | "and" | "thanks")
                || !view.is_free(at)
        };
        while end > start && is_trailing(end - 1) {
            end -= 1;
        }
        (end > start).then_some(start..end)
    }

    /// Replies to the last question, such as "A-17". Also names, for required parameters without a cue.
    pub(super) fn fill_replies(&mut self) {
        for leaf in self.unfilled_texts(|param| {
            matches!(param.role, Role::Other | Role::FreeText | Role::Carrier | Role::FlightCode)
        }) {
            let asked =
                self.hints.missing.first().is_some_and(|label| *label == self.param(leaf).label());
            let required = self.leaves[leaf].required;
            let first_name = || {
                let after_first = self.view.range.start + 1..self.view.range.end;
                after_first.filter_map(|at| self.view.capitalized_name_at(at)).next()
            };
            if asked && self.hints.is_follow_up {
                let is_usable = |at: &usize| {
                    self.view.is_free(*at)
                        && self
                            .view
                            .token(*at)
                            .is_some_and(|token| token.kind != TokenKind::Punctuation)
                };
                let first = self.view.range.clone().find(is_usable);
                let last = self.view.range.clone().rfind(is_usable);
                if let (Some(first), Some(last)) = (first, last) {
                    let range = first..last + 1;
                    let text = self.view.sentence.slice(&range).to_owned();
                    let digits = text.chars().any(|letter| letter.is_ascii_digit());
                    if self.param(leaf).role == Role::FlightCode && !digits {
                        continue;
                    }
                    self.view.claim(&range);
                    self.set(leaf, Value::from(text), LOW);
                }
            } else if required
                && self.param(leaf).role == Role::Other
                && let Some(range) = first_name()
            {
                self.set_name(leaf, &range, LOW);
            }
        }
    }
}
