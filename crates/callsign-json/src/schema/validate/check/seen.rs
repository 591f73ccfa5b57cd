//! The keys and items that keywords have evaluated, for `unevaluatedProperties` and
//! `unevaluatedItems`.

use std::collections::HashSet;

#[derive(Default)]
pub(super) struct Seen {
    is_tracking: bool,
    all: bool,
    keys: HashSet<String>,
    items: HashSet<usize>,
}

impl Seen {
    pub(super) fn tracking() -> Self {
        Self { is_tracking: true, ..Self::default() }
    }

    /// Returns an empty one for a subschema.
    pub(super) fn fresh(&self) -> Self {
        Self { is_tracking: self.is_tracking, ..Self::default() }
    }

    pub(super) fn is_tracking(&self) -> bool {
        self.is_tracking
    }

    pub(super) fn see_key(&mut self, key: &str) {
        if self.is_tracking {
            self.keys.insert(key.to_owned());
        }
    }

    pub(super) fn see_item(&mut self, index: usize) {
        if self.is_tracking {
            self.items.insert(index);
        }
    }

    pub(super) fn see_all(&mut self) {
        self.all = true;
    }

    pub(super) fn has_key(&self, key: &str) -> bool {
        self.all || self.keys.contains(key)
    }

    pub(super) fn has_item(&self, index: usize) -> bool {
        self.all || self.items.contains(&index)
    }

    pub(super) fn merge(&mut self, other: Self) {
        if self.is_tracking {
            self.all |= other.all;
            self.keys.extend(other.keys);
            self.items.extend(other.items);
        }
    }
}
