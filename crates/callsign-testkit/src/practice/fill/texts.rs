//! Text arguments: quotations, names of people, labelled values, and the rest of a sentence.

use std::ops::Range;

use serde_json::Value;

use super::{FAIR, Filler, SURE, WEAK};
use crate::practice::lexicon::{self, stem};
use crate::practice::schema::{Param, Role};
use crate::practice::text::Kind;

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
    pub(super) fn quotations(&mut self) {
        let takes = |param: &Param| {
            matches!(param.role, Role::FreeText | Role::Plain | Role::Person | Role::Place)
        };
        for at in self.view.quotations().collect::<Vec<_>>() {
            let mut open = self.open(takes);
            let labelled = |leaf: &usize| {
                let word = stem(self.view.before(at));
                !word.is_empty() && self.param(*leaf).named(&word)
            };
            open.sort_by_key(|leaf| {
                let param = self.param(*leaf);
                (!labelled(leaf), param.role != Role::FreeText, !param.required)
            });
            let Some(leaf) = open.first().copied().filter(|leaf| {
                let param = self.param(*leaf);
                labelled(leaf) || param.required || param.role == Role::FreeText
            }) else {
                continue;
            };
            self.view.claim(&(at..at + 1));
            let text = self.view.sentence.tokens[at].text.as_str();
            self.set(leaf, Value::from(text), SURE);
        }
    }

    pub(super) fn people(&mut self) {
        for leaf in self.open(|param| param.role == Role::Person) {
            let after = |at: usize| {
                PERSON_CUES
                    .contains(&self.view.lower(at))
                    .then(|| self.view.capital_at(at + 1))
                    .flatten()
            };
            let mut found = self.view.range.clone().find_map(after);
            if found.is_none() && self.hints.follows {
                found = self.view.bare_name();
            }
            if let Some(range) = found {
                self.name(leaf, &range, FAIR);
            }
        }
    }

    /// "subject: Lunch", "order number 4711", "on Delta" for an airline.
    pub(super) fn labelled(&mut self) {
        for leaf in
            self.open(|param| !matches!(param.role, Role::Date(_) | Role::Time | Role::Email))
        {
            let param = self.param(leaf);
            let carrier = (param.role == Role::Carrier).then(|| self.carrier()).flatten();
            if let Some(range) = carrier.or_else(|| self.after_label(param)) {
                let token = &self.view.sentence.tokens[range.start];
                let text = match token.kind {
                    Kind::Quoted => token.text.clone(),
                    _ => self.view.sentence.slice(&range).trim_start_matches('#').to_owned(),
                };
                self.view.claim(&range);
                self.set(leaf, Value::from(text), SURE);
            }
        }
    }

    fn carrier(&self) -> Option<Range<usize>> {
        let cue = |at: &usize| matches!(self.view.lower(*at), "on" | "with" | "by");
        self.view.range.clone().filter(cue).find_map(|at| self.view.capital_at(at + 1))
    }

    fn after_label(&self, param: &Param) -> Option<Range<usize>> {
        let view = &self.view;
        view.range.clone().find_map(|at| {
            let word = stem(view.lower(at));
            if word.is_empty() || matches!(word.as_str(), "id" | "number") || !param.named(&word) {
                return None;
            }
            let mut value = at + 1;
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
                Kind::Quoted => Some(value..value + 1),
                Kind::Word if param.role == Role::FlightCode && !digits => None,
                Kind::Word if digits && !view.is_noun(value) => Some(value..value + 1),
                Kind::Word if token.is_capital() && value > at => view.capital_at(value),
                Kind::Word if linked => view.name_at(value),
                _ => None,
            }
        })
    }

    /// What follows the request itself: "search for …", "say …".
    pub(super) fn free_text(&mut self) {
        for leaf in self.open(|param| param.role == Role::FreeText) {
            if !self.leaves[leaf].required {
                continue;
            }
            let formula =
                ["expression", "formula"].iter().any(|word| self.param(leaf).named(&stem(word)));
            let range = if formula { self.formula() } else { self.tail() };
            let Some(range) = range else { continue };
            let text = self.view.sentence.slice(&range).trim().to_owned();
            if !text.is_empty() {
                self.view.claim(&range);
                self.set(leaf, Value::from(text), WEAK);
            }
        }
    }

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

    fn tail(&self) -> Option<Range<usize>> {
        let view = &self.view;
        let asks = |at: &usize| {
            view.is_noun(*at)
                || lexicon::is_command(view.lower(*at))
                || matches!(view.lower(*at), "about" | "google")
        };
        let mut start = view.range.clone().find(asks)? + 1;
        let links = |word: &str| {
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
        while links(view.lower(start))
            || view.is_noun(start)
            || view.token(start).is_some_and(|t| t.kind == Kind::Break)
        {
            start += 1;
        }
        let mut end = view.range.end;
        let spent = |at: usize| {
            view.token(at).is_some_and(|token| token.kind == Kind::Break)
                || matches!(view.lower(at), "please" | "and" | "thanks")
                || !view.is_free(at)
        };
        while end > start && spent(end - 1) {
            end -= 1;
        }
        (end > start).then_some(start..end)
    }

    /// A bare answer to the question that was asked last, and names for what is required and has no cue.
    pub(super) fn answers(&mut self) {
        for leaf in self.open(|param| {
            matches!(param.role, Role::Plain | Role::FreeText | Role::Carrier | Role::FlightCode)
        }) {
            let asked =
                self.hints.wanted.first().is_some_and(|label| *label == self.param(leaf).label());
            let required = self.leaves[leaf].required;
            let name = || {
                let after_first = self.view.range.start + 1..self.view.range.end;
                after_first.filter_map(|at| self.view.capital_at(at)).next()
            };
            if asked && self.hints.follows {
                let free = |at: &usize| {
                    self.view.is_free(*at)
                        && self.view.token(*at).is_some_and(|token| token.kind != Kind::Break)
                };
                let first = self.view.range.clone().find(free);
                let last = self.view.range.clone().rfind(free);
                if let (Some(first), Some(last)) = (first, last) {
                    let range = first..last + 1;
                    let text = self.view.sentence.slice(&range).to_owned();
                    let digits = text.chars().any(|letter| letter.is_ascii_digit());
                    if self.param(leaf).role == Role::FlightCode && !digits {
                        continue;
                    }
                    self.view.claim(&range);
                    self.set(leaf, Value::from(text), WEAK);
                }
            } else if required
                && self.param(leaf).role == Role::Plain
                && let Some(range) = name()
            {
                self.name(leaf, &range, WEAK);
            }
        }
    }
}
