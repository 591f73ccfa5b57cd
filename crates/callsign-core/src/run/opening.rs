//! What a run begins with: the conversation, held and read, and the entries of its first commit.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::timeout;

use super::active::Active;
use super::answer::AnswerSpec;
use super::live::Overlap;
use super::parts::Parts;
use crate::journal::Journal;
use crate::journal::ending::Ending;
use crate::journal::entry::{ANSWER_TOOL, Entry, FORMAT, RunStarted};
use crate::journal::repair::repair;
use crate::traits::context::Context;
use crate::traits::states::States;
use crate::traits::store::{Hold, InboxItem, Store, StoreError, taken};
use crate::traits::tool::StateType;
use crate::words::error::{Error, ErrorKind};
use crate::words::id::{ConversationId, JournalKey};
use crate::words::limits::Limits;
use crate::words::message::UserMessage;
use crate::words::messages::Messages;

/// What a run is begun with.
pub(crate) struct Beginning {
    pub(crate) parts: Arc<Parts>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) conversation: ConversationId,
    pub(crate) message: Option<UserMessage>,
    pub(crate) history: Messages,
    pub(crate) limits: Limits,
    /// The values that the run is given.
    pub(crate) given: States,
    /// What the answer has to be like, where it has to be like anything.
    pub(crate) answer: Option<Arc<AnswerSpec>>,
    /// What to do where another run of the conversation is under way.
    pub(crate) overlap: Overlap,
    /// The call that the run belongs to, where it is one of an agent that is a tool.
    pub(crate) above: Option<Context>,
    /// Whether the store was made for this run alone.
    pub(crate) ephemeral: bool,
}

/// A conversation that is held and read.
pub(super) struct Opened {
    /// The journal as it is in the store.
    pub(super) journal: Journal,
    /// What the run adds to it first.
    pub(super) entries: Vec<Entry>,
    pub(super) hold: Hold,
    /// The agent that has the conversation.
    pub(super) active: Active,
}

/// Holds the conversation and reads it.
pub(super) async fn open(beginning: &Beginning) -> Result<Opened, Error> {
    let Beginning { store, conversation, message, limits, .. } = beginning;
    if message.as_ref().is_some_and(|message| message.content.is_empty()) {
        return Err(Error::configuration("the message is empty: say something"));
    }
    if conversation.as_str().is_empty() {
        return Err(Error::configuration("a conversation's name is not empty"));
    }
    check_given(beginning)?;
    check_team(beginning)?;
    check_models(&beginning.parts)?;
    let left = beginning.above.as_ref().and_then(|above| above.scope().time_left());
    let patience = left.map_or(limits.time, |left| left.min(limits.time));
    let hold = match timeout(patience, store.hold(conversation)).await {
        Ok(hold) => hold?,
        Err(_) => return Err(still_held(conversation, limits)),
    };
    let journal = read(&**store, conversation).await?;
    let items = store.inbox(conversation, journal.state.inbox_taken()).await?;
    let agent = journal.state.agent().map(|agent| &**agent);
    let (given, answer) = (&beginning.given, beginning.answer.as_ref());
    let active = Active::find(&beginning.parts, agent, conversation, given, answer)?;
    let entries = entries(&journal, beginning, &active, items)?;
    Ok(Opened { journal, entries, hold, active })
}

/// Asks the models that came after their agents were built whether they can be told of the tools.
fn check_models(parts: &Arc<Parts>) -> Result<(), Error> {
    let all = std::iter::once(parts).chain(parts.team.values());
    let mut unchecked = all.filter(|parts| !parts.model_is_checked);
    unchecked.try_for_each(|parts| parts.model.check_tools(parts.toolbox.definitions()))
}

/// Has the run be given everything that the agent expects.
fn check_given(beginning: &Beginning) -> Result<(), Error> {
    let missing = |expected: &&StateType| !beginning.given.contains(expected.id);
    match beginning.parts.expected.iter().find(missing) {
        None => Ok(()),
        Some(StateType { name, .. }) => {
            let instead = if beginning.given.has_arc_of(name) {
                "it was given an `Arc` of one: add that by `.with_shared(…)` in place of `.with(…)`"
                    .to_owned()
            } else if name.starts_with("dyn ") {
                format!("add `.with_shared::<{name}>(Arc::new(…))` to it")
            } else {
                "add `.with(…)` to it".to_owned()
            };
            Err(Error::configuration(format!(
                "the agent expects every run to be given a `{name}`, and this one was not: {instead}"
            )))
        }
    }
}

/// Has the answer's tool stand in nobody's way who may come to have the conversation.
fn check_team(beginning: &Beginning) -> Result<(), Error> {
    let mut team = beginning.parts.team.values().filter(|_| beginning.answer.is_some());
    match team.find(|member| member.toolbox.get(ANSWER_TOOL).is_some()) {
        None => Ok(()),
        Some(member) => Err(Error::configuration(format!(
            "the run's answer is given by a tool named `{ANSWER_TOOL}`, and the agent `{}`, which \
             may come to give it, has another one of that name: rename it",
            member.name
        ))),
    }
}

fn still_held(conversation: &ConversationId, limits: &Limits) -> Error {
    let time = limits.time;
    let message = format!(
        "conversation `{conversation}` was not free within {time:?}: another run of this process \
         has it; await, cancel or drop that one first"
    );
    Error::new(ErrorKind::Held, message)
}

/// The ending that stands, where there is nothing to do: nothing was said and nothing is due.
pub(super) fn nothing_to_do(journal: &Journal, entries: &[Entry]) -> Option<Ending> {
    let says = |entry: &Entry| {
        matches!(entry, Entry::User { .. } | Entry::Taken { .. } | Entry::History { .. })
    };
    let asks = |entry: &Entry| matches!(entry, Entry::RunStarted(run) if run.answer.is_some());
    match journal.state.standing() {
        // It may not be what this run asks for.
        Some(Ending::Answered) if entries.iter().any(asks) => None,
        _ if entries.iter().any(says) => None,
        standing => standing.cloned(),
    }
}

async fn read(store: &dyn Store, conversation: &ConversationId) -> Result<Journal, Error> {
    let entries = match store.load(conversation, 0..u64::MAX).await {
        Ok(entries) => entries,
        Err(error @ StoreError::Unreadable { .. }) => {
            // An entry that is not understood may be one of a newer format, which the first says.
            let first = store.load(conversation, 0..1).await?;
            check_format(&Journal::read(&first), conversation)?;
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    };
    let journal = entries.into_iter().collect();
    check_format(&journal, conversation)?;
    Ok(journal)
}

fn check_format(journal: &Journal, conversation: &ConversationId) -> Result<(), Error> {
    let problem = match journal.state.format() {
        1..=FORMAT => return Ok(()),
        0 if journal.state.length() == 0 => return Ok(()),
        0 => "does not say its format: it was not written by Callsign".to_owned(),
        format => format!(
            "has format {format}, and this version reads formats 1 to {FORMAT}: open it with a \
             newer version"
        ),
    };
    let message = format!("the journal of conversation `{conversation}` {problem}");
    Err(Error::new(ErrorKind::Store, message))
}

/// The entries that a run begins with: one commit.
fn entries(
    journal: &Journal,
    beginning: &Beginning,
    active: &Active,
    items: Vec<InboxItem>,
) -> Result<Vec<Entry>, Error> {
    let Beginning { history, message, limits, answer, .. } = beginning;
    let state = &journal.state;
    let is_new = state.length() == 0;
    let mut entries = Vec::new();
    if is_new {
        entries.push(Entry::Created { format: FORMAT, key: JournalKey::random() });
    }
    if !history.is_empty() {
        if !is_new {
            return Err(Error::configuration(
                "a history can only be given to a conversation that is empty",
            ));
        }
        entries.push(Entry::History { messages: repair(history.iter().cloned()) });
    }
    // Whoever knows only an older format would not find them.
    let is_like_before = state.has_run() && state.format() >= 3 && state.limits() == limits;
    let tools = active.toolbox.recorded();
    let known = state.instructions().map_or("", |text| text);
    let wanted = active.instructions()?;
    entries.push(Entry::RunStarted(RunStarted {
        at: now(),
        limits: (!is_like_before).then(|| limits.clone()),
        instructions: (*known != *wanted).then(|| wanted.as_ref().to_owned()),
        tools: (is_new || state.tools() != tools).then(|| tools.to_vec()),
        policy: !active.parts.policies.is_empty(),
        answer: answer
            .as_ref()
            .map(|answer| answer.format.unwrap_or_else(|| active.parts.model.answer_format())),
    }));
    entries.extend(taken(state.inbox_taken(), items, state.key()));
    entries.extend(message.clone().map(|message| Entry::User { message }));
    Ok(entries)
}

/// Milliseconds since 1970; 0 where the clock stands before it.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
