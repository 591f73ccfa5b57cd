//! From a message to the calls that it asks for: parts, what each part carries over, and what came before.

mod merge;
mod recall;

use std::ops::Range;

use serde_json::{Map, Value};

use super::choose::{Catalogue, Choice};
use super::clauses;
use super::dates::Almanac;
use super::fill::{Hints, fill};
use super::lexicon;
use super::marks::Sentence;
use super::schema::{Shape, lacks};
use super::text::Kind;
use merge::{clash, merge};
use recall::recalled;

/// A call that a message asks for, with the arguments that are known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Want {
    pub(super) tool: usize,
    pub(super) args: Map<String, Value>,
    /// Labels of what is required and unknown.
    pub(super) missing: Vec<String>,
    /// Whether the part points at something said before ("its", "the second one").
    pub(super) points: bool,
    /// Which of several results it points at.
    pub(super) ordinal: usize,
}

/// How many letters of a message are looked at; what is pasted below a request is not part of it.
const MOST_LETTERS: usize = 2_000;

/// Plans a message in the light of the last thing wanted before it.
pub(super) fn plan(
    message: &str,
    catalogue: &Catalogue,
    memory: Option<&Want>,
    almanac: &Almanac,
) -> Vec<Want> {
    let end = message.char_indices().nth(MOST_LETTERS).map_or(message.len(), |(at, _)| at);
    let sentence = Sentence::read(&message[..end]);
    let first = clauses::split(&sentence).first().map_or(0, |part| part.end);
    // "There" in the first part is a place of an earlier message; later on, one of this message.
    if let Some(told) = memory.and_then(|memory| recalled(&sentence, catalogue, memory, 0..first)) {
        return Planner::run(&told, catalogue, memory, almanac);
    }
    let wants = Planner::run(&sentence, catalogue, memory, almanac);
    let later = first..sentence.tokens.len();
    match wants.first().or(memory).and_then(|want| recalled(&sentence, catalogue, want, later)) {
        Some(told) => Planner::run(&told, catalogue, memory, almanac),
        None => wants,
    }
}

struct Planner<'a> {
    sentence: &'a Sentence,
    catalogue: &'a Catalogue,
    memory: Option<&'a Want>,
    almanac: &'a Almanac,
    /// What is wanted, with the stretch that says so.
    wants: Vec<(Want, Range<usize>)>,
    /// Where a stretch begins for which no tool has been found yet.
    pending: Option<usize>,
}

impl<'a> Planner<'a> {
    fn run(
        sentence: &'a Sentence,
        catalogue: &'a Catalogue,
        memory: Option<&'a Want>,
        almanac: &'a Almanac,
    ) -> Vec<Want> {
        let mut planner =
            Self { sentence, catalogue, memory, almanac, wants: Vec::new(), pending: None };
        for part in clauses::split(sentence) {
            planner.part(part);
        }
        planner.finish()
    }

    fn part(&mut self, part: Range<usize>) {
        let fresh = Hints { almanac: self.almanac, follows: false, wanted: &[] };
        let mut choice = self.catalogue.choose(self.sentence, &part, &fresh);
        let mut range = part.clone();
        if let Some(start) = self.pending {
            let wider = start..part.end;
            let widened = self.catalogue.choose(self.sentence, &wider, &fresh);
            if widened.is_some() {
                (choice, range) = (widened, wider);
            }
        }
        let current = self.wants.last().map(|(want, _)| want.tool);
        let absorbs = current.is_some_and(|tool| self.catalogue.tools[tool].absorbs());
        match choice {
            Some(choice) if current != Some(choice.tool) && (choice.ready || !absorbs) => {
                self.begin(choice, range);
            }
            _ if current.is_some() => self.go_on(&part),
            _ => self.recall(&part),
        }
    }

    fn begin(&mut self, choice: Choice, range: Range<usize>) {
        self.pending = None;
        let mut want = self.want(choice.tool, choice.filled.args, &range);
        if let Some(memory) = self.memory.filter(|_| self.wants.is_empty()) {
            let same = memory.tool == want.tool;
            if same || want.points {
                self.take_over(&mut want, &memory.args);
            }
        }
        self.wants.push((want, range));
    }

    /// A part that names no other tool: more about the current call, or the same once more.
    fn go_on(&mut self, part: &Range<usize>) {
        let Some((current, said)) = self.wants.last().cloned() else { return };
        let tool = &self.catalogue.tools[current.tool];
        let lists = tool.parameters.iter().any(|param| matches!(param.shape, Shape::List(_)));
        let quoted = self.sentence.tokens[part.clone()]
            .iter()
            .find(|token| !lexicon::is_function(&token.lower));
        let quoted = quoted.is_some_and(|token| token.kind == Kind::Quoted);
        if tool.absorbs() && (lists || !quoted) {
            let merged = said.start..part.end;
            let fresh = Hints { almanac: self.almanac, follows: false, wanted: &[] };
            let filled = fill(tool, self.sentence, merged.clone(), &fresh);
            let want = self.want(current.tool, filled.args, &merged);
            self.replace_last(want, merged);
            return;
        }
        let hints = Hints { almanac: self.almanac, follows: true, wanted: &current.missing };
        let values = fill(tool, self.sentence, part.clone(), &hints).args;
        let clashes = values
            .iter()
            .any(|(key, value)| current.args.get(key).is_some_and(|known| clash(known, value)));
        if clashes {
            let mut want = self.want(current.tool, values, part);
            self.take_over(&mut want, &current.args);
            self.wants.push((want, part.clone()));
        } else if !values.is_empty() {
            let mut args = current.args;
            merge(&mut args, values);
            let merged = said.start..part.end;
            let want = self.want(current.tool, args, &merged);
            self.replace_last(want, merged);
        }
    }

    /// A part that names no tool at all: it may go on with what was wanted in an earlier message.
    fn recall(&mut self, part: &Range<usize>) {
        if let Some(memory) = self.memory.filter(|memory| self.is_elliptical(part, memory)) {
            let tool = &self.catalogue.tools[memory.tool];
            let hints = Hints { almanac: self.almanac, follows: true, wanted: &memory.missing };
            let values = fill(tool, self.sentence, part.clone(), &hints).args;
            if !values.is_empty() {
                let mut args = memory.args.clone();
                merge(&mut args, values);
                let want = self.want(memory.tool, args, part);
                self.wants.push((want, part.clone()));
                self.pending = None;
                return;
            }
        }
        let says = |at: usize| {
            let token = &self.sentence.tokens[at];
            token.kind == Kind::Quoted
                || (token.kind == Kind::Word
                    && !lexicon::is_function(&token.lower)
                    && !lexicon::is_command(&token.lower))
        };
        if part.clone().any(says) {
            self.pending.get_or_insert(part.start);
        }
    }

    /// Whether a part is short of words in the way in which a follow-up is.
    fn is_elliptical(&self, part: &Range<usize>, memory: &Want) -> bool {
        // The "And" that a follow-up opens with separates, so that it stands before the part.
        let tokens = &self.sentence.tokens;
        let led = part.start.checked_sub(1).filter(|at| {
            let opens = at.checked_sub(1).is_none_or(|earlier| tokens[earlier].kind == Kind::Break);
            opens && tokens[*at].kind == Kind::Word
        });
        let opening = &tokens[led.unwrap_or(part.start)];
        let words: Vec<_> = self.sentence.tokens[part.clone()]
            .iter()
            .filter(|token| token.kind != Kind::Break)
            .collect();
        let second = words.get(1).map_or("", |token| token.lower.as_str());
        let first = words.first().map_or("", |token| token.lower.as_str());
        let opens = matches!(
            opening.lower.as_str(),
            "and" | "or" | "also" | "then" | "but" | "instead" | "plus"
        );
        let about = matches!(first, "what" | "how") && matches!(second, "about" | "if");
        let commands = lexicon::is_command(first);
        let solid =
            words.iter().any(|token| token.is_capital() && !lexicon::is_function(&token.lower))
                || self.sentence.marks.iter().any(|mark| part.contains(&mark.range.start));
        let questions = matches!(
            first,
            "who"
                | "what"
                | "when"
                | "where"
                | "why"
                | "which"
                | "how"
                | "is"
                | "are"
                | "do"
                | "does"
                | "can"
        );
        let short = words.len() <= 3
            && !commands
            && !questions
            && (solid || matches!(first, "to" | "from" | "in" | "on" | "at"));
        let short = short && self.pending.is_none();
        opens || about || short || (!memory.missing.is_empty() && !commands && !questions)
    }

    fn want(&self, tool: usize, args: Map<String, Value>, range: &Range<usize>) -> Want {
        let words = || self.sentence.tokens[range.clone()].iter().map(|token| token.lower.as_str());
        let one = words()
            .zip(words().skip(1))
            .find(|(_, next)| matches!(*next, "one" | "flight" | "result" | "option"));
        let ordinal = one.and_then(|(word, _)| lexicon::ordinal(word));
        let missing = lacks(&self.catalogue.tools[tool].parameters, &args);
        let points = ordinal.is_some() || words().any(lexicon::points_back);
        Want { tool, args, missing, points, ordinal: ordinal.unwrap_or(0) }
    }

    fn replace_last(&mut self, want: Want, range: Range<usize>) {
        if let Some(last) = self.wants.last_mut() {
            *last = (want, range);
        }
    }

    /// Takes what is required and missing from other arguments.
    fn take_over(&self, want: &mut Want, from: &Map<String, Value>) {
        let parameters = &self.catalogue.tools[want.tool].parameters;
        for param in parameters.iter().filter(|param| param.required) {
            if let Some(value) =
                from.get(&param.name).filter(|_| !want.args.contains_key(&param.name))
            {
                want.args.insert(param.name.clone(), value.clone());
            }
        }
        want.missing = lacks(parameters, &want.args);
    }

    fn finish(mut self) -> Vec<Want> {
        if self.wants.is_empty() {
            let fresh = Hints { almanac: self.almanac, follows: false, wanted: &[] };
            let whole = 0..self.sentence.tokens.len();
            if let Some(choice) = self.catalogue.choose(self.sentence, &whole, &fresh) {
                self.begin(choice, whole);
            }
        }
        // "from New York and Boston to Seattle": the first lacks what the second says.
        for at in (1..self.wants.len()).rev() {
            let (next_tool, next_args) = (self.wants[at].0.tool, self.wants[at].0.args.clone());
            if self.wants[at - 1].0.tool == next_tool && !self.wants[at - 1].0.missing.is_empty() {
                let mut want = self.wants[at - 1].0.clone();
                self.take_over(&mut want, &next_args);
                self.wants[at - 1].0 = want;
            }
        }
        let mut wants: Vec<Want> = Vec::new();
        for (want, _) in self.wants {
            let known =
                wants.iter().any(|other| other.tool == want.tool && other.args == want.args);
            if !known {
                wants.push(want);
            }
        }
        wants
    }
}
