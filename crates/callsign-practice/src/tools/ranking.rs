//! Ranks the offered tools by how well their words match those of a sentence.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::language::entities::Sentence;
use crate::language::lexicon::{is_function_word, is_generic, split_identifier, stem};
use crate::tools::arguments::{FilledArguments, Hints, fill};
use crate::tools::schema::{OfferedTool, Param, Shape, missing_labels};

// Weights of a word by where the tool has it.
const IN_NAME: f64 = 3.0;
const IN_ENUM: f64 = 1.5;
const IN_DESCRIPTION: f64 = 1.2;
const IN_PARAMETER: f64 = 1.0;
const IN_PARAMETER_DESCRIPTION: f64 = 0.5;
/// Factor for generic words, such as "get" and "list".
const GENERIC_FACTOR: f64 = 0.3;

/// The minimum score at which a call with all required arguments is convincing.
const CONVINCING: f64 = 2.0;
/// The minimum weight of matching name words at which the model asks for missing arguments.
const WORTH_ASKING: f64 = 2.4;
/// The same, if the sentence gives at least one argument.
const WORTH_ASKING_WITH_ARGUMENT: f64 = 1.0;
/// Bonus if the sentence has a word of the name in exactly the same form.
const SAME_FORM: f64 = 1.0;

/// The offered tools, with the weights of their words.
#[derive(Debug)]
pub(crate) struct ToolIndex {
    pub(crate) tools: Vec<OfferedTool>,
    /// For each tool, the weights of its stems.
    profiles: Vec<HashMap<String, f64>>,
    /// For each stem, a factor that is higher the fewer tools have it (inverse document frequency).
    rarity: HashMap<String, f64>,
}

/// A tool, and how well a span of a sentence matches it.
#[derive(Debug)]
pub(crate) struct RankedTool {
    /// Index of the tool.
    pub(crate) tool: usize,
    pub(crate) filled: FilledArguments,
    /// Whether all required arguments are known.
    pub(crate) complete: bool,
    score: f64,
}

impl ToolIndex {
    /// Indexes the words of the tools. A word that many tools share weighs less.
    pub(crate) fn new(tools: Vec<OfferedTool>) -> Self {
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

    /// Returns the best tool among those that `range` matches convincingly. `None` if there is none.
    pub(crate) fn choose(
        &self,
        sentence: &Sentence,
        range: &Range<usize>,
        hints: &Hints<'_>,
    ) -> Option<RankedTool> {
        let words = stems(sentence, range);
        let mut best: Option<RankedTool> = None;
        for tool in 0..self.tools.len() {
            let (ranked, convincing) = self.rank(tool, &words, sentence, range, hints);
            let is_better = |other: &RankedTool| ranked.score > other.score;
            if convincing && best.as_ref().is_none_or(is_better) {
                best = Some(ranked);
            }
        }
        best
    }

    /// Returns the best tool, even if it is not convincing. `None` if no tools are offered.
    pub(crate) fn best(
        &self,
        sentence: &Sentence,
        range: &Range<usize>,
        hints: &Hints<'_>,
    ) -> Option<RankedTool> {
        let words = stems(sentence, range);
        let ranked =
            (0..self.tools.len()).map(|tool| self.rank(tool, &words, sentence, range, hints).0);
        ranked.reduce(|best, next| if next.score > best.score { next } else { best })
    }

    /// Ranks one tool, and returns whether it is convincing.
    fn rank(
        &self,
        tool: usize,
        words: &HashSet<String>,
        sentence: &Sentence,
        range: &Range<usize>,
        hints: &Hints<'_>,
    ) -> (RankedTool, bool) {
        let offered = &self.tools[tool];
        let weigh = |word: &String| {
            let rarity = self.rarity.get(word).copied().unwrap_or_default();
            self.profiles[tool].get(word).copied().unwrap_or_default() * rarity
        };
        let matching: f64 = words.iter().map(weigh).sum();
        let name_matching: f64 =
            words.iter().filter(|word| offered.name_stems.contains(word)).map(weigh).sum();
        let filled = fill(offered, sentence, range.clone(), hints);
        let missing = missing_labels(&offered.parameters, &filled.args).len();
        let penalty = u32::try_from(missing).map_or(0.0, f64::from) * 0.5;
        let same_form = sentence.tokens[range.clone()].iter().any(|token| {
            !is_generic(&token.lower)
                && !is_function_word(&token.lower)
                && split_identifier(&offered.name).contains(&token.lower)
        });
        let form = if same_form { SAME_FORM } else { 0.0 };
        let score = matching + name_coverage(offered, words) + form + filled.confidence - penalty;
        let has_required = offered.parameters.iter().any(|param| param.required);
        let complete = missing == 0;
        let convincing = name_matching >= WORTH_ASKING
            || (name_matching >= WORTH_ASKING_WITH_ARGUMENT && filled.confidence > 0.4)
            || (complete
                && has_required
                && score >= CONVINCING
                && (matching >= 1.0 || filled.confidence >= CONVINCING));
        (RankedTool { tool, filled, complete, score }, convincing)
    }
}

/// Returns the fraction of the words in a tool's name that `words` has.
fn name_coverage(tool: &OfferedTool, words: &HashSet<String>) -> f64 {
    let found = tool.name_stems.iter().filter(|stem| words.contains(*stem)).count();
    let float = |count: usize| u32::try_from(count).map_or(1.0, f64::from);
    float(found) / float(tool.name_stems.len().max(1))
}

/// Returns the stems of all words but function words.
fn stems(sentence: &Sentence, range: &Range<usize>) -> HashSet<String> {
    let words =
        sentence.tokens[range.clone()].iter().filter(|token| !is_function_word(&token.lower));
    words
        .flat_map(|token| token.lower.split(['-', '/']))
        .filter(|word| !word.is_empty())
        .map(stem)
        .collect()
}

/// Returns the weight of each stem of a tool. A stem in several positions has the highest weight of them.
fn profile(tool: &OfferedTool) -> HashMap<String, f64> {
    let mut weights = HashMap::new();
    let name = split_identifier(&tool.name);
    let only_generic = name.iter().all(|word| is_generic(word));
    for word in &name {
        let weight =
            if is_generic(word) && !only_generic { IN_NAME * GENERIC_FACTOR } else { IN_NAME };
        add_word(&mut weights, word, weight);
    }
    add_text(&mut weights, &tool.description, IN_DESCRIPTION);
    for param in &tool.parameters {
        add_param(&mut weights, param);
    }
    weights
}

fn add_param(weights: &mut HashMap<String, f64>, param: &Param) {
    for word in param.words.iter().filter(|word| !is_generic(word)) {
        add_word(weights, word, IN_PARAMETER);
    }
    add_text(weights, &param.description, IN_PARAMETER_DESCRIPTION);
    match &param.shape {
        Shape::Enum(values) => {
            for word in values.iter().filter_map(|value| value.as_str()).flat_map(split_identifier)
            {
                add_word(weights, &word, IN_ENUM);
            }
        }
        Shape::Object(fields) => fields.iter().for_each(|field| add_param(weights, field)),
        _ => {}
    }
}

fn add_text(weights: &mut HashMap<String, f64>, text: &str, weight: f64) {
    for word in text.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase) {
        if word.len() > 1 {
            add_word(
                weights,
                &word,
                if is_generic(&word) { weight * GENERIC_FACTOR } else { weight },
            );
        }
    }
}

fn add_word(weights: &mut HashMap<String, f64>, word: &str, weight: f64) {
    if !is_function_word(word) {
        let known = weights.entry(stem(word)).or_default();
        *known = known.max(weight);
    }
}
