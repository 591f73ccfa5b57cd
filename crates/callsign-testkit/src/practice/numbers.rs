//! Giving the numbers of a sentence to the parameters that want numbers.

use super::lexicon::{self, stem};
use super::marks::MarkKind;
use super::schema::{Param, Shape};
use super::view::View;

/// A number of the sentence that a parameter takes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Share {
    /// Which of the given parameters.
    pub(super) param: usize,
    pub(super) value: f64,
    /// Whether words around the number spoke for the parameter.
    pub(super) spoken_for: bool,
}

struct Candidate {
    at: usize,
    value: f64,
    currency: bool,
}

/// Shares the unclaimed numbers out: the best spoken for first, then what is left to what is required.
pub(super) fn share(view: &mut View<'_>, params: &[(&Param, bool)]) -> Vec<Share> {
    let candidates: Vec<Candidate> = view
        .marks()
        .filter_map(|mark| match mark.kind {
            MarkKind::Number(value) => {
                let text = &view.sentence.tokens[mark.range.start].text;
                let currency = text.starts_with(['$', '\u{20ac}', '\u{a3}']);
                Some(Candidate { at: mark.range.start, value, currency })
            }
            _ => None,
        })
        .collect();
    let mut pairs: Vec<(u32, usize, usize)> = Vec::new();
    for (which, (param, required)) in params.iter().enumerate() {
        for (number, candidate) in
            candidates.iter().enumerate().filter(|(_, found)| admits(param, found.value))
        {
            let score = affinity(view, param, candidate);
            if score > 0 || *required {
                pairs.push((score, which, number));
            }
        }
    }
    pairs.sort_by(|left, right| {
        right.0.cmp(&left.0).then(left.1.cmp(&right.1)).then(left.2.cmp(&right.2))
    });
    let mut shares: Vec<Share> = Vec::new();
    let mut gone: Vec<usize> = Vec::new();
    for (score, param, number) in pairs {
        if gone.contains(&number) || shares.iter().any(|share| share.param == param) {
            continue;
        }
        let candidate = &candidates[number];
        gone.push(number);
        view.claim(&(candidate.at..candidate.at + 1));
        shares.push(Share { param, value: candidate.value, spoken_for: score > 0 });
    }
    shares.extend(single(view, params, &shares));
    shares
}

/// Whether a parameter's bounds admit a number.
pub(super) fn admits(param: &Param, value: f64) -> bool {
    match param.shape {
        Shape::Integer { least, most } => {
            value.fract() == 0.0 && value.abs() < 9e15 && (least..=most).contains(&value)
        }
        Shape::Number { least, most } => (least..=most).contains(&value),
        _ => false,
    }
}

/// How strongly the words around a number speak for a parameter.
fn affinity(view: &View<'_>, param: &Param, candidate: &Candidate) -> u32 {
    let at = candidate.at;
    let next = stem(view.lower(at + 1));
    let linking =
        |word: &str| matches!(word, "is" | "of" | "to" | "number" | "be" | "with" | "a" | "an");
    let back = (1..=2).find(|back| at >= *back && !linking(view.lower(at - *back))).unwrap_or(1);
    let before = at.checked_sub(back).map_or("", |at| view.lower(at));
    let described: Vec<String> = param
        .description
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !lexicon::is_function(&word.to_lowercase()) && word.len() > 2)
        .map(stem)
        .collect();
    let has = |list: &[&str]| param.words.iter().any(|word| list.contains(&word.as_str()));
    let mut score = 0;
    let known = |word: &str| !word.is_empty() && !lexicon::is_function(word);
    if known(&next) {
        score +=
            if param.named(&next) { 6 } else { 0 } + if described.contains(&next) { 4 } else { 0 };
    }
    if known(before) {
        score += if param.named(&stem(before)) { 5 } else { 0 }
            + if described.contains(&stem(before)) { 2 } else { 0 };
    }
    if counts(param) {
        score += if matches!(
            before,
            "top" | "first" | "limit" | "most" | "maximum" | "next" | "last" | "only"
        ) {
            5
        } else {
            0
        };
        score += if view.is_noun(at + 1)
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
        let bound = matches!(before, "under" | "below" | "than" | "budget" | "most" | "for");
        score += if candidate.currency { 6 } else { 0 } + if bound { 3 } else { 0 };
    }
    score
}

/// Whether a parameter says how many.
fn counts(param: &Param) -> bool {
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

/// "Roll a die" means one.
fn single(view: &View<'_>, params: &[(&Param, bool)], shares: &[Share]) -> Option<Share> {
    let wanting = |(which, (param, required)): &(usize, &(&Param, bool))| {
        *required
            && counts(param)
            && admits(param, 1.0)
            && !shares.iter().any(|share| share.param == *which)
    };
    let (which, _) = params.iter().enumerate().find(wanting)?;
    let article = |at: &usize| {
        matches!(view.lower(*at), "a" | "an") && (1..=3).any(|ahead| view.is_noun(at + ahead))
    };
    view.range.clone().any(|at| article(&at)).then_some(Share {
        param: which,
        value: 1.0,
        spoken_for: false,
    })
}
