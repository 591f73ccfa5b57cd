//! Validation of settings that depend on each other or on the parameters.

use super::attributes::ToolAttributes;
use super::shared::Settings;
use crate::errors::Errors;
use crate::signature::parameters::Parameter;

impl Settings {
    /// Reports settings that contradict each other.
    pub(crate) fn check(&self, errors: &mut Errors) {
        let is_sequential = self.sequential.is_some_and(|sequential| sequential.value);
        if let (true, Some(concurrency)) = (is_sequential, self.concurrency) {
            errors.push_at(
                concurrency.span,
                "a `sequential` tool never runs concurrently: remove `concurrency`, or write \
                 `concurrency = 1` without `sequential` to run it alongside other tools",
            );
        }
    }
}

impl ToolAttributes {
    /// Reports settings that contradict each other, and invalid examples.
    pub(crate) fn check(&self, parameters: &[Parameter], errors: &mut Errors) {
        self.settings.check(errors);
        self.check_examples(parameters, errors);
    }

    /// Reports examples with unknown arguments.
    pub(crate) fn check_examples(&self, parameters: &[Parameter], errors: &mut Errors) {
        for example in &self.examples {
            example.check(parameters, errors);
        }
    }
}
