//! Keywords without a strict form.

use std::fmt;

/// A keyword that has no strict form, its position, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsupportedKeyword {
    /// A JSON Pointer to the subschema with the keyword. Empty at the root.
    pointer: String,
    keyword: String,
    reason: &'static str,
}

impl UnsupportedKeyword {
    pub(super) fn new(keyword: &str, reason: &'static str) -> Self {
        Self { pointer: String::new(), keyword: keyword.to_owned(), reason }
    }

    /// Prepends `key` to the position, for an enclosing schema.
    pub(super) fn under(mut self, key: &str) -> Self {
        let key = key.replace('~', "~0").replace('/', "~1");
        self.pointer.insert_str(0, &format!("/{key}"));
        self
    }
}

impl fmt::Display for UnsupportedKeyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pointer, keyword, reason } = self;
        if pointer.is_empty() {
            write!(f, "`{keyword}` at the root {reason}")
        } else {
            write!(f, "`{keyword}` at `{pointer}` {reason}")
        }
    }
}

impl std::error::Error for UnsupportedKeyword {}
