//! An agent's tools, checked once when the agent is built.

use std::collections::BTreeMap;
use std::fmt::Write as _;
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
    pub(crate) fn enabled(&self, run: &RunContext) -> Option<Self> {
        let holds = |slot: &&Arc<Slot>| slot.spec.when.as_ref().is_none_or(|when| when.holds(run));
        let enabled: Vec<_> = self.slots.iter().filter(holds).cloned().collect();
        if enabled.len() == self.slots.len() {
            return None;
        }
        // Names that were unique still are.
        Self::from_slots(enabled).ok()
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
            if toolbox.by_name.insert(name.clone(), at).is_some() {
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
            return Err(Error::configuration(format!(
                "the tool `{tool}` needs a state of type `{name}`, and the agent has none: add \
                 `.state(…)` to its builder, or `.shared_state(…)` for an `Arc` of it"
            )));
        }
    }
    for given in &spec.given {
        if !expected.iter().any(|expected| expected.id == given.id) {
            let name = given.name;
            return Err(Error::configuration(format!(
                "the tool `{tool}` needs every run to be given a `{name}`, and the agent does not \
                 expect one: add `.expects::<{name}>()` to its builder, and `.with(…)` to its runs"
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
