//! What the caller hears of how a run ended.

use super::reply::Reply;
use crate::journal::Journal;
use crate::journal::ending::Ending;
use crate::words::error::{BoxError, Error, ErrorKind, Progress};
use crate::words::limits::{LimitKind, Limits};
use crate::words::message::Message;

/// The caller's answer, or error, for an ending.
///
/// The model's and the tool's own errors cannot be kept in a journal; where they are at hand,
/// the caller gets them.
pub(crate) fn conclude(
    ending: Result<Ending, Error>,
    journal: &Journal,
    model_error: Option<Error>,
    tool_error: Option<BoxError>,
) -> Result<Reply, Error> {
    let mut partial_text = match journal.transcript.messages().last() {
        Some(Message::Assistant(message)) => message.text.clone(),
        _ => String::new(),
    };
    let error = match ending {
        Err(error) => error,
        Ok(Ending::Answered) => return Ok(Reply::new(journal)),
        Ok(Ending::Failed { kind, message, partial_text: text }) => {
            partial_text = text;
            model_error.unwrap_or_else(|| Error::new(kind, message))
        }
        Ok(ending) => {
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
    Err(error.with_progress(Progress { partial_text, messages, usage }))
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
            format!("the tool `{tool}` faulted in {} replies in a row", limits.tool_faults.max(1)),
        ),
        Ending::Fatal(tool) => {
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
