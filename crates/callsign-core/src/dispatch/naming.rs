//! Tools whose names came from elsewhere, told apart where the names that stand in for theirs are
//! the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::respecified::Respecified;
use crate::traits::tool::{Tool, ToolSpec};
use crate::words::tool_name::{with_hash, without_hash};

/// The same tools in the same order, each original under a name of its own.
pub(crate) fn told_apart(mut tools: Vec<Arc<dyn Tool>>) -> Vec<Arc<dyn Tool>> {
    for (at, name) in new_names(tools.iter().map(Tool::spec)) {
        let mut renamed = Respecified::new(Arc::clone(&tools[at]));
        renamed.spec.definition.name = name;
        tools[at] = Arc::new(renamed);
    }
    tools
}

/// New names for those of these tools that need one, by their positions.
///
/// Where a name that stands in for an original is another tool's as well, each that stands in gets
/// a hash of its original behind it, and loses it where that is over: so the names depend on which
/// tools there are, and not on how they came together. A name that stands in for nothing stays.
/// Tools of one name and one original are left alone, because that is a mistake.
pub(crate) fn new_names<'a>(
    specs: impl Iterator<Item = &'a ToolSpec> + Clone,
) -> Vec<(usize, Arc<str>)> {
    let mut by_name: BTreeMap<&str, BTreeMap<Option<&str>, Vec<usize>>> = BTreeMap::new();
    for (at, spec) in specs.clone().enumerate() {
        let original = spec.original_name.as_deref();
        let name = original.map_or(spec.name(), |original| without_hash(spec.name(), original));
        by_name.entry(name).or_default().entry(original).or_default().push(at);
    }
    let mut taken: BTreeSet<Arc<str>> = by_name.keys().map(|name| Arc::from(*name)).collect();
    let mut named = Vec::new();
    for (name, originals) in by_name {
        let is_shared = originals.len() > 1;
        for (original, positions) in originals {
            let new: Arc<str> = match original {
                Some(original) if is_shared => {
                    let mut names = (0..).map(|round| Arc::from(with_hash(name, original, round)));
                    // There are more rounds than tools.
                    names.find(|name| !taken.contains(name)).unwrap_or_else(|| name.into())
                }
                _ => name.into(),
            };
            taken.insert(Arc::clone(&new));
            named.extend(positions.into_iter().map(|at| (at, Arc::clone(&new))));
        }
    }
    let old: Vec<_> = specs.map(ToolSpec::name).collect();
    named.retain(|(at, new)| old[*at] != &**new);
    named
}
