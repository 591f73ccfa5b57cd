//! What a schema has that a narrower form can't say.

use std::fmt;

/// The keyword that has no place in a narrower form of a schema, where it stands, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsayable {
    /// A JSON pointer to the schema that has the keyword.
    place: String,
    keyword: String,
    why: &'static str,
}

impl Unsayable {
    pub(super) fn new(keyword: &str, why: &'static str) -> Self {
        Self { place: String::new(), keyword: keyword.to_owned(), why }
    }

    /// The same, seen from one step above.
    pub(super) fn below(mut self, key: &str) -> Self {
        let key = key.replace('~', "~0").replace('/', "~1");
        self.place.insert_str(0, &format!("/{key}"));
        self
    }
}

impl fmt::Display for Unsayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, keyword, why } = self;
        if place.is_empty() {
            write!(f, "its `{keyword}` {why}")
        } else {
            write!(f, "the `{keyword}` at `{place}` {why}")
        }
    }
}
