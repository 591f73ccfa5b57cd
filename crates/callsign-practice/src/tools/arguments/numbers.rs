//! Assigns the numbers of a sentence to number parameters.

use super::labels::{self, Label};
use crate::language::entities::{Entity, EntityKind};
use crate::language::lexicon::{self, stem};
use crate::language::span_view::SpanView;
use crate::tools::schema::{Param, Shape};

/// A number that is assigned to a parameter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NumberAssignment {
    /// Index in the given parameters.
    pub(super) param: usize,
    pub(super) value: f64,
    /// Whether the words around the number refer to the parameter.
    pub(super) has_cue: bool,
}

struct Candidate {
    /// Token index.
    at: usize,
    value: f64,
    currency: bool,
}

/// Assigns the unclaimed numbers: those with the strongest cues first, then the rest to required parameters. Each of
/// `params` has a flag for whether it is required.
pub(super) fn assign(view: &mut SpanView<'_>, params: &[(&Param, bool)]) -> Vec<NumberAssignment> {
    let candidates = candidates(view);
    let labels = find_labels(view, params, &candidates);
    let mut pairs: Vec<(u32, usize, usize)> = Vec::new();
    for (which, (param, required)) in params.iter().enumerate() {
        for (number, candidate) in
            candidates.iter().enumerate().filter(|(_, found)| is_within_bounds(param, found.value))
        {
            let label = labels[number].as_ref();
            if label.is_some_and(|label| label.param != which) {
                continue;
            }
            let cues = Cues { view, at: candidate.at, labels: &labels, own: label };
            let score = affinity(&cues, param, candidate);
            if score > 0 || *required {
                pairs.push((score, which, number));
            }
        }
    }
    pairs.sort_by(|left, right| {
        right.0.cmp(&left.0).then(left.1.cmp(&right.1)).then(left.2.cmp(&right.2))
    });
    let mut assignments: Vec<NumberAssignment> = Vec::new();
    let mut used: Vec<usize> = Vec::new();
    for (score, param, number) in pairs {
        if used.contains(&number) || assignments.iter().any(|assigned| assigned.param == param) {
            continue;
        }
        let candidate = &candidates[number];
        used.push(number);
        view.claim(&(candidate.at..candidate.at + 1));
        assignments.push(NumberAssignment { param, value: candidate.value, has_cue: score > 0 });
    }
    assignments.extend(implied_one(view, params, &assignments));
    assignments
}

/// Marks the labels of all numbers, so that they become no names.
pub(super) fn mark_labels(view: &mut SpanView<'_>, params: &[(&Param, bool)]) {
    let candidates = candidates(view);
    for label in find_labels(view, params, &candidates).into_iter().flatten() {
        view.mark_label(&label.tokens);
    }
}

/// Returns the unclaimed numbers. A number word in the tool's name, as in "sum three", is none.
fn candidates(view: &SpanView<'_>) -> Vec<Candidate> {
    let candidate = |entity: &Entity| {
        let EntityKind::Number(value) = entity.kind else { return None };
        let at = entity.range.start;
        let text = &view.sentence.tokens[at].text;
        let currency = text.starts_with(['$', '\u{20ac}', '\u{a3}']);
        let is_tool_word = view.is_tool_word(at) && !text.contains(|c: char| c.is_ascii_digit());
        (!is_tool_word).then_some(Candidate { at, value, currency })
    };
    view.entities().filter_map(candidate).collect()
}

fn find_labels(
    view: &SpanView<'_>,
    params: &[(&Param, bool)],
    candidates: &[Candidate],
) -> Vec<Option<Label>> {
    let positions: Vec<usize> = candidates.iter().map(|found| found.at).collect();
    labels::find(view, params, &positions)
}

/// Whether a number is within the bounds of a parameter.
pub(super) fn is_within_bounds(param: &Param, value: f64) -> bool {
    match param.shape {
        Shape::Integer { minimum, maximum } => {
            value.fract() == 0.0 && value.abs() < 9e15 && (minimum..=maximum).contains(&value)
        }
        Shape::Number { minimum, maximum } => (minimum..=maximum).contains(&value),
        _ => false,
    }
}

/// The words around a number.
struct Cues<'a> {
    view: &'a SpanView<'a>,
    /// Token index of the number.
    at: usize,
    /// The labels of all numbers. Labels of other numbers are no cues for this one.
    labels: &'a [Option<Label>],
    own: Option<&'a Label>,
}

impl<'a> Cues<'a> {
    fn word(&self, at: usize) -> &'a str {
        let is_own = self.own.is_some_and(|label| label.covers(at));
        let is_taken = self.labels.iter().flatten().any(|label| label.covers(at));
        if is_taken && !is_own { "" } else { self.view.lower(at) }
    }

    fn next(&self) -> &'a str {
        self.word(self.at + 1)
    }

    /// Returns the word before the number and its linking words.
    fn before(&self) -> &'a str {
        let is_link =
            |word: &str| matches!(word, "is" | "of" | "to" | "number" | "be" | "with" | "a" | "an");
        let back = (1..=2)
            .find(|back| self.at >= *back && !is_link(self.view.lower(self.at - *back)))
            .unwrap_or(1);
        self.at.checked_sub(back).map_or("", |at| self.word(at))
    }
}

/// Returns how strongly the words around a number refer to a parameter.
fn affinity(cues: &Cues<'_>, param: &Param, candidate: &Candidate) -> u32 {
    let (view, at) = (cues.view, candidate.at);
    let (before, next) = (cues.before(), stem(cues.next()));
    let described: Vec<String> = param
        .description
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !lexicon::is_function_word(&word.to_lowercase()) && word.len() > 2)
        .map(stem)
        .collect();
    let has = |list: &[&str]| param.words.iter().any(|word| list.contains(&word.as_str()));
    // A number whose label names another parameter is not compared with this one.
    let mut score = if cues.own.is_some() { 8 } else { 0 };
    let is_content_word = |word: &str| !word.is_empty() && !lexicon::is_function_word(word);
    if is_content_word(&next) {
        score += if param.has_name_stem(&next) { 6 } else { 0 }
            + if described.contains(&next) { 4 } else { 0 };
    }
    if is_content_word(before) {
        score += if param.has_name_stem(&stem(before)) { 5 } else { 0 }
            + if described.contains(&stem(before)) { 2 } else { 0 };
    }
    if is_count(param) {
        score += if matches!(
            before,
            "top" | "first" | "limit" | "most" | "maximum" | "next" | "last" | "only"
        ) {
            5
        } else {
            0
        };
        score += if view.is_tool_word(at + 1)
            || matches!(view.lower(at + 1), "results" | "times" | "options")
        {
            3
        } else {
            0
        };
    }
    if has(&["age"])
        && (matches!(before, "aged" | "age")
            || matches!(view.lower(at + 1), "years" | "year" | "old"))
    {
        score += 6;
    }
    if has(&["price", "budget", "cost", "amount", "fare", "money"]) {
        let is_bound = matches!(before, "under" | "below" | "than" | "budget" | "most" | "for");
        score += if candidate.currency { 6 } else { 0 } + if is_bound { 3 } else { 0 };
    }
    score
}

/// Whether a parameter is a number of items.
fn is_count(param: &Param) -> bool {
    let words = [
        "limit",
        "max",
        "count",
        "n",
        "top",
        "number",
        "results",
        "size",
        "quantity",
        "num",
        "passengers",
        "guests",
    ];
    param.words.iter().any(|word| words.contains(&word.as_str()))
        || param.description.to_lowercase().contains("how many")
}

/// Returns 1 for a required count without a number, if the span has an article: "roll a die".
fn implied_one(
    view: &SpanView<'_>,
    params: &[(&Param, bool)],
    assignments: &[NumberAssignment],
) -> Option<NumberAssignment> {
    let is_unassigned = |(which, (param, required)): &(usize, &(&Param, bool))| {
        *required
            && is_count(param)
            && is_within_bounds(param, 1.0)
            && !assignments.iter().any(|assigned| assigned.param == *which)
    };
    let (which, _) = params.iter().enumerate().find(is_unassigned)?;
    let is_article = |at: &usize| {
        matches!(view.lower(*at), "a" | "an") && (1..=3).any(|ahead| view.is_tool_word(at + ahead))
    };
    view.range.clone().any(|at| is_article(&at)).then_some(NumberAssignment {
        param: which,
        value: 1.0,
        has_cue: false,
    })
}
