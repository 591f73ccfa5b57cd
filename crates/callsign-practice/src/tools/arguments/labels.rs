//! Labels of numbers: the words that name the parameter of a number, before or after it.

use std::ops::Range;

use crate::language::lexicon::{self, stem};
use crate::language::span_view::SpanView;
use crate::tools::schema::Param;

/// The words that name the parameter of a number.
#[derive(Clone, Debug)]
pub(super) struct Label {
    /// Index in the given parameters.
    pub(super) param: usize,
    pub(super) tokens: Range<usize>,
}

impl Label {
    pub(super) fn covers(&self, at: usize) -> bool {
        self.tokens.contains(&at)
    }
}

/// Returns the label of each number, in order. `numbers` are token indices.
///
/// Between two numbers, as in "x 8 y 0" and "3 adults 2 children", a word can be the label of either. Reading from left
/// to right decides: it belongs to the number before it, unless that number has a label already.
pub(super) fn find(
    view: &SpanView<'_>,
    params: &[(&Param, bool)],
    numbers: &[usize],
) -> Vec<Option<Label>> {
    let mut labels: Vec<Option<Label>> = Vec::new();
    for number in numbers {
        let found = Finder { view, params, labels: &labels };
        let label = found.before(*number).or_else(|| found.after(*number));
        labels.push(label);
    }
    labels
}

struct Finder<'a> {
    view: &'a SpanView<'a>,
    params: &'a [(&'a Param, bool)],
    /// The labels of the numbers to the left.
    labels: &'a [Option<Label>],
}

impl Finder<'_> {
    /// Returns the label in "x 8", "x = 8", "x is 8" or "min price: 8".
    fn before(&self, number: usize) -> Option<Label> {
        let mut end = number;
        for _ in 0..3 {
            if let Some(label) = self.longest(|at| at.checked_sub(1), end) {
                return Some(label);
            }
            end = end.checked_sub(1).filter(|at| self.is_link(*at))?;
        }
        None
    }

    /// Returns the label in "3 adults".
    fn after(&self, number: usize) -> Option<Label> {
        let label = self.longest(|at| Some(at + 1), number)?;
        // In "from 3 to 8", the "to" belongs to the 8.
        let is_grammar = lexicon::is_function_word(self.view.lower(number + 1));
        (!is_grammar).then_some(label)
    }

    /// Returns the label with the most words, from next to `from` on. Of several parameters with the same words, the
    /// first one without a number is meant.
    fn longest(&self, next: impl Fn(usize) -> Option<usize>, from: usize) -> Option<Label> {
        let mut best: Option<(bool, Label)> = None;
        for (param, (candidate, _)) in self.params.iter().enumerate() {
            let words = std::iter::successors(next(from), |at| next(*at))
                .take_while(|at| !self.is_taken(*at) && names(candidate, self.view.lower(*at)));
            let Some((first, last)) = words.fold(None, |span: Option<(usize, usize)>, at| {
                Some(span.map_or((at, at), |(first, _)| (first, at)))
            }) else {
                continue;
            };
            let tokens = first.min(last)..first.max(last) + 1;
            let is_open = !self.labels.iter().flatten().any(|label| label.param == param);
            let is_better = best.as_ref().is_none_or(|(other_is_open, other)| {
                (tokens.len(), is_open) > (other.tokens.len(), *other_is_open)
            });
            if is_better {
                best = Some((is_open, Label { param, tokens }));
            }
        }
        best.map(|(_, label)| label)
    }

    fn is_taken(&self, at: usize) -> bool {
        self.labels.iter().flatten().any(|label| label.covers(at))
    }

    fn is_link(&self, at: usize) -> bool {
        let links = ["is", "=", "of", "to", "number", "be", "with", "a", "an"];
        let is_colon = self.view.token(at).is_some_and(|token| token.text == ":");
        !self.is_taken(at) && (is_colon || links.contains(&self.view.lower(at)))
    }
}

/// Whether a word is the name of a parameter, or one of its words. Function words, such as the `to` of a range, must be
/// its whole name.
fn names(param: &Param, word: &str) -> bool {
    let has_word = || !lexicon::is_function_word(word) && param.has_name_stem(&stem(word));
    !word.is_empty() && (param.name.eq_ignore_ascii_case(word) || has_word())
}
