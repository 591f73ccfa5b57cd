//! An agent's tools, checked once when the agent is built.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::journal::entry::RecordedTool;
use crate::traits::context::States;
use crate::traits::tool::Tool;
use crate::words::error::Error;
use crate::words::request::ToolDefinition;

/// The tools of an agent, by their names.
#[derive(Debug, Default)]
pub(crate) struct Toolbox {
    tools: Vec<Slot>,
    by_name: BTreeMap<Arc<str>, usize>,
    definitions: Arc<[ToolDefinition]>,
    recorded: Vec<RecordedTool>,
}

#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) tool: Arc<dyn Tool>,
    #[cfg(feature = "validate")]
    pub(crate) validator: super::validate::Validator,
}

impl Toolbox {
    /// Takes the tools in this order; the model sees them so.
    pub(crate) fn new(tools: Vec<Arc<dyn Tool>>, states: &States) -> Result<Self, Error> {
        let mut toolbox = Self::default();
        let mut definitions = Vec::new();
        for tool in tools {
            let spec = tool.spec();
            check_name(spec.name())?;
            for state in &spec.states {
                if !states.contains(state.id) {
                    return Err(Error::configuration(format!(
                        "the tool `{}` needs a state of type `{}`, and the agent has none: add \
                         `.state(…)` to its builder, or `.shared_state(…)` for an `Arc` of it",
                        spec.name(),
                        state.name
                    )));
                }
            }
            let name = spec.definition.name.clone();
            if toolbox.by_name.insert(name.clone(), toolbox.tools.len()).is_some() {
                return Err(Error::configuration(format!(
                    "two tools are named `{name}`: give one of them another name with \
                     `#[tool(name = \"…\")]`"
                )));
            }
            definitions.push(spec.definition.clone());
            toolbox.recorded.push(RecordedTool {
                name: name.to_string(),
                schema: digest(&spec.definition.parameters),
                repeatable: spec.is_repeatable(),
                concurrency: spec.concurrency,
            });
            toolbox.tools.push(Slot {
                #[cfg(feature = "validate")]
                validator: super::validate::Validator::new(spec)?,
                tool,
            });
        }
        toolbox.definitions = definitions.into();
        Ok(toolbox)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Slot> {
        self.by_name.get(name).map(|&at| &self.tools[at])
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

/// The wire's rule for names, which all services share: 1 to 64 of `A-Za-z0-9_-`.
fn check_name(name: &str) -> Result<(), Error> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if (1..=64).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(Error::configuration(format!(
        "`{name}` can't be a tool's name: services take 1 to 64 of A-Z, a-z, 0-9, `_` and `-`"
    )))
}

/// FNV-1a over the schema's JSON. It tells schemas apart that changed, and protects against
/// nothing.
fn digest(schema: &serde_json::Value) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in schema.to_string().bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    let mut digest = String::with_capacity(16);
    // Writing to a string cannot fail.
    let _ = write!(digest, "{hash:016x}");
    digest
}
