//! What an agent is made of, as far as its runs need it.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::around::hooks::Hooks;
use crate::dispatch::toolbox::Toolbox;
use crate::traits::compactor::Compactor;
use crate::traits::model::Model;
use crate::traits::policy::Policy;
use crate::traits::run_context::RunContext;
use crate::traits::states::States;
use crate::traits::store::Store;
use crate::traits::tool::{AgentUnder, ErrorAudience, StateType, Tool};
use crate::words::error::Error;
use crate::words::limits::Limits;
use crate::words::money::Prices;
use crate::words::request::Options;

/// Tools, by the names of the agents that get them.
pub(crate) type Returns = BTreeMap<Arc<str>, Vec<Arc<dyn Tool>>>;

/// The parts of an agent, shared by everything that it runs.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// What it is called; empty for nothing.
    pub(crate) name: Arc<str>,
    pub(crate) model: Arc<dyn Model>,
    /// Whether the model was asked if it can be told of the tools; one that came later was not.
    pub(crate) model_is_checked: bool,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) instructions: Instructions,
    pub(crate) toolbox: Arc<Toolbox>,
    pub(crate) states: States,
    /// The types of value that every run has to be given.
    pub(crate) expected: Vec<StateType>,
    pub(crate) policies: Vec<Arc<dyn Policy>>,
    pub(crate) hooks: Hooks,
    /// Who hears the errors of tools, where neither they nor the tools say so.
    pub(crate) errors: Option<ErrorAudience>,
    pub(crate) prices: Arc<Prices>,
    /// What makes a history shorter that is too long, in this order.
    pub(crate) compactors: Vec<Arc<dyn Compactor>>,
    /// Whether the run is suspended, and replayed from its start, before every step.
    pub(crate) replays: bool,
    pub(crate) limits: Limits,
    pub(crate) options: Arc<Options>,
    /// The agents that a conversation can be handed to from here, by their names, and from
    /// those.
    pub(crate) team: Arc<BTreeMap<Arc<str>, Arc<Parts>>>,
    /// The tools that agents of the team get besides their own, by the agents' names: those that
    /// give the conversation back.
    pub(crate) returns: Arc<Returns>,
    /// All agents under this one: those among its tools, its team, and those under them.
    pub(crate) under: Vec<AgentUnder>,
}

/// The standing instructions of an agent.
#[derive(Clone, Default)]
pub(crate) enum Instructions {
    /// There are none.
    #[default]
    None,
    /// Always the same.
    Text(Arc<str>),
    /// Made anew for each run.
    Computed(Arc<dyn Fn(&RunContext) -> String + Send + Sync>),
}

impl Instructions {
    /// The instructions of this run; empty for none.
    ///
    /// # Errors
    /// Where the function that makes them panics.
    pub(crate) fn of(&self, run: &RunContext) -> Result<Arc<str>, Error> {
        match self {
            Self::None => Ok("".into()),
            Self::Text(text) => Ok(text.clone()),
            Self::Computed(compute) => match catch_unwind(AssertUnwindSafe(|| compute(run))) {
                Ok(text) => Ok(text.into()),
                Err(_) => Err(Error::configuration(
                    "the function that makes the agent's instructions panicked",
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
