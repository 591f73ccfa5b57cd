//! Validation of the examples in a schema.

use super::check::{Outcome, check as check_value};
use super::compile::{Compiled, Examples};
use super::defect::Unchecked;
use super::violations_text;

/// Validates each example against its own subschema. Returns those that are not valid.
pub(super) fn check(compiled: &Compiled, examples: &[Examples<'_>]) -> Vec<Unchecked> {
    let mut invalid = Vec::new();
    for Examples { id, pointer, values } in examples {
        for (index, value) in values.iter().enumerate() {
            if let Outcome::Invalid(violations) = check_value(compiled, *id, value) {
                let reason =
                    format!("example {index} is not valid: {}", violations_text(violations));
                invalid.push(Unchecked::invalid(pointer.clone(), "examples", reason));
            }
        }
    }
    invalid
}
