//! An agent's tools, checked once when the agent is built.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::naming::told_apart;
use crate::journal::entry::RecordedTool;
use crate::traits::run_context::RunContext;
use crate::traits::states::States;
use crate::traits::tool::{StateType, Tool, ToolSpec};
use crate::words::error::Error;
use crate::words::request::ToolDefinition;
use crate::words::tool_name::{check_tool_name, fnv1a};

/// The tools of an agent, by their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Toolbox {
    slots: Vec<Arc<Slot>>,
    by_name: BTreeMap<Arc<str>, usize>,
    definitions: Arc<[ToolDefinition]>,
    recorded: Vec<RecordedTool>,
}

#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) tool: Arc<dyn Tool>,
    /// The tool's spec, to be handed on.
    pub(crate) spec: Arc<ToolSpec>,
    #[cfg(feature = "validate")]
    pub(crate) validator: super::validate::Validator,
}

impl Toolbox {
    /// Takes the tools in this order; the model sees them so.
    ///
    /// # Errors
    /// Where two tools have one name, a name is not one that services take, a schema is not
    /// valid, or a tool needs what the agent does not have.
    pub(crate) fn new(
        tools: Vec<Arc<dyn Tool>>,
        states: &States,
        expected: &[StateType],
    ) -> Result<Self, Error> {
        let mut slots = Vec::new();
        for tool in told_apart(tools) {
            check_needs(tool.spec(), states, expected)?;
            slots.push(Arc::new(Slot::new(tool)?));
        }
        Self::from_slots(slots)
    }

    /// The tools that the model sees in this run; `None` where these are all.
    ///
    /// # Errors
    /// Where a predicate panics.
    pub(crate) fn enabled(&self, run: &RunContext) -> Result<Option<Self>, Error> {
        let mut enabled = Vec::with_capacity(self.slots.len());
        for slot in &self.slots {
            if slot.is_enabled(run)? {
                enabled.push(slot.clone());
            }
        }
        if enabled.len() == self.slots.len() {
            return Ok(None);
        }
        Self::from_slots(enabled).map(Some)
    }

    /// The same tools and these behind them.
    ///
    /// # Errors
    /// As [`new`](Self::new), but for what the tools need.
    pub(crate) fn with(&self, tools: &[Arc<dyn Tool>]) -> Result<Self, Error> {
        let mut slots = self.slots.clone();
        for tool in tools {
            slots.push(Arc::new(Slot::new(Arc::clone(tool))?));
        }
        Self::from_slots(slots)
    }

    /// The same tools and one more, which is not recorded and not shown to the model by itself.
    ///
    /// # Errors
    /// Where one has its name already, or its schema is not valid.
    pub(crate) fn with_hidden(&self, tool: Arc<dyn Tool>) -> Result<Self, Error> {
        let name = tool.spec().definition.name.clone();
        if self.by_name.contains_key(&name) {
            return Err(Error::configuration(format!(
                "the run's answer is given by a tool named `{name}`, and the agent has another one \
                 of that name: rename it"
            )));
        }
        let mut toolbox = self.clone();
        toolbox.by_name.insert(name, toolbox.slots.len());
        toolbox.slots.push(Arc::new(Slot::new(tool)?));
        Ok(toolbox)
    }

    fn from_slots(slots: Vec<Arc<Slot>>) -> Result<Self, Error> {
        let mut toolbox = Self::default();
        let mut definitions = Vec::new();
        for (at, slot) in slots.iter().enumerate() {
            let name = slot.spec.definition.name.clone();
            if let Some(other) = toolbox.by_name.insert(name.clone(), at) {
                if slots[other].spec.definition == slot.spec.definition {
                    return Err(Error::configuration(format!(
                        "two tools are named `{name}` and say the same of themselves: leave out \
                         the one that is there twice, or tell two values of one type apart with \
                         `Toolset::prefix`"
                    )));
                }
                return Err(Error::configuration(format!(
                    "two tools are named `{name}`: give one of them another name with \
                     `#[tool(name = \"…\")]`, or a prefix with `Toolset::prefix`"
                )));
            }
            definitions.push(slot.spec.definition.clone());
            toolbox.recorded.push(recorded(&slot.spec));
        }
        toolbox.slots = slots;
        toolbox.definitions = definitions.into();
        Ok(toolbox)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Slot> {
        self.by_name.get(name).map(|&at| &*self.slots[at])
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.definitions.iter().map(|definition| &*definition.name)
    }

    pub(crate) fn definitions(&self) -> &Arc<[ToolDefinition]> {
        &self.definitions
    }

    pub(crate) fn recorded(&self) -> &[RecordedTool] {
        &self.recorded
    }
}

impl Slot {
    fn new(tool: Arc<dyn Tool>) -> Result<Self, Error> {
        let spec = tool.spec();
        check_tool_name(spec.name())?;
        Ok(Self {
            #[cfg(feature = "validate")]
            validator: super::validate::Validator::new(spec)?,
            spec: Arc::new(spec.clone()),
            tool,
        })
    }
}

impl Slot {
    fn is_enabled(&self, run: &RunContext) -> Result<bool, Error> {
        let Some(when) = &self.spec.when else { return Ok(true) };
        catch_unwind(AssertUnwindSafe(|| when.holds(run))).map_err(|_| {
            let tool = self.spec.name();
            Error::configuration(format!(
                "the predicate that says in which runs the model sees the tool `{tool}` panicked"
            ))
        })
    }
}

fn recorded(spec: &ToolSpec) -> RecordedTool {
    RecordedTool {
        repeatable: spec.is_repeatable(),
        concurrency: spec.concurrency,
        approval: spec.approval,
        sequential: spec.sequential,
        ..RecordedTool::new(spec.name(), digest(&spec.definition.parameters))
    }
}

fn check_needs(spec: &ToolSpec, states: &States, expected: &[StateType]) -> Result<(), Error> {
    let tool = spec.name();
    for StateType { id, name } in &spec.states {
        if !states.contains(*id) {
            let instead = if expected.iter().any(|expected| expected.id == *id) {
                "runs are given one, which tools take as `#[context]`".to_owned()
            } else if states.has_arc_of(name) {
                "it has an `Arc` of one: add that by `.shared_state(…)` in place of `.state(…)`"
                    .to_owned()
            } else if name.starts_with("dyn ") {
                format!("add `.shared_state::<{name}>(Arc::new(…))` to its builder")
            } else {
                "add `.state(…)` to its builder, or `.shared_state(…)` for an `Arc` of it"
                    .to_owned()
            };
            return Err(Error::configuration(format!(
                "the tool `{tool}` needs a state of type `{name}`, and the agent has none: {instead}"
            )));
        }
    }
    for given in &spec.given {
        if !expected.iter().any(|expected| expected.id == given.id) {
            let name = given.name;
            let with = if name.starts_with("dyn ") { "with_shared" } else { "with" };
            let state = if states.contains(given.id) {
                "; or take the agent's state of that type as `#[state]`"
            } else {
                ""
            };
            return Err(Error::configuration(format!(
                "the tool `{tool}` needs every run to be given a `{name}`, and the agent does not \
                 expect one: add `.expects::<{name}>()` to its builder, and `.{with}(…)` to its \
                 runs{state}"
            )));
        }
    }
    Ok(())
}

/// FNV-1a over the schema's JSON. It tells schemas apart that changed, and protects against
/// nothing.
fn digest(schema: &serde_json::Value) -> String {
    let hash = fnv1a(schema.to_string().bytes());
    let mut digest = String::with_capacity(16);
    // Writing to a string cannot fail.
    let _ = write!(digest, "{hash:016x}");
    digest
}
