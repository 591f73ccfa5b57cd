//! Recognition of requests that exceed a token limit: by their input or by their output limit.
//!
//! Only an input that is too long can be fixed by compacting the history, so the two must not be
//! confused. Providers word both in many ways, and some report the sum of both.

use self::pattern::{Number, find, position};
use self::wordings::{INPUT, INPUT_WORDS, OUTPUT, OUTPUT_NAMES, SUM};
use super::body::ErrorReport;

mod pattern;
mod wordings;

/// The token limit that a request exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exceeded {
    /// The input is too long. `is_sum` means that a lower output limit helps as well.
    Input { is_sum: bool },
    /// The output limit (`max_tokens`) is too large. `max` is the largest value that is accepted,
    /// if the message reveals it.
    Output { max: Option<u64> },
}

/// Codes of errors about a part of the request. Their messages quote that part.
const OTHER_CODES: &[&str] =
    &["invalid_function_parameters", "invalid_json_schema", "invalid_type"];

/// Parts of the request whose schemas and descriptions messages quote.
const OTHER_FIELDS: &[&str] = &["tools", "tool_choice", "functions", "response_format"];

/// The code with which providers report a context that is too long.
const CONTEXT_CODE: &str = "context_length_exceeded";

/// Returns the limit that a report is about; `None` if it is about something else. Its code and the
/// field that it names outrank the wording of its message.
pub(super) fn exceeded_limit(report: &ErrorReport) -> Option<Exceeded> {
    let field = report.field.as_deref().unwrap_or_default();
    let is_other = OTHER_FIELDS.iter().any(|other| field.starts_with(other));
    if report.is_any(OTHER_CODES) || is_other {
        return None;
    }
    let limit = exceeded(&report.message.as_deref()?.to_lowercase())?;
    // A validator's field is followed by its value.
    let name = field.split(' ').next().unwrap_or_default();
    let is_output = OUTPUT_NAMES.contains(&name) && !report.is_any(&[CONTEXT_CODE]);
    Some(match limit {
        Exceeded::Input { is_sum: false } if is_output => Exceeded::Output { max: None },
        limit => limit,
    })
}

/// Returns the limit that a message in lower case is about; `None` if it is about something else.
fn exceeded(message: &str) -> Option<Exceeded> {
    let message = without_request(message);
    if let Some(numbers) = SUM.iter().find_map(|pattern| find(pattern, message)) {
        let sum = |wanted| {
            let wanted = numbers.iter().filter(|(number, _)| *number == wanted);
            wanted.map(|(_, value)| *value).reduce(u64::saturating_add)
        };
        let (context, output) = (sum(Number::Context)?, sum(Number::Output)?);
        return Some(cause(context, sum(Number::Input), output));
    }
    if let Some(numbers) = OUTPUT.iter().find_map(|pattern| find(pattern, message)) {
        let max = numbers.iter().find(|(number, _)| *number == Number::MaxOutput);
        return Some(Exceeded::Output { max: max.map(|(_, max)| *max) });
    }
    let limits: Vec<_> = message.split(". ").filter_map(exceeded_in_sentence).collect();
    let is_input = |limit: &&Exceeded| matches!(limit, Exceeded::Input { .. });
    limits.iter().find(is_input).or(limits.first()).copied()
}

/// Returns the part of a message before the request that a validator quotes.
fn without_request(message: &str) -> &str {
    let quotes = ["'input':", "\"input\":"];
    let end = quotes.iter().filter_map(|quote| message.find(quote)).min();
    &message[..end.unwrap_or(message.len())]
}

/// Returns the limit that a sentence without known numbers is about.
fn exceeded_in_sentence(sentence: &str) -> Option<Exceeded> {
    let at = INPUT.iter().filter_map(|pattern| position(pattern, sentence)).min()?;
    let before = &sentence[..at];
    let names = |words: &[&str]| words.iter().any(|word| before.contains(word));
    let is_output = names(OUTPUT_NAMES) && !names(INPUT_WORDS);
    Some(if is_output { Exceeded::Output { max: None } } else { Exceeded::Input { is_sum: false } })
}

/// Returns which of the two is the cause if `input` and `output` together exceed `context`. `None`
/// means that the provider has not counted the whole input.
///
/// After an overflow, compaction aims at half of the input. If even that leaves no room for the
/// output, only a lower output limit helps.
fn cause(context: u64, input: Option<u64>, output: u64) -> Exceeded {
    let Some(input) = input else {
        return if output >= context {
            Exceeded::Output { max: None }
        } else {
            Exceeded::Input { is_sum: output > 0 }
        };
    };
    if input > context || output.saturating_add(input / 2) <= context {
        return Exceeded::Input { is_sum: true };
    }
    let max = context.saturating_sub(input);
    Exceeded::Output { max: (max > 0).then_some(max) }
}

#[cfg(test)]
mod tests;
