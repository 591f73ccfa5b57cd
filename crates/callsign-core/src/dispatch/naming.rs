//! Tools whose names came from elsewhere, told apart where the names that stand in for theirs are
//! the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::respecified::Respecified;
use crate::traits::tool::{Tool, ToolSpec};
use crate::words::tool_name::with_hash;

/// The same tools in the same order, each original under a name of its own.
pub(crate) fn told_apart(mut tools: Vec<Arc<dyn Tool>>) -> Vec<Arc<dyn Tool>> {
    for (at, name) in new_names(tools.iter().map(|tool| tool.spec())) {
        let mut renamed = Respecified::new(Arc::clone(&tools[at]));
        renamed.spec.definition.name = name;
        tools[at] = Arc::new(renamed);
    }
    tools
}

/// New names for those of these tools that need one, by their positions.
///
/// Where a name that stands in for an original meets another tool's, each one that stands in gets
/// a hash of its original behind it: so the names depend on which tools there are, and not on
/// their order. A name that stands in for nothing stays. Tools of one name and one original are
/// left alone, because that is a mistake.
pub(crate) fn new_names<'a>(specs: impl Iterator<Item = &'a ToolSpec>) -> Vec<(usize, Arc<str>)> {
    let mut by_name: BTreeMap<&str, BTreeMap<Option<&str>, Vec<usize>>> = BTreeMap::new();
    for (at, spec) in specs.enumerate() {
        let originals = by_name.entry(spec.name()).or_default();
        originals.entry(spec.original_name.as_deref()).or_default().push(at);
    }
    let mut taken: BTreeSet<Arc<str>> = by_name.keys().map(|name| Arc::from(*name)).collect();
    let mut renamed = Vec::new();
    for (name, originals) in by_name.into_iter().filter(|(_, originals)| originals.len() > 1) {
        for (original, positions) in originals {
            let Some(original) = original else { continue };
            // There are more rounds than tools.
            let mut names = (0..).map(|round| Arc::from(with_hash(name, original, round)));
            let Some(free) = names.find(|name: &Arc<str>| !taken.contains(name)) else { continue };
            taken.insert(Arc::clone(&free));
            renamed.extend(positions.into_iter().map(|at| (at, Arc::clone(&free))));
        }
    }
    renamed
}
