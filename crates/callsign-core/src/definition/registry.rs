//! The inventory of all the tools that are linked into the program.

use std::sync::Arc;

use super::function::Definition;
use crate::traits::tool::Tool;

/// A tool in the inventory.
#[derive(Debug)]
pub struct Registered(pub &'static Definition);

inventory::collect!(Registered);

/// All the tools that are linked into the program, sorted by module and name.
///
/// A dependency that nothing of the program refers to is not linked, and its tools are silently
/// absent: naming anything of it, as `use weather as _;` does not but `weather::init()` does,
/// brings them in. `tools![…]` has no such surprise.
#[must_use]
pub fn registered_tools() -> RegisteredTools {
    let mut found: Vec<_> =
        inventory::iter::<Registered>.into_iter().map(|registered| registered.0).collect();
    found.sort_by_key(|definition| (definition.module, definition.name));
    RegisteredTools(found)
}

/// Tools of the inventory, as [`registered_tools`] found them.
#[derive(Debug)]
pub struct RegisteredTools(Vec<&'static Definition>);

impl RegisteredTools {
    /// Keeps those that were put into this group by `#[tool(group = "…")]`.
    #[must_use]
    pub fn group(mut self, group: &str) -> Self {
        self.0.retain(|definition| definition.group == group);
        self
    }

    /// Keeps those of the crate of this name, as it is written in paths (`flight_bot`).
    #[must_use]
    pub fn in_crate(mut self, name: &str) -> Self {
        self.0.retain(|definition| definition.module.split("::").next() == Some(name));
        self
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for RegisteredTools {
    type Item = Arc<dyn Tool>;
    type IntoIter = std::vec::IntoIter<Arc<dyn Tool>>;

    fn into_iter(self) -> Self::IntoIter {
        let tools: Vec<_> = self.0.into_iter().map(Definition::tool).collect();
        tools.into_iter()
    }
}
