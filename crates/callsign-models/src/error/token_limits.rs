//! Recognition of requests that exceed a token limit: by their input or by their output limit.
//!
//! Only an input that is too long can be fixed by compacting the history, so the two must not be
//! confused. Providers word both in many ways, and some report the sum of both.

use self::pattern::{Number, find};
use self::wordings::{INPUT, OUTPUT, SUM};

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

/// Returns the limit that a message in lower case is about; `None` if it is about something else.
pub(super) fn exceeded(message: &str) -> Option<Exceeded> {
    if let Some(numbers) = SUM.iter().find_map(|pattern| find(pattern, message)) {
        let sum = |wanted| {
            let wanted = numbers.iter().filter(|(number, _)| *number == wanted);
            wanted.fold(0_u64, |sum, (_, value)| sum.saturating_add(*value))
        };
        return Some(cause(sum(Number::Context), sum(Number::Input), sum(Number::Output)));
    }
    if let Some(numbers) = OUTPUT.iter().find_map(|pattern| find(pattern, message)) {
        let max = numbers.iter().find(|(number, _)| *number == Number::MaxOutput);
        return Some(Exceeded::Output { max: max.map(|(_, max)| *max) });
    }
    let is_input = INPUT.iter().any(|pattern| find(pattern, message).is_some());
    is_input.then_some(Exceeded::Input { is_sum: false })
}

/// Returns which of the two is the cause if `input` and `output` together exceed `context`.
///
/// After an overflow, compaction aims at half of the input. If even that leaves no room for the
/// output, only a lower output limit helps.
fn cause(context: u64, input: u64, output: u64) -> Exceeded {
    if input > context || output.saturating_add(input / 2) <= context {
        return Exceeded::Input { is_sum: true };
    }
    let max = context.saturating_sub(input);
    Exceeded::Output { max: (max > 0).then_some(max) }
}

#[cfg(test)]
mod tests;
