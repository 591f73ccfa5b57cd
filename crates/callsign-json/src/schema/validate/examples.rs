//! Validation of the examples in a schema.

use super::check::{MAX_STEPS, Outcome, check_within};
use super::compile::{Compiled, Examples};
use super::defect::Unchecked;
use super::violations_text;

/// Validates each example against its own subschema. Returns those that are not valid.
pub(super) fn check(compiled: &Compiled, examples: &[Examples<'_>]) -> Vec<Unchecked> {
    let mut invalid = Vec::new();
    // All examples share the steps, so that their number does not multiply the time.
    let mut steps = MAX_STEPS;
    for Examples { id, pointer, values } in examples {
        for (index, value) in values.iter().enumerate() {
            match check_within(compiled, *id, value, &mut steps) {
                Outcome::Valid => {}
                Outcome::Invalid(violations) => {
                    let reason =
                        format!("example {index} is not valid: {}", violations_text(violations));
                    invalid.push(Unchecked::invalid(pointer.clone(), "examples", reason));
                }
                Outcome::TooComplex => {
                    let reason = format!("example {index} takes too long to check");
                    invalid.push(Unchecked::unsupported(pointer.clone(), "examples", reason));
                    break;
                }
            }
        }
    }
    invalid
}
