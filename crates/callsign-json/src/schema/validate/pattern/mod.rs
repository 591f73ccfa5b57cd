//! Regular expressions of JSON Schema, which are those of ECMA 262.

mod classes;
mod translate;

#[cfg(test)]
mod tests;

use self::translate::translate;

/// The compiled size in bytes up to which a pattern counts as small.
const SMALL: usize = 256 << 10;

/// The compiled size in bytes above which a pattern is not checked.
const LARGE: usize = 10 << 20;

/// The number of patterns of one schema that may be larger than [`SMALL`].
const MAX_LARGE: usize = 4;

/// The memory in bytes that one pattern may use to match faster.
const CACHE: usize = 1 << 20;

/// The number of steps after which a pattern with look-around gives up on a text.
const MAX_BACKTRACKS: usize = 100_000;

/// A compiled pattern.
pub(super) enum Pattern {
    /// It takes linear time.
    Linear(regex::Regex),
    /// It has look-around, and takes a bounded number of steps.
    Bounded(Box<fancy_regex::Regex>),
}

/// The reason why a pattern is not checked.
#[derive(Debug)]
pub(super) enum PatternError {
    /// It is not a regular expression.
    Invalid(String),
    /// Its meaning is not certain, or it would need too much memory.
    Unsupported(String),
}

/// The memory that the patterns of one schema may still use.
#[derive(Debug, Default)]
pub(super) struct PatternBudget {
    large: usize,
}

impl Pattern {
    /// Returns whether the pattern matches a part of the text; `None` if that takes too long.
    pub(super) fn is_match(&self, text: &str) -> Option<bool> {
        match self {
            Self::Linear(regex) => Some(regex.is_match(text)),
            Self::Bounded(regex) => regex.is_match(text).ok(),
        }
    }
}

impl PatternBudget {
    /// Compiles a pattern.
    pub(super) fn compile(&mut self, pattern: &str) -> Result<Pattern, PatternError> {
        let translated = translate(pattern)?;
        match build(&translated.text, translated.looks_around, SMALL) {
            Err(PatternError::Unsupported(_)) if self.large < MAX_LARGE => {
                self.large += 1;
                build(&translated.text, translated.looks_around, LARGE)
            }
            built => built,
        }
    }
}

fn build(text: &str, looks_around: bool, size: usize) -> Result<Pattern, PatternError> {
    let too_large = || PatternError::Unsupported("it would need too much memory".to_owned());
    if looks_around {
        // A pattern that has passed the translation is not wrong, but beyond the engine.
        let mut builder = fancy_regex::RegexBuilder::new(text);
        builder.backtrack_limit(MAX_BACKTRACKS).max_prog_size(size >> 6);
        // Each part without look-around is a pattern of its own.
        let parts = 1 + text.matches('(').count();
        builder.delegate_size_limit(size / parts).delegate_dfa_size_limit(CACHE / parts);
        let built = builder.build().map_err(|_| too_large())?;
        return Ok(Pattern::Bounded(Box::new(built)));
    }
    let mut builder = regex::RegexBuilder::new(text);
    match builder.size_limit(size).dfa_size_limit(CACHE).build() {
        Ok(built) => Ok(Pattern::Linear(built)),
        Err(regex::Error::CompiledTooBig(_)) => Err(too_large()),
        Err(error) => {
            // The first lines show the pattern.
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default();
            Err(PatternError::Invalid(reason.trim_start_matches("error: ").to_owned()))
        }
    }
}
