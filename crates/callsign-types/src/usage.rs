//! The tokens that model calls use.

use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// The tokens that one or several model calls used, as reported by the provider.
///
/// The names are those of the OpenTelemetry GenAI conventions. Chat completions calls them
/// `prompt_tokens` and `completion_tokens`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Usage {
    /// The tokens of the requests.
    pub input_tokens: u64,
    /// The tokens of the responses, including reasoning.
    pub output_tokens: u64,
    /// The part of `input_tokens` that the provider had cached.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached_input_tokens: u64,
    /// The part of `output_tokens` that was used for reasoning.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reasoning_tokens: u64,
}

impl Usage {
    /// Creates a usage from its input and output tokens.
    #[must_use]
    pub fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Self { input_tokens, output_tokens, ..Self::default() }
    }

    /// Returns the input, output, cached input and reasoning tokens.
    #[doc(hidden)]
    #[must_use]
    pub fn counts(&self) -> [u64; 4] {
        let Self { input_tokens, output_tokens, cached_input_tokens, reasoning_tokens } = *self;
        [input_tokens, output_tokens, cached_input_tokens, reasoning_tokens]
    }

    /// Creates a usage from what [`counts`](Self::counts) returns.
    #[doc(hidden)]
    #[must_use]
    pub fn from_counts(counts: [u64; 4]) -> Self {
        let [input_tokens, output_tokens, cached_input_tokens, reasoning_tokens] = counts;
        Self { input_tokens, output_tokens, cached_input_tokens, reasoning_tokens }
    }

    /// Returns the sum of input and output tokens.
    #[must_use]
    pub fn total_tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }
}

impl Add for Usage {
    type Output = Self;

    /// Adds each count. A count that overflows becomes the largest one.
    fn add(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            cached_input_tokens: self.cached_input_tokens.saturating_add(other.cached_input_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(usages: I) -> Self {
        usages.fold(Self::default(), Self::add)
    }
}

impl<'a> Sum<&'a Self> for Usage {
    fn sum<I: Iterator<Item = &'a Self>>(usages: I) -> Self {
        usages.copied().sum()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

#[cfg(test)]
mod tests {
    use super::Usage;

    #[test]
    fn usages_add_and_saturate() {
        let one = Usage::from_counts([1, 2, 3, 4]);
        assert_eq!(one + one, Usage::from_counts([2, 4, 6, 8]));
        assert_eq!([one, one].iter().sum::<Usage>(), [one, one].into_iter().sum());
        let most = Usage::from_counts([u64::MAX; 4]);
        assert_eq!(most + one, most);
    }
}
