//! The tool registry of an agent, checked once when the agent is built.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

#[cfg(feature = "validate")]
use callsign_json::schema::validate::Validator;
use callsign_types::error::Error;
use callsign_types::journal::entry::RecordedTool;
use callsign_types::request::ToolDefinition;
use callsign_types::tool_name::{check_tool_name, fnv1a};
use callsign_types::traits::extensions::Extensions;
use callsign_types::traits::run_context::RunContext;
use callsign_types::traits::tool::{StateType, Tool, ToolSpec};

use super::names::disambiguated;

/// The tools of an agent, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct ToolRegistry {
    tools: Vec<Arc<RegisteredTool>>,
    by_name: BTreeMap<Arc<str>, usize>,
    definitions: Arc<[ToolDefinition]>,
    recorded: Vec<RecordedTool>,
    /// Whether policies may ask a person about any call.
    has_policies: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct RegisteredTool {
    pub(crate) tool: Arc<dyn Tool>,
    /// The spec, shared with policies.
    pub(crate) spec: Arc<ToolSpec>,
    #[cfg(feature = "validate")]
    pub(crate) validator: Arc<Validator>,
}

impl ToolRegistry {
    /// Creates a registry. The model receives the tools in this order.
    ///
    /// # Errors
    /// Returns a configuration error if two tools have the same name, a name is not accepted by
    /// providers, a schema is not valid, or a tool requires state that the agent does not have.
    pub(crate) fn new(
        tools: Vec<Arc<dyn Tool>>,
        state: &Extensions,
        required_context: &[StateType],
        has_policies: bool,
    ) -> Result<Self, Error> {
        let mut registered = Vec::new();
        for tool in disambiguated(tools) {
            check_requirements(tool.spec(), state, required_context)?;
            registered.push(Arc::new(RegisteredTool::new(tool)?));
        }
        Self::from_tools(registered, has_policies)
    }

    /// Returns the tools that are enabled in a run; `None` if all of them are.
    ///
    /// # Errors
    /// Returns a configuration error if a predicate panics.
    pub(crate) fn enabled(&self, run: &RunContext) -> Result<Option<Self>, Error> {
        let mut enabled = Vec::with_capacity(self.tools.len());
        for tool in &self.tools {
            if tool.is_enabled(run)? {
                enabled.push(tool.clone());
            }
        }
        if enabled.len() == self.tools.len() {
            return Ok(None);
        }
        Self::from_tools(enabled, self.has_policies).map(Some)
    }

    /// Returns the registry with each tool wrapped. A wrapper has the spec of its tool.
    pub(crate) fn wrapped(&self, wrap: impl Fn(Arc<dyn Tool>) -> Arc<dyn Tool>) -> Self {
        let wrap = |tool: &Arc<RegisteredTool>| {
            Arc::new(RegisteredTool { tool: wrap(tool.tool.clone()), ..(**tool).clone() })
        };
        Self { tools: self.tools.iter().map(wrap).collect(), ..self.clone() }
    }

    /// Returns the registry with these tools appended.
    ///
    /// # Errors
    /// Returns the errors of [`new`](Self::new), except for required state.
    pub(crate) fn with(&self, tools: &[Arc<dyn Tool>]) -> Result<Self, Error> {
        let mut all = self.tools.clone();
        for tool in tools {
            all.push(Arc::new(RegisteredTool::new(Arc::clone(tool))?));
        }
        Self::from_tools(all, self.has_policies)
    }

    /// Returns the registry with a tool that is neither recorded nor part of the definitions.
    ///
    /// # Errors
    /// Returns a configuration error if its name is taken or its schema is not valid.
    pub(crate) fn with_hidden(&self, tool: Arc<dyn Tool>) -> Result<Self, Error> {
        let name = tool.spec().definition.name.clone();
        if self.by_name.contains_key(&name) {
            return Err(Error::configuration(format!(
                "structured output uses the tool name `{name}`, and the agent has a tool of that \
                 name: rename it"
            )));
        }
        let mut registry = self.clone();
        registry.by_name.insert(name, registry.tools.len());
        registry.tools.push(Arc::new(RegisteredTool::new(tool)?));
        Ok(registry)
    }

    fn from_tools(tools: Vec<Arc<RegisteredTool>>, has_policies: bool) -> Result<Self, Error> {
        let mut registry = Self { has_policies, ..Self::default() };
        let mut definitions = Vec::new();
        for (at, tool) in tools.iter().enumerate() {
            let name = tool.spec.definition.name.clone();
            if let Some(other) = registry.by_name.insert(name.clone(), at) {
                if tools[other].spec.definition == tool.spec.definition {
                    return Err(Error::configuration(format!(
                        "two tools are named `{name}` and have the same definition: remove the \
                         duplicate, or distinguish two values of one type with \
                         `Toolset::prefix`"
                    )));
                }
                return Err(Error::configuration(format!(
                    "two tools are named `{name}`: give one of them another name with \
                     `#[tool(name = \"…\")]`, or a prefix with `Toolset::prefix`"
                )));
            }
            definitions.push(tool.spec.definition.clone());
            registry.recorded.push(recorded(&tool.spec, has_policies));
        }
        registry.tools = tools;
        registry.definitions = definitions.into();
        Ok(registry)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&RegisteredTool> {
        self.by_name.get(name).map(|&at| &*self.tools[at])
    }

    /// Returns the name that the model receives of a tool with this name or original name; `None`
    /// if there is no such tool.
    pub(crate) fn model_name(&self, name: &str) -> Option<&str> {
        let original = |tool: &&Arc<RegisteredTool>| {
            tool.spec.original_name.as_deref().is_some_and(|original| original == name)
        };
        let tool = self.get(name).or_else(|| self.tools.iter().find(original).map(|tool| &**tool));
        tool.map(|tool| tool.spec.name())
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

impl RegisteredTool {
    fn new(tool: Arc<dyn Tool>) -> Result<Self, Error> {
        let spec = tool.spec();
        check_tool_name(spec.name())?;
        Ok(Self {
            #[cfg(feature = "validate")]
            validator: Arc::new(validator(spec)?),
            spec: Arc::new(spec.clone()),
            tool,
        })
    }
}

/// Compiles the schema of a tool's arguments, and warns of what is not checked.
#[cfg(feature = "validate")]
fn validator(spec: &ToolSpec) -> Result<Validator, Error> {
    let (name, schema) = (spec.name(), &spec.definition.parameters);
    let compiled =
        if spec.lenient_schema { Validator::lenient(schema) } else { Validator::new(schema) };
    let validator = compiled.map_err(|reason| {
        Error::configuration(format!("the schema of the tool `{name}` is not valid: {reason}"))
    })?;
    for unchecked in validator.unchecked() {
        let (path, keyword) = (unchecked.pointer(), unchecked.keyword());
        let reason = unchecked.reason();
        tracing::warn!(tool = name, path, keyword, reason, "a keyword of a schema is not checked");
    }
    Ok(validator)
}

impl RegisteredTool {
    fn is_enabled(&self, run: &RunContext) -> Result<bool, Error> {
        let Some(when) = &self.spec.enabled_if else { return Ok(true) };
        catch_unwind(AssertUnwindSafe(|| when.holds(run))).map_err(|_| {
            let tool = self.spec.name();
            Error::configuration(format!("the predicate that enables the tool `{tool}` panicked"))
        })
    }
}

fn recorded(spec: &ToolSpec, has_policies: bool) -> RecordedTool {
    let mut tool = RecordedTool::new(spec.name(), digest(&spec.definition.parameters));
    tool.repeatable = spec.is_repeatable();
    tool.concurrency = spec.concurrency;
    tool.approval = spec.approval;
    tool.sequential = spec.sequential;
    let may_ask = spec.approval || has_policies;
    tool.parameters = may_ask.then(|| (*spec.definition.parameters).clone());
    tool.coerce = may_ask && spec.coerce;
    tool
}

/// Checks that the agent has the state and context that a tool requires.
fn check_requirements(
    spec: &ToolSpec,
    state: &Extensions,
    required_context: &[StateType],
) -> Result<(), Error> {
    let tool = spec.name();
    let is_context = |id| required_context.iter().any(|context| context.id == id);
    for StateType { id, name, .. } in &spec.required_state {
        if !state.contains(*id) {
            let remedy = if is_context(*id) {
                "it is a context value, which tools take as `#[context]`".to_owned()
            } else if state.has_arc_of(name) {
                "it has an `Arc` of it: add that with `.state_arc(…)` instead of `.state(…)`"
                    .to_owned()
            } else if name.starts_with("dyn ") {
                format!("add `.state_arc::<{name}>(Arc::new(…))` to its builder")
            } else {
                "add `.state(…)` to its builder, or `.state_arc(…)` for an `Arc` of it".to_owned()
            };
            return Err(Error::configuration(format!(
                "the tool `{tool}` requires state of type `{name}`, and the agent has none: \
                 {remedy}"
            )));
        }
    }
    for required in &spec.required_context {
        if !is_context(required.id) {
            let name = required.name;
            let method = if name.starts_with("dyn ") { "context_arc" } else { "context" };
            let hint = if state.contains(required.id) {
                "; or take the agent's state of that type as `#[state]`"
            } else {
                ""
            };
            return Err(Error::configuration(format!(
                "the tool `{tool}` requires a context value of type `{name}`, and the agent does \
                 not require one of its runs: add `.requires_context::<{name}>()` to its builder, and \
                 `.{method}(…)` to its runs{hint}"
            )));
        }
    }
    Ok(())
}

/// Returns the FNV-1a hash of the schema's JSON. It detects changed schemas, but does not
/// protect against attacks.
fn digest(schema: &serde_json::Value) -> String {
    let hash = fnv1a(schema.to_string().as_bytes());
    let mut digest = String::with_capacity(16);
    // Writing to a string cannot fail.
    let _ = write!(digest, "{hash:016x}");
    digest
}
