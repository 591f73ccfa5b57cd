//! The positions of subschemas, for reports.

use super::node::NodeId;

/// The maximum number of steps in a pointer. A schema that is nested deeper gets its end.
const MAX_STEPS: usize = 64;

/// The way from a subschema to one that it contains or refers to.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    Keyword(&'a str),
    Named(&'a str, &'a str),
    Indexed(&'a str, usize),
    Reference(&'a str),
}

/// For each node the one that it was reached from. Pointers are built only for reports, because
/// those of a deep schema are long.
#[derive(Default)]
pub(super) struct Origins<'a>(Vec<Option<(NodeId, Step<'a>)>>);

impl<'a> Origins<'a> {
    /// Adds the origin of the next node.
    pub(super) fn add(&mut self, origin: Option<(NodeId, Step<'a>)>) {
        self.0.push(origin);
    }

    /// Returns whether a subschema is inside one of these keywords.
    pub(super) fn is_inside(&self, mut id: NodeId, keywords: &[&str]) -> bool {
        while let Some((parent, step)) = self.0.get(id).copied().flatten() {
            if matches!(step, Step::Keyword(keyword) if keywords.contains(&keyword)) {
                return true;
            }
            id = parent;
        }
        false
    }

    /// Returns a JSON Pointer to a subschema. References are followed, so it may lead through them.
    pub(super) fn pointer(&self, mut id: NodeId) -> String {
        let mut steps = Vec::new();
        while let Some((parent, step)) = self.0.get(id).copied().flatten() {
            if steps.len() == MAX_STEPS {
                break;
            }
            steps.push(step);
            id = parent;
        }
        steps.iter().rev().fold(String::new(), |pointer, step| match step {
            Step::Keyword(keyword) | Step::Reference(keyword) => append(&pointer, keyword),
            Step::Named(keyword, name) => append(&append(&pointer, keyword), name),
            Step::Indexed(keyword, index) => append(&append(&pointer, keyword), &index.to_string()),
        })
    }
}

/// Appends a key to a JSON Pointer.
fn append(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}
