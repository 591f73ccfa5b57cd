//! The configuration of an agent, as far as its runs need it.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use callsign_types::error::{Error, ErrorKind};
use callsign_types::limits::{LimitKind, Limits};
use callsign_types::pricing::PriceTable;
use callsign_types::request::Options;
use callsign_types::traits::compactor::Compactor;
use callsign_types::traits::extensions::Extensions;
use callsign_types::traits::model::Model;
use callsign_types::traits::policy::Policy;
use callsign_types::traits::run_context::RunContext;
use callsign_types::traits::store::Store;
use callsign_types::traits::tool::{ErrorVisibility, StateType, SubAgent, Tool};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, timeout_at};

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
    /// The middleware of one run, around that of every agent of the run.
    pub(crate) run_hooks: Hooks,
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
    /// Computed for each run by an async function.
    Async(Arc<InstructionsFn>),
}

type InstructionsFn =
    dyn Fn(&RunContext) -> BoxFuture<'static, Result<Arc<str>, Error>> + Send + Sync;

impl Instructions {
    /// Returns the instructions of a run; empty if there are none.
    ///
    /// # Errors
    /// Returns the error of the function that computes them, or a configuration error if it panics,
    /// or a time limit error if it is not done at the deadline.
    pub(crate) async fn of(&self, run: &RunContext, deadline: Instant) -> Result<Arc<str>, Error> {
        let computed = match self {
            Self::None => return Ok("".into()),
            Self::Text(text) => return Ok(text.clone()),
            Self::Computed(compute) => {
                catch_unwind(AssertUnwindSafe(|| compute(run))).map(|text| Ok(text.into()))
            }
            Self::Async(compute) => {
                // The function itself may panic before there is a future to poll.
                let work = async { timeout_at(deadline, compute(run)).await };
                let computed = AssertUnwindSafe(work).catch_unwind().await;
                computed.map(|text| text.unwrap_or_else(|_| Err(not_in_time())))
            }
        };
        computed.unwrap_or_else(|_| {
            Err(Error::configuration(
                "the function that computes the instructions of the agent panicked",
            ))
        })
    }
}

fn not_in_time() -> Error {
    let message = "the function that computes the instructions of the agent exceeded the run's time \
                   limit";
    Error::new(ErrorKind::Limit(LimitKind::Time), message)
}

impl fmt::Debug for Instructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Text(text) => f.debug_tuple("Text").field(text).finish(),
            Self::Computed(_) | Self::Async(_) => f.write_str("Computed"),
        }
    }
}
