//! Unique names for tools whose original names providers do not accept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use callsign_types::tool_name::{with_hash, without_hash};
use callsign_types::traits::tool::{Tool, ToolSpec};

use super::spec_override::SpecOverride;

/// Returns the tools in the same order, each original under a unique name.
pub(crate) fn disambiguated(mut tools: Vec<Arc<dyn Tool>>) -> Vec<Arc<dyn Tool>> {
    for (at, name) in new_names(tools.iter().map(Tool::spec)) {
        let mut renamed = SpecOverride::new(Arc::clone(&tools[at]));
        renamed.spec.definition.name = name;
        tools[at] = Arc::new(renamed);
    }
    tools
}

/// Returns the new names of the tools that need one, by position.
///
/// If a replaced name is also the name of another tool, each replaced name gets a hash of its
/// original as a suffix, and loses the suffix when the conflict is gone. Names therefore depend
/// only on the set of tools, not on how it was put together. Names that replace nothing stay. Tools
/// with the same name and the same original stay as well: they are duplicates, which is an error
/// later.
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
                    // There are more candidates than tools.
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
