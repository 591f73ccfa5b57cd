//! What can't be said together.

use super::attributes::Attributes;
use super::shared::Settings;
use crate::errors::Errors;
use crate::signature::parameters::Parameter;

impl Settings {
    /// Notes what contradicts itself.
    pub(crate) fn check(&self, errors: &mut Errors) {
        let is_sequential = self.sequential.is_some_and(|sequential| sequential.value);
        if let (true, Some(concurrency)) = (is_sequential, self.concurrency) {
            errors.push_at(
                concurrency.place,
                "a `sequential` tool never runs beside another call: leave `concurrency` out, or \
                 write `concurrency = 1` without `sequential` if others may run beside it",
            );
        }
    }
}

impl Attributes {
    /// Notes what contradicts itself, and examples that the tool could not take.
    pub(crate) fn check(&self, parameters: &[Parameter], errors: &mut Errors) {
        self.settings.check(errors);
        self.check_examples(parameters, errors);
    }

    /// Notes examples that the tool could not take.
    pub(crate) fn check_examples(&self, parameters: &[Parameter], errors: &mut Errors) {
        for example in &self.examples {
            example.check(parameters, errors);
        }
    }
}
