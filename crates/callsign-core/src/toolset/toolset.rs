//! Tools in an order, which can be put together, picked and changed.

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;

use super::into_tools::IntoTools;
use crate::around::tool::{AroundTools, NextTool, ToolInvocation};
use crate::definition::ToolMethods;
use crate::dispatch::naming::new_names;
use crate::dispatch::respecified::Respecified;
use crate::traits::run_context::RunContext;
use crate::traits::tool::{Predicate, Tool, ToolOutput, ToolSpec};
use crate::traits::tool_error::ToolError;
use crate::words::error::Error;
use crate::words::tool_name::{check_tool_name, stand_in};

/// Tools in an order, which can be put together, picked and changed before an agent gets them.
///
/// ```
/// # use callsign_core as callsign;
/// # use callsign::traits::tool::Tool;
/// # use callsign::traits::{context::Context, tool_error::ToolError};
/// # use callsign::toolset::{dynamic_tool::DynamicTool, toolset::Toolset};
/// # use serde_json::{Value, json};
/// # fn tool(name: &str) -> DynamicTool {
/// #     let empty = |_: Context, _: Value| async { Ok("done") };
/// #     DynamicTool::new(name, "Does it.", json!({"type": "object"}), empty)
/// # }
/// # struct Admin;
/// # fn main() -> Result<(), callsign::words::error::Error> {
/// let hotels = Toolset::new().with(tool("search")).with(tool("book")).with(tool("cancel"));
///
/// let tools = hotels
///     .without(["cancel"])?
///     .rename("search", "find")?
///     .prefix("hotels_")
///     .and(Toolset::new().with(tool("refund")).with_approval().when(|run| {
///         run.given::<Admin>().is_some()
///     }));
///
/// assert_eq!(tools.names().collect::<Vec<_>>(), ["hotels_find", "hotels_book", "refund"]);
/// # Ok(())
/// # }
/// ```
///
/// `AgentBuilder::tools` takes it. [`Toolset::of`] makes one of the methods of a value.
///
/// **Order.** Tools stay in the order in which they came, whatever is done to them, and what is
/// added comes after them: the model sees them so, and a service that caches prompts finds the same
/// one again.
///
/// **Names.** Names from elsewhere that services don't take have others that stand in for them, see
/// [`DynamicTool`](super::dynamic_tool::DynamicTool). Where two originals would come to one name,
/// each has a short hash behind it. Methods that name tools find
/// them under either name. Naming one that is not there is an error and not passed over: a tool
/// that was to be left out would stay otherwise, and nobody would know. For tools that may or may
/// not be there, there is [`filter`](Self::filter).
#[derive(Clone, Default)]
pub struct Toolset {
    /// The tools as they are known.
    tools: Vec<Arc<dyn Tool>>,
    /// The same tools as they came, at the same positions.
    originals: Vec<Arc<dyn Tool>>,
}

impl Toolset {
    /// A set of no tools.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The methods of a value that are tools, by `#[toolset] impl`, in the order in which they are
    /// written. Two values of one type are told apart with [`prefix`](Self::prefix).
    #[must_use]
    pub fn of<T: ToolMethods>(value: T) -> Self {
        Self::of_shared(Arc::new(value))
    }

    /// The methods of a value that others have as well.
    #[must_use]
    pub fn of_shared<T: ToolMethods>(value: Arc<T>) -> Self {
        T::definitions().iter().map(|definition| definition.tool_of(Arc::clone(&value))).collect()
    }

    /// Adds a tool, after the others.
    #[must_use]
    pub fn with(self, tool: impl Tool) -> Self {
        let tool: Arc<dyn Tool> = Arc::new(tool);
        self.and([tool])
    }

    /// Adds these tools after the others: another set, or `tools![…]`.
    ///
    /// Tools of one name can be in one set, to be renamed or left out; an agent does not take them.
    #[must_use]
    pub fn and(mut self, others: impl IntoTools) -> Self {
        self.extend(others.into_tools());
        self
    }

    /// Keeps the tools for which this holds.
    #[must_use]
    pub fn filter(mut self, mut keep: impl FnMut(&ToolSpec) -> bool) -> Self {
        let keep: Vec<_> = self.specs().map(&mut keep).collect();
        self.retain(&keep);
        self
    }

    /// Keeps the tools of these names, in the order in which they are in the set.
    ///
    /// # Errors
    /// Where there is no tool of one of the names.
    pub fn only<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Result<Self, Error> {
        self.pick(names, true)
    }

    /// Leaves out the tools of these names.
    ///
    /// # Errors
    /// Where there is no tool of one of the names.
    pub fn without<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Result<Self, Error> {
        self.pick(names, false)
    }

    /// Has the model know a tool by another name.
    ///
    /// # Errors
    /// Where there is no tool of the old name, or one of the new name already, or where services
    /// don't take the new name.
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
                "`{old}` can't be renamed to `{new}`: the toolset has a tool `{new}` already"
            )));
        }
        for at in found {
            self.change(at, |spec| spec.definition.name = new.into());
        }
        self.tell_apart();
        Ok(self)
    }

    /// Puts this before the name of each tool, such as `hotels_`.
    ///
    /// A name that services would not take then has another that stands in for it.
    #[must_use]
    pub fn prefix(self, prefix: &str) -> Self {
        self.map_spec(|spec| {
            let name = format!("{prefix}{}", spec.name());
            let original = spec.original_name.as_deref().unwrap_or(&name);
            spec.definition.name = match stand_in(&name, original) {
                Some(other) => {
                    spec.original_name.get_or_insert_with(|| name.into());
                    other.into()
                }
                None => name.into(),
            };
        })
    }

    /// Shows the tools to the model only in runs for which this holds, and for which whatever was
    /// said before holds as well. It is asked once a run, before anything of it is done.
    #[must_use]
    pub fn when(self, holds: impl Fn(&RunContext) -> bool + Send + Sync + 'static) -> Self {
        let when = Predicate::new(holds);
        self.map_spec(|spec| {
            let when = when.clone();
            spec.when = Some(match spec.when.take() {
                Some(before) => before.and(when),
                None => when,
            });
        })
    }

    /// Puts the tools into a group.
    #[must_use]
    pub fn with_group(self, group: &str) -> Self {
        let group: Arc<str> = group.into();
        self.map_spec(|spec| spec.group = Arc::clone(&group))
    }

    /// Has a person approve each call of the tools before it is run.
    #[must_use]
    pub fn with_approval(self) -> Self {
        self.map_spec(|spec| spec.approval = true)
    }

    /// Changes what the model and the agent know of each tool: its description, its limits, its
    /// flags. What the tool does stays as it is, so that changing the schema is seldom right.
    #[must_use]
    pub fn map_spec(mut self, mut change: impl FnMut(&mut ToolSpec)) -> Self {
        (0..self.tools.len()).for_each(|at| self.change(at, &mut change));
        self.tell_apart();
        self
    }

    /// Puts a hook around each tool, outside of those that are around it already. See
    /// `AgentBuilder::around_tools` for what a hook can do.
    #[must_use]
    pub fn around<F>(
        self,
        hook: impl Fn(ToolInvocation, NextTool) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<ToolOutput, ToolError>> + Send + 'static,
    {
        AroundTools::around(self, hook).into()
    }

    /// The names that the model knows the tools by.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.specs().map(ToolSpec::name)
    }

    /// What the model and the agent know of the tools.
    pub fn specs(&self) -> impl Iterator<Item = &ToolSpec> {
        self.tools.iter().map(Tool::spec)
    }

    /// The tool that the application knows by this name, whatever the name that the model knows it
    /// by; the first, where the same came from several places.
    #[must_use]
    pub fn find_original(&self, name: &str) -> Option<&ToolSpec> {
        self.specs().find(|spec| original(spec) == name)
    }

    /// How many tools there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tools.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    fn pick<N: AsRef<str>>(
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

    /// Where the tools of this name are: those that the model knows by it, else those that the
    /// application does.
    fn positions(&self, name: &str) -> Result<Vec<usize>, Error> {
        let of = |named: fn(&ToolSpec) -> &str| {
            let specs = self.specs().enumerate().filter(|(_, spec)| named(spec) == name);
            specs.map(|(at, _)| at).collect::<Vec<_>>()
        };
        let found = [of(ToolSpec::name), of(original)].into_iter().find(|found| !found.is_empty());
        found.ok_or_else(|| {
            let names: Vec<_> = self.names().map(|name| format!("`{name}`")).collect();
            Error::configuration(if names.is_empty() {
                format!("the toolset has no tool `{name}`, and no other tool either")
            } else {
                format!("the toolset has no tool `{name}`: its tools are {}", names.join(", "))
            })
        })
    }

    fn tell_apart(&mut self) {
        for (at, name) in new_names(self.tools.iter().map(Tool::spec)) {
            self.change(at, |spec| spec.definition.name = name);
        }
    }

    /// Keeps the tools at the positions that say so.
    fn retain(&mut self, keep: &[bool]) {
        for tools in [&mut self.tools, &mut self.originals] {
            let mut keep = keep.iter();
            tools.retain(|_| keep.next() == Some(&true));
        }
        self.tell_apart();
    }

    /// Changes the spec of one tool. However often that is done, calls take one step more.
    fn change(&mut self, at: usize, change: impl FnOnce(&mut ToolSpec)) {
        let mut changed = Respecified::new(Arc::clone(&self.originals[at]));
        changed.spec = self.tools[at].spec().clone();
        change(&mut changed.spec);
        self.tools[at] = Arc::new(changed);
    }
}

/// The name that the application knows a tool by.
fn original(spec: &ToolSpec) -> &str {
    spec.original_name.as_deref().unwrap_or(spec.name())
}

impl Extend<Arc<dyn Tool>> for Toolset {
    fn extend<I: IntoIterator<Item = Arc<dyn Tool>>>(&mut self, tools: I) {
        let before = self.tools.len();
        self.tools.extend(tools);
        self.originals.extend_from_slice(&self.tools[before..]);
        self.tell_apart();
    }
}

impl FromIterator<Arc<dyn Tool>> for Toolset {
    fn from_iter<I: IntoIterator<Item = Arc<dyn Tool>>>(tools: I) -> Self {
        Self::new().and(tools)
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

/// The tools, in their order.
impl Deref for Toolset {
    type Target = [Arc<dyn Tool>];

    fn deref(&self) -> &[Arc<dyn Tool>] {
        &self.tools
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
