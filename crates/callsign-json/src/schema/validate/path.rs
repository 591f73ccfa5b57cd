//! The path to the value that is checked.

use super::violation::Step;

/// A path to a value, as a list from its end. It costs nothing unless a violation needs it.
pub(super) enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl Path<'_> {
    /// Returns the steps from the root.
    pub(super) fn steps(&self) -> Vec<Step> {
        let (mut steps, mut path) = (Vec::new(), self);
        loop {
            path = match path {
                Self::Root => break,
                Self::Key(parent, key) => {
                    steps.push(Step::Key((*key).to_owned()));
                    parent
                }
                Self::Index(parent, index) => {
                    steps.push(Step::Index(*index));
                    parent
                }
            };
        }
        steps.reverse();
        steps
    }
}
