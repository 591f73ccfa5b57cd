//! Preparation of a run: it locks and reads the conversation, and decides the first entries.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use callsign_types::error::{Error, ErrorKind};
use callsign_types::id::{ConversationId, JournalKey};
use callsign_types::journal::entry::{Entry, FORMAT, OUTPUT_TOOL, RunStarted};
use callsign_types::limits::Limits;
use callsign_types::message::UserMessage;
use callsign_types::messages::Messages;
use callsign_types::request::ToolChoice;
use callsign_types::sanitize::repair;
use callsign_types::traits::context::Context;
use callsign_types::traits::extensions::Extensions;
use callsign_types::traits::store::{ConversationLock, InboxItem, Store, StoreError, inbox_entry};
use callsign_types::traits::tool::StateType;
use tokio::time::{Instant, timeout};

use super::active_runs::ConcurrencyPolicy;
use super::once::{self, Occurrence};
use crate::executor::active_agent::ActiveAgent;
use crate::executor::agent_config::AgentConfig;
use crate::executor::output_spec::OutputSpec;
use crate::journal::Journal;
use crate::journal::run_end::RunEnd;

/// The maximum duration of a run. Some platforms cannot represent much later times.
pub(super) const ONE_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Everything that a run starts with.
pub(crate) struct RunRequest {
    pub(crate) config: Arc<AgentConfig>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) conversation: ConversationId,
    pub(crate) message: Option<UserMessage>,
    /// The name of the request, if it is idempotent.
    pub(crate) once: Option<String>,
    pub(crate) history: Messages,
    pub(crate) limits: Limits,
    /// The values that the caller passes to the run.
    pub(crate) values: Extensions,
    /// How the output is requested and checked, if it has a schema.
    pub(crate) output: Option<Arc<OutputSpec>>,
    /// Whether the model may, must or must not call tools.
    pub(crate) tool_choice: ToolChoice,
    /// The policy for other active runs of the conversation.
    pub(crate) concurrency: ConcurrencyPolicy,
    /// The call that the run belongs to, if it is a sub-agent's.
    pub(crate) parent: Option<Context>,
    /// Whether the store exists for this run alone.
    pub(crate) ephemeral: bool,
}

/// A conversation that is read.
pub(super) enum Prepared {
    /// It is locked, and the run can start.
    Run(Box<PreparedRun>),
    /// There is nothing to do: the end of the run, and the journal up to it.
    Ended(RunEnd, Box<Journal>),
}

/// A conversation that is locked and read.
pub(super) struct PreparedRun {
    /// The journal as it is in the store.
    pub(super) journal: Journal,
    /// The first entries of the run.
    pub(super) entries: Vec<Entry>,
    pub(super) lock: ConversationLock,
    /// The agent that the conversation belongs to.
    pub(super) active: ActiveAgent,
}

/// Locks the conversation and reads it.
///
/// # Errors
/// Returns a configuration error if the request is not valid, a *locked* error if the conversation
/// does not become free in time or another process has locked it, and the store's errors.
pub(super) async fn prepare(request: &RunRequest) -> Result<Prepared, Error> {
    let RunRequest { store, conversation, message, limits, .. } = request;
    if message.as_ref().is_some_and(|message| message.content.is_empty()) {
        return Err(Error::configuration("message is empty"));
    }
    check_not_empty(conversation)?;
    once::check(request)?;
    check_context(request)?;
    check_output_tool(request)?;
    check_models(&request.config)?;
    let left = request.parent.as_ref().and_then(|parent| parent.scope().time_left());
    let limit = left.map_or(limits.run_timeout, |left| left.min(limits.run_timeout));
    let lock = match timeout(limit, once::lock(request)).await {
        Ok(lock) => lock?,
        Err(_) => return Err(still_locked(conversation, limit)),
    };
    let entries = read(&**store, conversation).await?;
    let (journal, message) = match once::find(request, &entries)? {
        Occurrence::New => (entries.into_iter().collect(), message.as_ref()),
        Occurrence::Newest => (entries.into_iter().collect(), None),
        Occurrence::Earlier(journal) => return once::answer(request, journal),
    };
    let journal: Journal = journal;
    if journal.state.length() == 0 && request.parent.is_none() {
        check_name(conversation)?;
    }
    let items = store.inbox(conversation, journal.state.inbox_taken()).await?;
    let agent = journal.state.agent().map(|agent| &**agent);
    let (values, output) = (&request.values, request.output.as_ref());
    let active = ActiveAgent::find(&request.config, agent, conversation, values, output)?;
    check_tool_choice(&request.tool_choice, &active)?;
    let deadline = Instant::now() + limit.min(ONE_YEAR);
    let instructions = active.instructions(deadline).await?;
    let entries = first_entries(&journal, request, message, &active, items, &instructions)?;
    if let Some(end) = nothing_to_do(&journal, &entries) {
        return Ok(Prepared::Ended(end, Box::new(journal)));
    }
    Ok(Prepared::Run(Box::new(PreparedRun { journal, entries, lock, active })))
}

fn check_not_empty(conversation: &ConversationId) -> Result<(), Error> {
    if conversation.as_str().is_empty() {
        return Err(Error::configuration("conversation name is empty"));
    }
    Ok(())
}

/// Checks the name of a new conversation, which the application has chosen.
pub(crate) fn check_name(conversation: &ConversationId) -> Result<(), Error> {
    check_not_empty(conversation)?;
    if conversation.is_agents() {
        return Err(Error::configuration(format!(
            "conversation name `{conversation}` starts with `{}`, which is reserved for \
             sub-agents: choose another name",
            ConversationId::AGENTS
        )));
    }
    Ok(())
}

/// Checks the tools of agents whose model was replaced after they were built.
fn check_models(config: &Arc<AgentConfig>) -> Result<(), Error> {
    let all = std::iter::once(config).chain(config.team.values());
    let mut unchecked = all.filter(|config| !config.model_is_checked);
    unchecked.try_for_each(|config| config.model.info().check_tools(config.tools.definitions()))
}

/// Checks that the run was passed every value that the agent requires.
fn check_context(request: &RunRequest) -> Result<(), Error> {
    let missing = |required: &&StateType| !request.values.contains(required.id);
    match request.config.required_context.iter().find(missing) {
        None => Ok(()),
        Some(StateType { name, .. }) => {
            let remedy = if request.values.has_arc_of(name) {
                "it was passed an `Arc` of it: pass that with `.context_arc(…)` instead of \
                 `.context(…)`"
                    .to_owned()
            } else if name.starts_with("dyn ") {
                format!("add `.context_arc::<{name}>(Arc::new(…))` to the run")
            } else {
                "add `.context(…)` to the run".to_owned()
            };
            Err(Error::configuration(format!(
                "the agent requires a `{name}` for every run, and this run has none: {remedy}"
            )))
        }
    }
}

/// Checks that no agent of the team has a tool with the name of the output tool.
fn check_output_tool(request: &RunRequest) -> Result<(), Error> {
    let mut team = request.config.team.values().filter(|_| request.output.is_some());
    match team.find(|member| member.tools.get(OUTPUT_TOOL).is_some()) {
        None => Ok(()),
        Some(member) => Err(Error::configuration(format!(
            "structured output uses the tool name `{OUTPUT_TOOL}`, and the agent `{}` of the team \
             has a tool of that name: rename it",
            member.name
        ))),
    }
}

/// Checks that the agent has the tools that it must call.
fn check_tool_choice(choice: &ToolChoice, active: &ActiveAgent) -> Result<(), Error> {
    let tools = || active.tools.names().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    match choice {
        ToolChoice::Required if active.tools.definitions().is_empty() => Err(Error::configuration(
            "the tool choice of the run requires a call, and the agent has no tools: add a \
                 tool, or remove the tool choice",
        )),
        ToolChoice::Tool(name) if active.tools.model_name(name).is_none() => {
            let tools = tools();
            let tools = if tools.is_empty() { "none".to_owned() } else { tools.join(", ") };
            Err(Error::configuration(format!(
                "the tool choice of the run names `{name}`, which is not a tool of the agent in \
                 this run; its tools: {tools}"
            )))
        }
        _ => Ok(()),
    }
}

fn still_locked(conversation: &ConversationId, time: Duration) -> Error {
    let message = format!(
        "conversation `{conversation}` was still locked after {time:?}: another run of this \
         process has locked it; await, cancel or drop that run first"
    );
    Error::new(ErrorKind::Locked, message)
}

/// Returns how the newest run ended, if there is nothing to do: no new message, no pending call.
fn nothing_to_do(journal: &Journal, entries: &[Entry]) -> Option<RunEnd> {
    let is_new_message = |entry: &Entry| {
        matches!(entry, Entry::User { .. } | Entry::InboxDrained { .. } | Entry::History { .. })
    };
    let requests_output =
        |entry: &Entry| matches!(entry, Entry::RunStarted(run) if run.output.is_some());
    match journal.state.standing() {
        // The answer may not be the output that this run requests.
        Some(RunEnd::Completed) if entries.iter().any(requests_output) => None,
        _ if entries.iter().any(is_new_message) => None,
        newest => newest.cloned(),
    }
}

async fn read(store: &dyn Store, conversation: &ConversationId) -> Result<Vec<Entry>, Error> {
    let entries = match store.load(conversation, 0..u64::MAX).await {
        Ok(entries) => entries,
        Err(error @ StoreError::Unreadable { .. }) => {
            // The entry may be of a newer format; the first entry holds the format.
            let first = store.load(conversation, 0..1).await?;
            check_format(&Journal::read(&first), conversation)?;
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    };
    check_format(&Journal::read(entries.first()), conversation)?;
    Ok(entries)
}

fn check_format(journal: &Journal, conversation: &ConversationId) -> Result<(), Error> {
    let problem = match journal.state.format() {
        1..=FORMAT => return Ok(()),
        0 if journal.state.length() == 0 => return Ok(()),
        0 => "has no format: it was not written by Callsign".to_owned(),
        format => format!(
            "has format {format}, and this version reads formats 1 to {FORMAT}: use a newer version"
        ),
    };
    let message = format!("the journal of conversation `{conversation}` {problem}");
    Err(Error::new(ErrorKind::Store, message))
}

/// Returns the first entries of a run: one commit.
fn first_entries(
    journal: &Journal,
    request: &RunRequest,
    message: Option<&UserMessage>,
    active: &ActiveAgent,
    items: Vec<InboxItem>,
    instructions: &str,
) -> Result<Vec<Entry>, Error> {
    let RunRequest { history, once, limits, output, .. } = request;
    let state = &journal.state;
    let is_new = state.length() == 0;
    let mut entries = Vec::new();
    if is_new {
        entries.push(Entry::Created { format: FORMAT, key: JournalKey::random() });
    }
    if !history.is_empty() {
        if !is_new {
            return Err(Error::configuration(
                "a history can only be passed to an empty conversation",
            ));
        }
        entries.push(Entry::History { messages: repair(history.iter().cloned()) });
    }
    // A reader of an older format would not find limits that are omitted.
    let has_same_limits = state.has_run() && state.format() >= 3 && state.limits() == limits;
    let tools = active.tools.recorded();
    let recorded = state.instructions().map_or("", |text| text);
    let mut started = RunStarted::unchanged(now());
    started.limits = (!has_same_limits).then(|| limits.clone());
    started.instructions = (*recorded != *instructions).then(|| instructions.to_owned());
    started.tools = (is_new || state.tools() != tools).then(|| tools.to_vec());
    started.policy = !active.config.policies.is_empty();
    started.output = output
        .as_ref()
        .map(|output| output.mode.unwrap_or_else(|| active.config.model.info().output_mode));
    started.once = once.clone().filter(|_| message.is_some());
    entries.push(Entry::RunStarted(started));
    entries.extend(inbox_entry(state.inbox_taken(), items, state.key()));
    entries.extend(message.cloned().map(|message| Entry::User { message }));
    Ok(entries)
}

/// Returns the milliseconds since 1970 (UTC); 0 if the clock is before that.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
