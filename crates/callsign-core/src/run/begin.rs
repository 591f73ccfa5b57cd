//! From what was said to the answer: the life of one run on the embedded journal.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::driver::drive;
use super::embedded::Embedded;
use super::events::Events;
use super::reply::Reply;
use super::writer::Writer;
use crate::agent::inner::AgentInner;
use crate::journal::Journal;
use crate::journal::entry::{Entry, FORMAT, RunStarted};
use crate::journal::repair::repair;
use crate::journal::state::Ending;
use crate::traits::store::Store;
use crate::words::error::{Error, ErrorKind, Progress};
use crate::words::id::{ConversationId, JournalKey};
use crate::words::limits::{LimitKind, Limits};
use crate::words::message::{Message, UserMessage};
use crate::words::messages::Messages;

/// What a run is begun with.
pub(crate) struct Beginning {
    pub(crate) agent: Arc<AgentInner>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) conversation: ConversationId,
    pub(crate) message: Option<UserMessage>,
    pub(crate) history: Messages,
    pub(crate) limits: Limits,
}

/// Submits `Cancelled` where a run is dropped before it has ended. That needs no waiting: the
/// writer's task outlives the run.
struct Closer {
    writer: Writer,
    partial_text: Arc<Mutex<String>>,
    ended: bool,
}

impl Drop for Closer {
    fn drop(&mut self) {
        if !self.ended {
            let mut partial = self
                .partial_text
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let partial_text = std::mem::take(&mut *partial);
            drop(self.writer.submit(vec![Entry::Cancelled { partial_text }]));
        }
        self.writer.close();
    }
}

/// Runs until the model has answered.
pub(crate) async fn run(beginning: Beginning, events: Events) -> Result<Reply, Error> {
    let began = Instant::now();
    let Beginning {
        agent,
        store,
        conversation,
        message,
        history,
        limits,
    } = beginning;
    let hold = store.hold(&conversation).await?;
    let entries = store.load(&conversation, 0..u64::MAX).await?;
    let mut journal = Journal::read(&entries);
    drop(entries);
    check_format(&journal, &conversation)?;
    let opening = opening(&journal, &agent, &limits, history, message)?;
    let (writer, task) = Writer::open(
        store.clone(),
        conversation.clone(),
        journal.state.length(),
        hold,
    );
    let partial_text = Arc::default();
    let mut closer = Closer {
        writer,
        partial_text,
        ended: false,
    };
    let mut boundary = Embedded {
        agent,
        store,
        conversation,
        writer: closer.writer.clone(),
        events,
        deadline: began + limits.time.min(A_YEAR),
        partial_text: closer.partial_text.clone(),
        model_error: None,
        tool_error: None,
    };
    closer.writer.submit(opening.clone()).wait().await?;
    opening.iter().for_each(|entry| journal.apply(entry));
    let ending = drive(&mut boundary, &mut journal).await;
    closer.ended = true;
    finish(closer, task).await;
    conclude(ending?, &journal, boundary)
}

/// The longest run: clocks cannot count further on every platform.
const A_YEAR: std::time::Duration = std::time::Duration::from_secs(365 * 24 * 60 * 60);

/// Waits until the conversation is free for its next run.
async fn finish(closer: Closer, task: JoinHandle<()>) {
    drop(closer);
    // The task ends by itself; that it was ended by the runtime changes nothing here.
    let _ = task.await;
}

fn check_format(journal: &Journal, conversation: &ConversationId) -> Result<(), Error> {
    let format = journal.state.format();
    if journal.state.length() > 0 && !(1..=FORMAT).contains(&format) {
        return Err(Error::new(
            ErrorKind::Store,
            format!(
                "the journal of conversation `{conversation}` has format {format}, and this \
                 version reads formats 1 to {FORMAT}: open it with a newer version"
            ),
        ));
    }
    Ok(())
}

/// The entries that a run begins with: one commit.
fn opening(
    journal: &Journal,
    agent: &AgentInner,
    limits: &Limits,
    history: Messages,
    message: Option<UserMessage>,
) -> Result<Vec<Entry>, Error> {
    let state = &journal.state;
    let is_new = state.length() == 0;
    let mut entries = Vec::new();
    if is_new {
        entries.push(Entry::Created {
            format: FORMAT,
            key: JournalKey::random(),
        });
    }
    if !history.is_empty() {
        if !is_new {
            return Err(Error::configuration(
                "a history can only be given to a conversation that is empty",
            ));
        }
        entries.push(Entry::History {
            messages: repair(history.iter().cloned()),
        });
    }
    let known = state.instructions().map(|text| &**text);
    let tools = agent.toolbox.recorded();
    entries.push(Entry::RunStarted(RunStarted {
        at: now(),
        limits: limits.clone(),
        instructions: agent
            .instructions
            .as_deref()
            .filter(|instructions| known != Some(instructions))
            .map(str::to_owned)
            .or_else(|| (agent.instructions.is_none() && known.is_some()).then(String::new)),
        tools: (is_new || state.tools() != tools).then(|| tools.to_vec()),
    }));
    entries.extend(message.map(|message| Entry::User { message }));
    Ok(entries)
}

/// Milliseconds since 1970; 0 where the clock stands before it.
fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The caller's answer, or error, for an ending.
fn conclude(ending: Ending, journal: &Journal, boundary: Embedded) -> Result<Reply, Error> {
    let Embedded {
        model_error,
        tool_error,
        ..
    } = boundary;
    let mut partial_text = match journal.transcript.messages().last() {
        Some(Message::Assistant(message)) => message.text.clone(),
        _ => String::new(),
    };
    let error = match ending {
        Ending::Answered => return Ok(Reply::new(journal)),
        Ending::Failed {
            kind,
            message,
            partial_text: text,
        } => {
            partial_text = text;
            model_error.unwrap_or_else(|| Error::new(kind, message))
        }
        ending => {
            let (kind, message) = explain(&ending, journal.state.limits());
            let error = Error::new(kind, message);
            match tool_error {
                Some(source) if matches!(ending, Ending::Fatal(_)) => error.with_source(source),
                _ => error,
            }
        }
    };
    let messages = journal.transcript.messages().clone();
    let usage = journal.state.usage();
    Err(error.with_progress(Progress {
        partial_text,
        messages,
        usage,
    }))
}

fn explain(ending: &Ending, limits: &Limits) -> (ErrorKind, String) {
    let text = |text: &str| text.to_owned();
    match ending {
        Ending::Length => (
            ErrorKind::Length,
            text("the model's reply was cut at its token limit: allow it more, or ask for less"),
        ),
        Ending::ContentFiltered => (
            ErrorKind::ContentFiltered,
            text("the service's content filter withheld the model's reply"),
        ),
        Ending::Unfinished => (
            ErrorKind::Unfinished,
            text("the model's reply ended without a finish reason"),
        ),
        Ending::Limit(LimitKind::Time) => (
            ErrorKind::Limit(LimitKind::Time),
            format!("the run took longer than its limit of {:?}", limits.time),
        ),
        Ending::Limit(kind) => {
            let limit = match kind {
                LimitKind::ToolCalls => limits.tool_calls,
                _ => limits.turns,
            };
            (
                ErrorKind::Limit(*kind),
                format!(
                    "the run came to its limit of {limit} {kind}, and the model went on calling \
                     tools when it was asked for an answer"
                ),
            )
        }
        Ending::Faults(tool) if tool.is_empty() => (
            ErrorKind::Tool,
            format!(
                "the model called tools that do not exist in {} replies in a row",
                limits.tool_faults.max(1)
            ),
        ),
        Ending::Faults(tool) => (
            ErrorKind::Tool,
            format!(
                "the tool `{tool}` faulted in {} replies in a row",
                limits.tool_faults.max(1)
            ),
        ),
        Ending::Fatal(tool) => (
            ErrorKind::Tool,
            format!("the tool `{tool}` said that the run cannot go on"),
        ),
        Ending::Nothing => (
            ErrorKind::Configuration,
            text("there is nothing to answer: the conversation is empty, send a message first"),
        ),
        Ending::Answered | Ending::Failed { .. } => (
            ErrorKind::Protocol,
            text("the run ended in a way that has its own answer"),
        ),
    }
}
