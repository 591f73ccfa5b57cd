//! Choosing a tool: the words of a sentence against the words of the tools that are offered.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::fill::{Filled, Hints, fill};
use super::lexicon::{is_function, is_generic, split_identifier, stem};
use super::marks::Sentence;
use super::schema::{OfferedTool, Param, Shape, lacks};

const IN_NAME: f64 = 3.0;
const IN_CHOICES: f64 = 1.5;
const IN_DESCRIPTION: f64 = 1.2;
const IN_PARAMETER: f64 = 1.0;
const IN_PARAMETER_DESCRIPTION: f64 = 0.5;
/// Words that only say that something is wanted count for this share.
const GENERIC_SHARE: f64 = 0.3;

/// From this sum on, a call whose arguments are all there is convincing.
const CONVINCING: f64 = 2.0;
/// From this weight of words in the name on, it is worth asking for missing arguments.
const WORTH_ASKING: f64 = 2.4;

/// With this weight of words in the name, one argument that is said makes asking for the others worth it.
const WORTH_A_TRY: f64 = 1.0;
/// What it counts when a word of the name is said in the very form that it has there.
const SAME_FORM: f64 = 1.0;

/// The offered tools, with the weights of their words.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub(super) tools: Vec<OfferedTool>,
    profiles: Vec<HashMap<String, f64>>,
    rarity: HashMap<String, f64>,
}

/// A tool that a stretch of a sentence speaks for.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) tool: usize,
    pub(super) filled: Filled,
    /// Whether nothing that is required is missing.
    pub(super) ready: bool,
    pub(super) score: f64,
}

impl Catalogue {
    /// Weighs the words of the tools: a word that all tools share says little.
    pub(super) fn new(tools: Vec<OfferedTool>) -> Self {
        let profiles: Vec<HashMap<String, f64>> = tools.iter().map(profile).collect();
        let mut counts: HashMap<String, usize> = HashMap::new();
        for word in profiles.iter().flat_map(HashMap::keys) {
            *counts.entry(word.clone()).or_default() += 1;
        }
        let all = tools.len() as f64;
        let rarity = counts
            .into_iter()
            .map(|(word, count)| (word, (1.0 + all / count as f64).ln() / (1.0 + all).ln()))
            .collect();
        Self { tools, profiles, rarity }
    }

    /// The tool that a stretch speaks for convincingly, if any does.
    pub(super) fn choose(
        &self,
        sentence: &Sentence,
        range: &Range<usize>,
        hints: &Hints<'_>,
    ) -> Option<Choice> {
        let words = stems(sentence, range);
        let mut best: Option<Choice> = None;
        for tool in 0..self.tools.len() {
            let choice = self.rate(tool, &words, sentence, range, hints);
            let better = |other: &Choice| choice.0.score > other.score;
            if choice.1 && best.as_ref().is_none_or(better) {
                best = Some(choice.0);
            }
        }
        best
    }

    /// The best tool, convincing or not.
    pub(super) fn best(
        &self,
        sentence: &Sentence,
        range: &Range<usize>,
        hints: &Hints<'_>,
    ) -> Option<Choice> {
        let words = stems(sentence, range);
        let rated =
            (0..self.tools.len()).map(|tool| self.rate(tool, &words, sentence, range, hints).0);
        rated.reduce(|best, next| if next.score > best.score { next } else { best })
    }

    /// Rates a tool, and says whether the rating convinces.
    fn rate(
        &self,
        tool: usize,
        words: &HashSet<String>,
        sentence: &Sentence,
        range: &Range<usize>,
        hints: &Hints<'_>,
    ) -> (Choice, bool) {
        let offered = &self.tools[tool];
        let weigh = |word: &String| {
            let rarity = self.rarity.get(word).copied().unwrap_or_default();
            self.profiles[tool].get(word).copied().unwrap_or_default() * rarity
        };
        let spoken: f64 = words.iter().map(weigh).sum();
        let named: f64 = words.iter().filter(|word| offered.nouns.contains(word)).map(weigh).sum();
        let filled = fill(offered, sentence, range.clone(), hints);
        let missing = lacks(&offered.parameters, &filled.args).len();
        let penalty = u32::try_from(missing).map_or(0.0, f64::from) * 0.5;
        let same_form = sentence.tokens[range.clone()].iter().any(|token| {
            !is_generic(&token.lower)
                && !is_function(&token.lower)
                && split_identifier(&offered.name).contains(&token.lower)
        });
        let form = if same_form { SAME_FORM } else { 0.0 };
        let score = spoken + coverage(offered, words) + form + filled.strength - penalty;
        let required = offered.parameters.iter().any(|param| param.required);
        let ready = missing == 0;
        let convincing = named >= WORTH_ASKING
            || (named >= WORTH_A_TRY && filled.strength > 0.4)
            || (ready
                && required
                && score >= CONVINCING
                && (spoken >= 1.0 || filled.strength >= CONVINCING));
        (Choice { tool, filled, ready, score }, convincing)
    }
}

/// The share of a tool's name that is said.
fn coverage(tool: &OfferedTool, words: &HashSet<String>) -> f64 {
    let said = tool.nouns.iter().filter(|noun| words.contains(*noun)).count();
    let share = |count: usize| u32::try_from(count).map_or(1.0, f64::from);
    share(said) / share(tool.nouns.len().max(1))
}

fn stems(sentence: &Sentence, range: &Range<usize>) -> HashSet<String> {
    let words = sentence.tokens[range.clone()].iter().filter(|token| !is_function(&token.lower));
    words
        .flat_map(|token| token.lower.split(['-', '/']))
        .filter(|word| !word.is_empty())
        .map(stem)
        .collect()
}

/// What each word counts for a tool: the weightiest place where it stands.
fn profile(tool: &OfferedTool) -> HashMap<String, f64> {
    let mut weights = HashMap::new();
    let name = split_identifier(&tool.name);
    let only_generic = name.iter().all(|word| is_generic(word));
    for word in &name {
        let weight =
            if is_generic(word) && !only_generic { IN_NAME * GENERIC_SHARE } else { IN_NAME };
        weigh(&mut weights, word, weight);
    }
    describe(&mut weights, &tool.description, IN_DESCRIPTION);
    for param in &tool.parameters {
        weigh_param(&mut weights, param);
    }
    weights
}

fn weigh_param(weights: &mut HashMap<String, f64>, param: &Param) {
    for word in param.words.iter().filter(|word| !is_generic(word)) {
        weigh(weights, word, IN_PARAMETER);
    }
    describe(weights, &param.description, IN_PARAMETER_DESCRIPTION);
    match &param.shape {
        Shape::Choice(values) => {
            for word in values.iter().filter_map(|value| value.as_str()).flat_map(split_identifier)
            {
                weigh(weights, &word, IN_CHOICES);
            }
        }
        Shape::Object(fields) => fields.iter().for_each(|field| weigh_param(weights, field)),
        _ => {}
    }
}

fn describe(weights: &mut HashMap<String, f64>, text: &str, weight: f64) {
    for word in text.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase) {
        if word.len() > 1 {
            weigh(weights, &word, if is_generic(&word) { weight * GENERIC_SHARE } else { weight });
        }
    }
}

fn weigh(weights: &mut HashMap<String, f64>, word: &str, weight: f64) {
    if !is_function(word) {
        let known = weights.entry(stem(word)).or_default();
        *known = known.max(weight);
    }
}
