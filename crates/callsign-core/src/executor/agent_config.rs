//! The configuration of an agent, as far as its runs need it.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use callsign_types::error::Error;
use callsign_types::limits::Limits;
use callsign_types::pricing::PriceTable;
use callsign_types::request::Options;
use callsign_types::traits::compactor::Compactor;
use callsign_types::traits::extensions::Extensions;
use callsign_types::traits::model::Model;
use callsign_types::traits::policy::Policy;
use callsign_types::traits::run_context::RunContext;
use callsign_types::traits::store::Store;
use callsign_types::traits::tool::{ErrorVisibility, StateType, SubAgent, Tool};

use crate::middleware::hooks::Hooks;
use crate::tools::registry::ToolRegistry;

/// The tools that hand a conversation back, by the name of the agent that gets them.
pub(crate) type ReturnTools = BTreeMap<Arc<str>, Vec<Arc<dyn Tool>>>;

/// The configuration of an agent, shared by all its runs.
#[derive(Clone, Debug)]
pub(crate) struct AgentConfig {
    /// The name; empty if it has none.
    pub(crate) name: Arc<str>,
    pub(crate) model: Arc<dyn Model>,
    /// Whether the tools were checked against the model. They are not if the model was replaced.
    pub(crate) model_is_checked: bool,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) instructions: Instructions,
    pub(crate) tools: Arc<ToolRegistry>,
    /// The values that tools take as `#[state]`.
    pub(crate) state: Extensions,
    /// The types of the context values that every run requires.
    pub(crate) required_context: Vec<StateType>,
    pub(crate) policies: Vec<Arc<dyn Policy>>,
    pub(crate) hooks: Hooks,
    /// The visibility of tool errors, unless the error or the tool sets it.
    pub(crate) error_visibility: Option<ErrorVisibility>,
    pub(crate) prices: Arc<PriceTable>,
    /// The compactors, applied in this order.
    pub(crate) compactors: Vec<Arc<dyn Compactor>>,
    /// Whether runs are suspended and replayed from their start before every step, for tests.
    pub(crate) replays: bool,
    pub(crate) limits: Limits,
    pub(crate) options: Arc<Options>,
    /// The agents that a conversation can be handed to, directly and through each other, by
    /// name.
    pub(crate) team: Arc<BTreeMap<Arc<str>, Arc<AgentConfig>>>,
    /// The tools that agents of the team get in addition to their own.
    pub(crate) return_tools: Arc<ReturnTools>,
    /// All agents below this one: sub-agents, the team, and the agents below those.
    pub(crate) sub_agents: Vec<SubAgent>,
}

/// The instructions of an agent.
#[derive(Clone, Default)]
pub(crate) enum Instructions {
    /// No instructions.
    #[default]
    None,
    /// The same text for every run.
    Text(Arc<str>),
    /// Computed for each run.
    Computed(Arc<dyn Fn(&RunContext) -> String + Send + Sync>),
}

impl Instructions {
    /// Returns the instructions of a run; empty if there are none.
    ///
    /// # Errors
    /// Returns a configuration error if the function that computes them panics.
    pub(crate) fn of(&self, run: &RunContext) -> Result<Arc<str>, Error> {
        match self {
            Self::None => Ok("".into()),
            Self::Text(text) => Ok(text.clone()),
            Self::Computed(compute) => match catch_unwind(AssertUnwindSafe(|| compute(run))) {
                Ok(text) => Ok(text.into()),
                Err(_) => Err(Error::configuration(
                    "the function that computes the instructions of the agent panicked",
                )),
            },
        }
    }
}

impl fmt::Debug for Instructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Text(text) => f.debug_tuple("Text").field(text).finish(),
            Self::Computed(_) => f.write_str("Computed"),
        }
    }
}
