//! What the caller hears of how a run ended.

use super::reply::{Outcome, Reply};
use super::tool_errors::ToolErrors;
use crate::journal::Journal;
use crate::journal::ending::Ending;
use crate::journal::state::State;
use crate::words::error::{Error, ErrorKind, Progress};
use crate::words::event::ToolCallEnded;
use crate::words::id::ConversationId;
use crate::words::limits::LimitKind;
use crate::words::message::Message;

/// What is left of a run that its journal does not say.
#[derive(Debug, Default)]
pub(crate) struct Leftovers {
    /// The model's and the tools' own errors, which cannot be kept in a journal.
    pub(crate) model_error: Option<Error>,
    pub(crate) tool_errors: ToolErrors,
    /// The results that have a part for the caller only.
    pub(crate) private: Vec<ToolCallEnded>,
}

/// The caller's answer, or error, for an ending.
pub(crate) fn conclude(
    ending: Result<Ending, Error>,
    journal: &Journal,
    conversation: &ConversationId,
    leftovers: Leftovers,
) -> Result<Reply, Error> {
    let Leftovers { model_error, mut tool_errors, private } = leftovers;
    let mut partial_text = String::new();
    let error = match ending {
        Ok(Ending::Answered) => return Ok(Reply::new(journal, Outcome::Answered, private)),
        Ok(Ending::Paused) => {
            let outcome = Outcome::Paused(journal.state.approvals(conversation));
            return Ok(Reply::new(journal, outcome, private));
        }
        Err(error) => error,
        Ok(Ending::Failed { kind, message, partial_text: text }) => {
            partial_text = text;
            model_error.unwrap_or_else(|| Error::new(kind, message))
        }
        Ok(ending) => {
            let (kind, message) = explain(&ending, &journal.state);
            let error = Error::new(kind, message);
            match ending {
                Ending::Fatal { call, .. } => match tool_errors.take_fatal(call) {
                    // Its text is the tool's own word to the caller, and not a cause further down.
                    Some(source) => {
                        Error::new(kind, format!("{error}: {source}")).with_source(source)
                    }
                    None => error,
                },
                Ending::Faults(tool) => match tool_errors.take_newest(&tool) {
                    Some(source) => error.with_source(source),
                    None => error,
                },
                Ending::OutOfTime { partial_text: text } => {
                    partial_text = text;
                    error
                }
                Ending::InvalidAnswer { .. } => {
                    let given = journal.state.rejected_call();
                    partial_text = given.unwrap_or_else(|| newest_text(journal)).to_owned();
                    error
                }
                Ending::Length
                | Ending::ContentFiltered
                | Ending::Unfinished
                | Ending::Limit(_) => {
                    partial_text = newest_text(journal).to_owned();
                    error
                }
                _ => error,
            }
        }
    };
    Err(error.with_progress(progress(journal, partial_text)))
}

/// The caller's error for a run that was cancelled.
pub(crate) fn cancelled(journal: &Journal, partial_text: String) -> Error {
    let error = Error::new(ErrorKind::Cancelled, "the run was cancelled");
    error.with_progress(progress(journal, partial_text))
}

fn progress(journal: &Journal, partial_text: String) -> Progress {
    Progress { partial_text, messages: journal.messages(), usage: journal.state.usage() }
}

fn newest_text(journal: &Journal) -> &str {
    let newest = journal.transcript.newest_reply();
    match newest.and_then(|at| journal.transcript.messages().get(at)) {
        Some(Message::Assistant(message)) => &message.text,
        _ => "",
    }
}

fn explain(ending: &Ending, state: &State) -> (ErrorKind, String) {
    let text = |text: &str| text.to_owned();
    let limits = state.limits();
    match ending {
        Ending::Length => (
            ErrorKind::Length,
            text("the model's reply was cut at its token limit: allow it more, or ask for less"),
        ),
        Ending::ContentFiltered => (
            ErrorKind::ContentFiltered,
            text("the service's content filter withheld the model's reply"),
        ),
        Ending::Unfinished => {
            (ErrorKind::Unfinished, text("the model's reply ended without a finish reason"))
        }
        Ending::OutOfTime { .. } => (
            ErrorKind::Limit(LimitKind::Time),
            format!("the run took longer than its limit of {:?}", limits.time),
        ),
        Ending::Limit(kind @ LimitKind::Tokens) => (
            ErrorKind::Limit(*kind),
            match limits.tokens {
                Some(limit) => format!("the run used up its limit of {limit} tokens"),
                None => "the run used up the limit of tokens of what it is part of".to_owned(),
            },
        ),
        Ending::Limit(kind @ LimitKind::Money) => (
            ErrorKind::Limit(*kind),
            match limits.money {
                Some(limit) => format!("the run used up its limit of money, {limit}"),
                None => "the run used up the limit of money of what it is part of".to_owned(),
            },
        ),
        Ending::InvalidAnswer { reason } => (
            ErrorKind::InvalidAnswer,
            match state.rejections() {
                1 => format!("the model's answer was not what was asked for: {reason}"),
                times => format!(
                    "the model's answer was not what was asked for, {times} times; the last time: \
                     {reason}"
                ),
            },
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
            format!("the tool `{tool}` faulted in {} replies in a row", limits.tool_faults.max(1)),
        ),
        Ending::Fatal { tool, .. } => {
            (ErrorKind::Tool, format!("the tool `{tool}` said that the run cannot go on"))
        }
        Ending::Nothing => (
            ErrorKind::Configuration,
            text("there is nothing to answer: the conversation is empty, send a message first"),
        ),
        Ending::Answered | Ending::Paused | Ending::Failed { .. } => {
            (ErrorKind::Protocol, text("the run ended in a way that has its own answer"))
        }
    }
}
