//! Fills a tool's arguments from a span of a sentence. Values that the sentence does not give stay absent.

mod arrays;
mod labels;
mod leaves;
mod numbers;
mod text_values;
mod typed_values;

use std::ops::Range;

use serde_json::{Map, Value};

use self::leaves::{Leaf, assemble, collect};
use crate::language::dates::DateContext;
use crate::language::entities::Sentence;
use crate::language::locations;
use crate::language::span_view::SpanView;
use crate::tools::schema::{OfferedTool, Param, Role, Shape};

// The confidence of a value. The sum over all values is part of the tool's score.
const CERTAIN: f64 = 2.0;
const HIGH: f64 = 1.0;
const MEDIUM: f64 = 0.5;
const LOW: f64 = 0.3;

/// Context of the span that arguments are filled from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hints<'a> {
    pub(crate) dates: &'a DateContext,
    /// Whether the span continues a call of the same tool.
    pub(crate) is_follow_up: bool,
    /// Labels of the arguments that the continued call lacks.
    pub(crate) missing: &'a [String],
}

impl<'a> Hints<'a> {
    /// Hints for a span that does not continue another call.
    pub(crate) fn new(dates: &'a DateContext) -> Self {
        Self { dates, is_follow_up: false, missing: &[] }
    }
}

/// The arguments that a span gives.
#[derive(Clone, Debug, Default)]
pub(crate) struct FilledArguments {
    pub(crate) args: Map<String, Value>,
    /// The sum of the values' confidences.
    pub(crate) confidence: f64,
}

/// Fills the arguments of a tool from the tokens `range` of a sentence.
pub(crate) fn fill(
    tool: &OfferedTool,
    sentence: &Sentence,
    range: Range<usize>,
    hints: &Hints<'_>,
) -> FilledArguments {
    fill_params(&tool.parameters, &tool.name_stems, sentence, range, hints)
}

/// Fills any parameters, which need not belong to a tool. `name_stems` are the stems of the words in the tool's name.
pub(crate) fn fill_params(
    params: &[Param],
    name_stems: &[String],
    sentence: &Sentence,
    range: Range<usize>,
    hints: &Hints<'_>,
) -> FilledArguments {
    let mut leaves = collect(params);
    // What a continued call lacks is filled first: the "5" of "add 3 and 5" is the second operand.
    leaves.sort_by_key(|leaf| !hints.missing.contains(&leaf.param.label()));
    let values = vec![None; leaves.len()];
    let mut filler = Filler {
        view: SpanView::new(sentence, range, name_stems),
        leaves,
        values,
        hints: *hints,
        confidence: 0.0,
    };
    filler.run();
    FilledArguments {
        args: assemble(params, &mut Vec::new(), &filler.leaves, &filler.values),
        confidence: filler.confidence,
    }
}

struct Filler<'a> {
    view: SpanView<'a>,
    leaves: Vec<Leaf<'a>>,
    values: Vec<Option<Value>>,
    hints: Hints<'a>,
    confidence: f64,
}

impl<'a> Filler<'a> {
    /// Fills all leaves. The order matters: unambiguous values claim their tokens before values that accept any token.
    fn run(&mut self) {
        self.mark_number_labels();
        self.fill_constants();
        self.fill_enums();
        self.fill_emails();
        self.fill_flight_codes();
        self.fill_dates();
        self.fill_times();
        self.fill_arrays();
        self.fill_quotations();
        self.fill_people();
        self.fill_route();
        self.fill_places();
        self.fill_numbers();
        self.fill_booleans();
        self.fill_labeled();
        self.fill_free_text();
        self.fill_replies();
    }

    fn set(&mut self, leaf: usize, value: Value, confidence: f64) {
        self.values[leaf] = Some(value);
        self.confidence += confidence;
    }

    /// Returns the unfilled string leaves that pass a test.
    fn unfilled_texts(&self, test: impl Fn(&Param) -> bool) -> Vec<usize> {
        self.unfilled(|param| matches!(param.shape, Shape::String { .. }) && test(param))
    }

    /// Returns the unfilled leaves that pass a test.
    fn unfilled(&self, test: impl Fn(&Param) -> bool) -> Vec<usize> {
        (0..self.leaves.len())
            .filter(|at| self.values[*at].is_none() && test(self.leaves[*at].param))
            .collect()
    }

    fn param(&self, leaf: usize) -> &'a Param {
        self.leaves[leaf].param
    }

    fn fill_constants(&mut self) {
        for leaf in self.unfilled(|param| matches!(param.shape, Shape::Const(_))) {
            if let Shape::Const(value) = &self.param(leaf).shape {
                self.set(leaf, value.clone(), 0.0);
            }
        }
    }

    fn set_name(&mut self, leaf: usize, range: &Range<usize>, confidence: f64) {
        let text = self.view.name_text(range);
        self.view.claim(range);
        self.set(leaf, Value::from(text), confidence);
    }

    fn fill_route(&mut self) {
        let origin = self.unfilled_texts(|param| param.role == Role::Origin).first().copied();
        let destination =
            self.unfilled_texts(|param| param.role == Role::Destination).first().copied();
        if origin.is_none() && destination.is_none() {
            return;
        }
        let mut route = locations::find_route(&self.view);
        if origin.is_none() {
            route.origin = None;
        }
        for range in [&route.origin, &route.destination].into_iter().flatten() {
            self.view.claim(range);
        }
        if self.hints.is_follow_up && (route.origin.is_none() || route.destination.is_none()) {
            // A reply such as "Boston" to a question for the city.
            let bare = self.view.bare_name();
            let asked_for_origin =
                origin.is_some_and(|leaf| self.hints.missing.contains(&self.param(leaf).label()));
            if asked_for_origin && route.origin.is_none() {
                route.origin = bare;
            } else if route.destination.is_none() {
                route.destination = bare;
            }
        }
        for (leaf, range) in [(origin, route.origin), (destination, route.destination)] {
            if let (Some(leaf), Some(range)) = (leaf, range) {
                self.set_name(leaf, &range, HIGH);
            }
        }
    }

    fn fill_places(&mut self) {
        let has_route = self
            .leaves
            .iter()
            .any(|leaf| matches!(leaf.param.role, Role::Origin | Role::Destination));
        for leaf in
            self.unfilled_texts(|param| param.role == Role::Place && (param.required || !has_route))
        {
            let Some(mut range) = locations::find_place(&self.view) else { continue };
            let description = self.param(leaf).description.to_lowercase();
            if ["state", "country", ", ca"].iter().any(|part| description.contains(part)) {
                range = locations::with_qualifier(&self.view, &range);
            }
            self.set_name(leaf, &range, MEDIUM);
        }
    }
}
