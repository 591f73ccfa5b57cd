//! Toolsets: ordered tools that can be combined, selected and changed.

use std::fmt;
use std::future::Future;
use std::ops::Index;
use std::slice::SliceIndex;
use std::sync::Arc;

use callsign_types::error::Error;
use callsign_types::tool_name::{check_tool_name, sanitized_name};
use callsign_types::traits::run_context::RunContext;
use callsign_types::traits::tool::{Predicate, Tool, ToolOutput, ToolSpec};
use callsign_types::traits::tool_error::ToolError;

use super::into_tools::IntoTools;
use crate::macro_support::{OnlyOneBlockWithoutPart, ToolMethods};
use crate::middleware::tool::{NextTool, ToolInvocation, ToolMiddlewareExt};
use crate::tools::names::new_names;
use crate::tools::spec_override::SpecOverride;

/// An ordered set of tools that can be combined, selected and changed before an agent gets them.
///
/// ```
/// # use callsign_core::toolset::{dynamic_tool::DynamicTool, toolset::Toolset};
/// # use callsign_types::traits::context::Context;
/// # use serde_json::{Value, json};
/// # fn tool(name: &str) -> DynamicTool {
/// #     let empty = |_: Context, _: Value| async { Ok("done") };
/// #     DynamicTool::new(name, "Does it.", json!({"type": "object"}), empty)
/// # }
/// # struct Admin;
/// # fn main() -> Result<(), callsign_types::error::Error> {
/// let hotels = Toolset::default().with(tool("search")).with(tool("book")).with(tool("cancel"));
/// let refunds = Toolset::default()
///     .with(tool("refund"))
///     .require_approval()
///     .enabled_if(|run| run.context::<Admin>().is_some());
///
/// let tools = hotels
///     .without(["cancel"])?
///     .rename("search", "find")?
///     .prefix("hotels_")
///     .merge(refunds);
///
/// assert_eq!(tools.names().collect::<Vec<_>>(), ["hotels_find", "hotels_book", "refund"]);
/// # Ok(())
/// # }
/// ```
///
/// Pass it to `AgentBuilder::tools`. [`Toolset::new`] creates one from the methods of a value.
///
/// **Order.** Tools keep the order in which they were added, and the model receives them in that
/// order. A provider that caches prompts therefore sees the same prompt again.
///
/// **Names.** Names that providers do not accept are replaced, see
/// [`DynamicTool`](super::dynamic_tool::DynamicTool). If two original names would become one name,
/// each gets a short hash as a suffix. Methods that select tools by name accept both names. A name
/// that is not in the set is an error, so that a misspelled name does not leave a tool in the set
/// unnoticed. Use [`filter`](Self::filter) for tools that may be absent.
#[derive(Clone, Default)]
pub struct Toolset {
    /// The tools with their changed specs.
    tools: Vec<Arc<dyn Tool>>,
    /// The same tools as they were added, at the same positions.
    originals: Vec<Arc<dyn Tool>>,
}

impl Toolset {
    /// Creates a set from the methods of a value under `#[toolset] impl`, in their order in the
    /// source. Use [`prefix`](Self::prefix) to distinguish two values of one type.
    #[must_use]
    pub fn new<T: ToolMethods<OnlyOneBlockWithoutPart>>(value: T) -> Self {
        Self::from_arc(Arc::new(value))
    }

    /// Creates a set from the methods of a shared value.
    #[must_use]
    pub fn from_arc<T: ToolMethods<OnlyOneBlockWithoutPart>>(value: Arc<T>) -> Self {
        T::definitions().iter().map(|definition| definition.tool_of(Arc::clone(&value))).collect()
    }

    /// Appends a tool.
    #[must_use]
    pub fn with(self, tool: impl Tool) -> Self {
        let tool: Arc<dyn Tool> = Arc::new(tool);
        self.merge([tool])
    }

    /// Appends tools: another set, or `tools![…]`.
    ///
    /// A set may contain several tools of one name, to rename or exclude them later. An agent
    /// rejects them.
    #[must_use]
    pub fn merge(mut self, others: impl IntoTools) -> Self {
        self.extend(others.into_tools());
        self
    }

    /// Keeps the tools for which `keep` returns `true`.
    #[must_use]
    pub fn filter(mut self, mut keep: impl FnMut(&ToolSpec) -> bool) -> Self {
        let keep: Vec<_> = self.specs().map(&mut keep).collect();
        self.retain(&keep);
        self
    }

    /// Keeps the tools of these names, in the order of the set.
    ///
    /// # Errors
    /// Returns a configuration error if a name is not in the set.
    pub fn only<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Result<Self, Error> {
        self.select(names, true)
    }

    /// Removes the tools of these names.
    ///
    /// # Errors
    /// Returns a configuration error if a name is not in the set.
    pub fn without<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Result<Self, Error> {
        self.select(names, false)
    }

    /// Renames a tool, as the model knows it.
    ///
    /// # Errors
    /// Returns a configuration error if `old` is not in the set, if `new` already is, or if
    /// providers do not accept `new`.
    pub fn rename(mut self, old: &str, new: &str) -> Result<Self, Error> {
        check_tool_name(new)?;
        let found = self.positions(old)?;
        if self
            .tools
            .iter()
            .enumerate()
            .any(|(at, tool)| tool.spec().name() == new && !found.contains(&at))
        {
            return Err(Error::configuration(format!(
                "cannot rename `{old}` to `{new}`: the toolset already has a tool `{new}`"
            )));
        }
        for at in found {
            self.change(at, |spec| spec.definition.name = new.into());
        }
        self.disambiguate();
        Ok(self)
    }

    /// Prepends a prefix such as `hotels_` to the name of each tool.
    ///
    /// A resulting name that providers do not accept is replaced.
    #[must_use]
    pub fn prefix(self, prefix: &str) -> Self {
        self.map_spec(|spec| {
            let name = format!("{prefix}{}", spec.name());
            let original = spec.original_name.as_deref().unwrap_or(&name);
            spec.definition.name = match sanitized_name(&name, original) {
                Some(other) => {
                    spec.original_name.get_or_insert_with(|| name.into());
                    other.into()
                }
                None => name.into(),
            };
        })
    }

    /// Enables the tools only in runs for which `predicate` returns `true`. Earlier predicates
    /// still apply. `predicate` is called once per run and tool, before the run starts.
    #[must_use]
    pub fn enabled_if(
        self,
        predicate: impl Fn(&RunContext) -> bool + Send + Sync + 'static,
    ) -> Self {
        let predicate = Predicate::new(predicate);
        self.map_spec(|spec| {
            let predicate = predicate.clone();
            spec.enabled_if = Some(match spec.enabled_if.take() {
                Some(earlier) => earlier.and(predicate),
                None => predicate,
            });
        })
    }

    /// Sets the group of the tools.
    #[must_use]
    pub fn with_group(self, group: &str) -> Self {
        let group: Arc<str> = group.into();
        self.map_spec(|spec| spec.group = Arc::clone(&group))
    }

    /// Requires human approval for each call of the tools.
    #[must_use]
    pub fn require_approval(self) -> Self {
        self.map_spec(|spec| spec.approval = true)
    }

    /// Changes the spec of each tool: its description, its limits, its flags. The tool itself stays
    /// the same, so changing its schema is rarely right.
    #[must_use]
    pub fn map_spec(mut self, mut change: impl FnMut(&mut ToolSpec)) -> Self {
        (0..self.tools.len()).for_each(|at| self.change(at, &mut change));
        self.disambiguate();
        self
    }

    /// Wraps each tool in middleware, outside of the middleware that it already has. See
    /// [`ToolMiddleware`](crate::middleware::tool::ToolMiddleware).
    #[must_use]
    pub fn middleware<F>(
        self,
        hook: impl Fn(ToolInvocation, NextTool) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<ToolOutput, ToolError>> + Send + 'static,
    {
        ToolMiddlewareExt::middleware(self, hook).into()
    }

    /// Returns the names of the tools, as the model knows them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.specs().map(ToolSpec::name)
    }

    /// Returns the specs of the tools.
    pub fn specs(&self) -> impl Iterator<Item = &ToolSpec> {
        self.tools.iter().map(Tool::spec)
    }

    /// Returns the first tool with this original name, whatever name the model knows it by.
    #[must_use]
    pub fn find_original(&self, name: &str) -> Option<&ToolSpec> {
        self.specs().find(|spec| original(spec) == name)
    }

    /// Returns the tools in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<dyn Tool>> {
        self.tools.iter()
    }

    /// Returns the tool at this position; `None` if there is none.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&Arc<dyn Tool>> {
        self.tools.get(at)
    }

    /// Returns the number of tools.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tools.len()
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    fn select<N: AsRef<str>>(
        mut self,
        names: impl IntoIterator<Item = N>,
        keep: bool,
    ) -> Result<Self, Error> {
        let mut named = vec![false; self.tools.len()];
        for name in names {
            self.positions(name.as_ref())?.into_iter().for_each(|at| named[at] = true);
        }
        named.iter_mut().for_each(|named| *named = *named == keep);
        self.retain(&named);
        Ok(self)
    }

    /// Returns the positions of the tools with this name, or else with this original name.
    fn positions(&self, name: &str) -> Result<Vec<usize>, Error> {
        let of = |named: fn(&ToolSpec) -> &str| {
            let specs = self.specs().enumerate().filter(|(_, spec)| named(spec) == name);
            specs.map(|(at, _)| at).collect::<Vec<_>>()
        };
        let found = [of(ToolSpec::name), of(original)].into_iter().find(|found| !found.is_empty());
        found.ok_or_else(|| {
            let names: Vec<_> = self.names().map(|name| format!("`{name}`")).collect();
            Error::configuration(if names.is_empty() {
                format!("the toolset has no tool `{name}`: it is empty")
            } else {
                format!("the toolset has no tool `{name}`: its tools are {}", names.join(", "))
            })
        })
    }

    fn disambiguate(&mut self) {
        for (at, name) in new_names(self.tools.iter().map(Tool::spec)) {
            self.change(at, |spec| spec.definition.name = name);
        }
    }

    /// Keeps the tools at the positions that are `true`.
    fn retain(&mut self, keep: &[bool]) {
        for tools in [&mut self.tools, &mut self.originals] {
            let mut keep = keep.iter();
            tools.retain(|_| keep.next() == Some(&true));
        }
        self.disambiguate();
    }

    /// Changes the spec of one tool. Repeated changes do not nest: a call takes one extra step.
    fn change(&mut self, at: usize, change: impl FnOnce(&mut ToolSpec)) {
        let mut changed = SpecOverride::new(Arc::clone(&self.originals[at]));
        changed.spec = self.tools[at].spec().clone();
        change(&mut changed.spec);
        self.tools[at] = Arc::new(changed);
    }
}

/// Returns the original name of a tool, by which the application knows it.
fn original(spec: &ToolSpec) -> &str {
    spec.original_name.as_deref().unwrap_or(spec.name())
}

impl Extend<Arc<dyn Tool>> for Toolset {
    fn extend<I: IntoIterator<Item = Arc<dyn Tool>>>(&mut self, tools: I) {
        let before = self.tools.len();
        self.tools.extend(tools);
        self.originals.extend_from_slice(&self.tools[before..]);
        self.disambiguate();
    }
}

impl FromIterator<Arc<dyn Tool>> for Toolset {
    fn from_iter<I: IntoIterator<Item = Arc<dyn Tool>>>(tools: I) -> Self {
        Self::default().merge(tools)
    }
}

impl From<Vec<Arc<dyn Tool>>> for Toolset {
    fn from(tools: Vec<Arc<dyn Tool>>) -> Self {
        Self::from_iter(tools)
    }
}

impl<const N: usize> From<[Arc<dyn Tool>; N]> for Toolset {
    fn from(tools: [Arc<dyn Tool>; N]) -> Self {
        Self::from_iter(tools)
    }
}

impl IntoIterator for Toolset {
    type Item = Arc<dyn Tool>;
    type IntoIter = std::vec::IntoIter<Arc<dyn Tool>>;

    fn into_iter(self) -> Self::IntoIter {
        self.tools.into_iter()
    }
}

impl<'a> IntoIterator for &'a Toolset {
    type Item = &'a Arc<dyn Tool>;
    type IntoIter = std::slice::Iter<'a, Arc<dyn Tool>>;

    fn into_iter(self) -> Self::IntoIter {
        self.tools.iter()
    }
}

impl<I: SliceIndex<[Arc<dyn Tool>]>> Index<I> for Toolset {
    type Output = I::Output;

    fn index(&self, index: I) -> &I::Output {
        &self.tools[index]
    }
}

impl From<Toolset> for Vec<Arc<dyn Tool>> {
    fn from(tools: Toolset) -> Self {
        tools.tools
    }
}

impl fmt::Debug for Toolset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Toolset ")?;
        f.debug_list().entries(self.names()).finish()
    }
}
