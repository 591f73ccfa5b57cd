//! What the caller hears of how a run ended.

use std::collections::BTreeMap;

use super::reply::Reply;
use crate::journal::Journal;
use crate::journal::ending::Ending;
use crate::words::error::{BoxError, Error, ErrorKind, Progress};
use crate::words::id::CallNumber;
use crate::words::limits::{LimitKind, Limits};
use crate::words::message::Message;

/// The caller's answer, or error, for an ending.
///
/// The model's and the tools' own errors cannot be kept in a journal; where they are at hand, the
/// caller gets them.
pub(crate) fn conclude(
    ending: Result<Ending, Error>,
    journal: &Journal,
    model_error: Option<Error>,
    mut tool_errors: BTreeMap<CallNumber, BoxError>,
) -> Result<Reply, Error> {
    let mut partial_text = String::new();
    let error = match ending {
        Ok(Ending::Answered) => return Ok(Reply::new(journal)),
        Err(error) => error,
        Ok(Ending::Failed { kind, message, partial_text: text }) => {
            partial_text = text;
            model_error.unwrap_or_else(|| Error::new(kind, message))
        }
        Ok(ending) => {
            let (kind, message) = explain(&ending, journal.state.limits());
            let error = Error::new(kind, message);
            match ending {
                Ending::Fatal { call, .. } => match tool_errors.remove(&call) {
                    Some(source) => error.with_source(source),
                    None => error,
                },
                Ending::OutOfTime { partial_text: text } => {
                    partial_text = text;
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
        Ending::Unfinished => {
            (ErrorKind::Unfinished, text("the model's reply ended without a finish reason"))
        }
        Ending::OutOfTime { .. } => (
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
            format!("the tool `{tool}` faulted in {} replies in a row", limits.tool_faults.max(1)),
        ),
        Ending::Fatal { tool, .. } => {
            (ErrorKind::Tool, format!("the tool `{tool}` said that the run cannot go on"))
        }
        Ending::Nothing => (
            ErrorKind::Configuration,
            text("there is nothing to answer: the conversation is empty, send a message first"),
        ),
        Ending::Answered | Ending::Failed { .. } => {
            (ErrorKind::Protocol, text("the run ended in a way that has its own answer"))
        }
    }
}
