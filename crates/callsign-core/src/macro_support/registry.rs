//! The inventory of all tools that are linked into the program.

use std::sync::Arc;

use callsign_types::traits::tool::Tool;

use super::function::Definition;

/// A tool in the inventory.
#[derive(Debug)]
pub struct InventoryEntry(pub &'static Definition);

inventory::collect!(InventoryEntry);

/// Returns all tools that are linked into the program, sorted by module and name.
///
/// The linker drops a dependency that the program does not refer to, and its tools are then
/// missing without a warning. A call such as `weather::init()` links the dependency; `use weather
/// as _;` does not. `tools![…]` does not have this limitation.
#[must_use]
pub fn registered_tools() -> RegisteredTools {
    let mut found: Vec<_> = inventory::iter::<InventoryEntry>.into_iter().map(|it| it.0).collect();
    found.sort_by_key(|definition| (definition.module, definition.name));
    RegisteredTools(found)
}

/// Tools of the inventory, returned by [`registered_tools`].
#[derive(Debug)]
pub struct RegisteredTools(Vec<&'static Definition>);

impl RegisteredTools {
    /// Keeps the tools of a group, set by `#[tool(group = "…")]`.
    #[must_use]
    pub fn group(mut self, group: &str) -> Self {
        self.0.retain(|definition| definition.group == group);
        self
    }

    /// Keeps the tools of the crate `name`, spelled as in paths (`flight_bot`).
    #[must_use]
    pub fn in_crate(mut self, name: &str) -> Self {
        self.0.retain(|definition| definition.module.split("::").next() == Some(name));
        self
    }

    /// Returns the number of tools.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no tools.
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
