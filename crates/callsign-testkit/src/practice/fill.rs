//! Filling a tool's arguments from a stretch of a sentence. Nothing is invented: what isn't said stays out.

mod leaves;
mod lists;
mod said;
mod texts;

use std::ops::Range;

use serde_json::{Map, Value};

use super::dates::Almanac;
use super::marks::Sentence;
use super::places;
use super::schema::{OfferedTool, Param, Role, Shape};
use super::view::View;
use leaves::{Leaf, assemble, collect};

/// How sure a value is; the sum speaks for the choice of a tool.
const CODE: f64 = 2.0;
const SURE: f64 = 1.0;
const FAIR: f64 = 0.5;
const WEAK: f64 = 0.3;

/// What is known beside the stretch itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hints<'a> {
    pub(super) almanac: &'a Almanac,
    /// Whether the stretch goes on with a call of the same tool.
    pub(super) follows: bool,
    /// Labels of what that call still lacks.
    pub(super) wanted: &'a [String],
}

/// The arguments that a stretch gives.
#[derive(Clone, Debug, Default)]
pub(super) struct Filled {
    pub(super) args: Map<String, Value>,
    /// How sure the values are, summed up.
    pub(super) strength: f64,
}

/// Fills the arguments of a tool from `range` of a sentence.
pub(super) fn fill(
    tool: &OfferedTool,
    sentence: &Sentence,
    range: Range<usize>,
    hints: &Hints<'_>,
) -> Filled {
    fill_params(&tool.parameters, &tool.nouns, sentence, range, hints)
}

/// Fills fields that need not be a tool's.
pub(super) fn fill_params(
    params: &[Param],
    nouns: &[String],
    sentence: &Sentence,
    range: Range<usize>,
    hints: &Hints<'_>,
) -> Filled {
    let leaves = collect(params);
    let values = vec![None; leaves.len()];
    let mut filler = Filler {
        view: View::new(sentence, range, nouns),
        leaves,
        values,
        hints: *hints,
        strength: 0.0,
    };
    filler.run();
    Filled {
        args: assemble(params, &mut Vec::new(), &filler.leaves, &filler.values),
        strength: filler.strength,
    }
}

struct Filler<'a> {
    view: View<'a>,
    leaves: Vec<Leaf<'a>>,
    values: Vec<Option<Value>>,
    hints: Hints<'a>,
    strength: f64,
}

impl<'a> Filler<'a> {
    /// The order matters: what is unmistakable claims its words before what would take any word.
    fn run(&mut self) {
        self.fixed();
        self.choices();
        self.emails();
        self.codes();
        self.dates();
        self.times();
        self.lists();
        self.quotations();
        self.people();
        self.route();
        self.places();
        self.numbers();
        self.booleans();
        self.labelled();
        self.free_text();
        self.answers();
    }

    fn set(&mut self, leaf: usize, value: Value, strength: f64) {
        self.values[leaf] = Some(value);
        self.strength += strength;
    }

    /// Unfilled leaves that take text and pass a test.
    fn open(&self, test: impl Fn(&Param) -> bool) -> Vec<usize> {
        self.open_shaped(|param| matches!(param.shape, Shape::Text { .. }) && test(param))
    }

    /// Unfilled leaves of any shape that pass a test.
    fn open_shaped(&self, test: impl Fn(&Param) -> bool) -> Vec<usize> {
        (0..self.leaves.len())
            .filter(|at| self.values[*at].is_none() && test(self.leaves[*at].param))
            .collect()
    }

    fn param(&self, leaf: usize) -> &'a Param {
        self.leaves[leaf].param
    }

    fn fixed(&mut self) {
        for leaf in self.open_shaped(|param| matches!(param.shape, Shape::Fixed(_))) {
            if let Shape::Fixed(value) = &self.param(leaf).shape {
                self.set(leaf, value.clone(), 0.0);
            }
        }
    }

    fn name(&mut self, leaf: usize, range: &Range<usize>, strength: f64) {
        let text = self.view.name_text(range);
        self.view.claim(range);
        self.set(leaf, Value::from(text), strength);
    }

    fn route(&mut self) {
        let origin = self.open(|param| param.role == Role::Origin).first().copied();
        let destination = self.open(|param| param.role == Role::Destination).first().copied();
        if origin.is_none() && destination.is_none() {
            return;
        }
        let mut route = places::route(&self.view);
        if origin.is_none() {
            route.origin = None;
        }
        for range in [&route.origin, &route.destination].into_iter().flatten() {
            self.view.claim(range);
        }
        if self.hints.follows && (route.origin.is_none() || route.destination.is_none()) {
            let bare = self.view.bare_name();
            let wants_origin =
                origin.is_some_and(|leaf| self.hints.wanted.contains(&self.param(leaf).label()));
            if wants_origin && route.origin.is_none() {
                route.origin = bare;
            } else if route.destination.is_none() {
                route.destination = bare;
            }
        }
        for (leaf, range) in [(origin, route.origin), (destination, route.destination)] {
            if let (Some(leaf), Some(range)) = (leaf, range) {
                self.name(leaf, &range, SURE);
            }
        }
    }

    fn places(&mut self) {
        let routed = self
            .leaves
            .iter()
            .any(|leaf| matches!(leaf.param.role, Role::Origin | Role::Destination));
        for leaf in self.open(|param| param.role == Role::Place && (param.required || !routed)) {
            let Some(mut range) = places::place(&self.view) else { continue };
            let description = self.param(leaf).description.to_lowercase();
            if ["state", "country", ", ca"].iter().any(|part| description.contains(part)) {
                range = places::qualified(&self.view, &range);
            }
            self.name(leaf, &range, FAIR);
        }
    }
}
