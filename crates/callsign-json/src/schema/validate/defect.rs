//! Keywords of a schema that are not checked, and the reasons.

use std::fmt;

/// A keyword of a schema that values are not checked against, its position, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchecked {
    /// A JSON Pointer to the subschema with the keyword. Empty at the root.
    pointer: String,
    keyword: String,
    reason: String,
    is_invalid: bool,
}

impl Unchecked {
    /// Creates a report of a keyword whose value is not what JSON Schema allows.
    pub(super) fn invalid(pointer: String, keyword: &str, reason: String) -> Self {
        Self { pointer, keyword: keyword.to_owned(), reason, is_invalid: true }
    }

    /// Creates a report of a keyword that may be valid, but cannot be checked here.
    pub(super) fn unsupported(pointer: String, keyword: &str, reason: String) -> Self {
        Self { pointer, keyword: keyword.to_owned(), reason, is_invalid: false }
    }

    /// Returns a JSON Pointer to the subschema with the keyword. It is empty at the root.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Returns the keyword. It is empty if the subschema itself is not a schema.
    #[must_use]
    pub fn keyword(&self) -> &str {
        &self.keyword
    }

    /// Returns the reason.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns whether the schema is wrong here, and not only beyond what can be checked.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.is_invalid
    }

    /// Returns the position and the reason, with the path in the notation of violations.
    pub(super) fn message(&self) -> String {
        let steps = self.pointer.split('/').skip(1).map(|step| {
            let step = step.replace("~1", "/").replace("~0", "~");
            if step.parse::<usize>().is_ok() { format!("[{step}]") } else { format!(".{step}") }
        });
        let mut path: String = steps.collect();
        if !self.keyword.is_empty() {
            path.push('.');
            path.push_str(&self.keyword);
        }
        let path = path.trim_start_matches('.');
        if path.is_empty() { self.reason.clone() } else { format!("`{path}`: {}", self.reason) }
    }
}

impl fmt::Display for Unchecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}
