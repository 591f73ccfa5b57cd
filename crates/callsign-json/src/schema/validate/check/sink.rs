//! Collection of violations.

use super::super::violation::Violation;

/// The number of violations that are kept. Messages list a few of them.
pub(crate) const MAX_KEPT: usize = 200;

/// Collects violations, or only notes that there is one.
#[derive(Default)]
pub(crate) struct Sink {
    is_quiet: bool,
    violations: Vec<Violation>,
}

impl Sink {
    /// Returns a sink that keeps no violations.
    pub(crate) fn quiet() -> Self {
        Self { is_quiet: true, violations: Vec::new() }
    }

    /// Returns an empty sink of the same kind.
    pub(crate) fn fresh(&self) -> Self {
        Self { is_quiet: self.is_quiet, violations: Vec::new() }
    }

    /// Returns whether nothing needs to be checked after a first violation.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Adds a violation. Returns false, as the result of the check.
    pub(crate) fn add(&mut self, violation: impl FnOnce() -> Violation) -> bool {
        if !self.is_quiet && self.violations.len() < MAX_KEPT {
            self.violations.push(violation());
        }
        false
    }

    pub(crate) fn into_violations(self) -> Vec<Violation> {
        self.violations
    }
}
