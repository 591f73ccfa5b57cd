//! Validation of values against JSON schemas.
//!
//! All drafts from 4 to 2020-12 are read as they mean it, and some common deviations as well, such
//! as OpenAPI's `nullable`. A keyword that cannot be checked allows every value: see
//! [`Validator::unchecked`]. Neither a schema nor a value can exhaust the stack, the memory or the
//! time.

mod check;
mod compile;
mod decimal;
mod defect;
mod describe;
mod examples;
mod formats;
mod path;
mod pattern;
mod percent;
mod required;
mod suggest;
mod union;
mod violation;

#[cfg(test)]
mod differential;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Value;

use self::check::Outcome;
use self::compile::{Compiled, compile};
pub use self::defect::Unchecked;
use self::union::without_repeats;
use self::violation::Violation;

/// The number of violations in one message. A model fixes more in several steps.
const MAX_VIOLATIONS: usize = 5;

/// An error for a schema that is not valid. It displays the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSchema(String);

impl fmt::Display for InvalidSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidSchema {}

/// Whether a value that is not refused was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The value is valid.
    Valid,
    /// The check would take too much time or stack, such as with a schema that refers to itself.
    Unchecked,
}

/// A validator for one JSON schema.
pub struct Validator {
    compiled: Compiled,
    unchecked: Vec<Unchecked>,
}

impl Validator {
    /// Creates a validator for the schema of an object.
    ///
    /// # Errors
    /// Returns an error if the schema is not valid, does not describe an object, requires a key
    /// that it does not allow, or has an example that it does not allow.
    pub fn new(schema: &Value) -> Result<Self, InvalidSchema> {
        let validator = Self::lenient(schema)?;
        match validator.unchecked.iter().find(|unchecked| unchecked.is_invalid()) {
            Some(invalid) => Err(InvalidSchema(invalid.message())),
            None => Ok(validator),
        }
    }

    /// Creates a validator for the schema of an object that was written elsewhere. What is wrong in
    /// it allows every value: see [`unchecked`](Self::unchecked).
    ///
    /// # Errors
    /// Returns an error if the schema does not describe an object.
    pub fn lenient(schema: &Value) -> Result<Self, InvalidSchema> {
        if !describes_object(schema) {
            let reason = "it must describe an object (`\"type\": \"object\"`)";
            return Err(InvalidSchema(reason.to_owned()));
        }
        let (compiled, mut unchecked, examples) = compile(schema);
        unchecked.extend(examples::check(&compiled, &examples));
        Ok(Self { compiled, unchecked })
    }

    /// Returns what is wrong in the schema or cannot be checked. Values are not checked against it.
    #[must_use]
    pub fn unchecked(&self) -> &[Unchecked] {
        &self.unchecked
    }

    /// Validates a value. [`Verdict::Unchecked`] is no error: the value may be valid.
    ///
    /// # Errors
    /// Returns a message for the model that names the first violations.
    pub fn check(&self, value: &Value) -> Result<Verdict, String> {
        match check::check(&self.compiled, compile::ROOT, value) {
            Outcome::Valid => Ok(Verdict::Valid),
            Outcome::TooComplex => Ok(Verdict::Unchecked),
            Outcome::Invalid(violations) => Err(violations_text(violations)),
        }
    }
}

/// Returns a message with the first violations. Those nearest to the root come first.
fn violations_text(violations: Vec<Violation>) -> String {
    let mut violations = without_repeats(violations);
    violations.sort_by_key(|violation| violation.path.len());
    let mut parts: Vec<_> =
        violations.iter().take(MAX_VIOLATIONS).map(ToString::to_string).collect();
    if violations.len() >= check::MAX_KEPT {
        parts.push("and many more errors".to_owned());
    } else if violations.len() > MAX_VIOLATIONS {
        parts.push(format!("and {} more errors", violations.len() - MAX_VIOLATIONS));
    }
    parts.join("; ")
}

/// Returns whether a schema describes an object. A schema without a type does, because arguments
/// are always objects.
fn describes_object(schema: &Value) -> bool {
    let is_object = |name: &Value| {
        let name = name.as_str().unwrap_or_default();
        name.eq_ignore_ascii_case("object") || name.eq_ignore_ascii_case("any")
    };
    match schema.get("type") {
        None | Some(Value::Null) => {
            schema.is_object() && schema.get("enum").is_none() && schema.get("const").is_none()
        }
        Some(Value::Array(types)) => types.iter().any(is_object),
        Some(name) => is_object(name),
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Validator")
    }
}
