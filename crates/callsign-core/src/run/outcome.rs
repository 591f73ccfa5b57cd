//! The reply or the error that a run ends with.

use callsign_types::error::{Error, ErrorKind, PartialRun};
use callsign_types::event::{SubAgentResult, ToolCallEnded};
use callsign_types::finish_reason::FinishReason;
use callsign_types::id::ConversationId;
use callsign_types::limits::LimitKind;
use callsign_types::message::Message;
use callsign_types::usage::Usage;

use super::reply::{Outcome, Reply};
use crate::executor::tool_errors::ToolErrors;
use crate::journal::Journal;
use crate::journal::run_end::RunEnd;
use crate::journal::state::State;

/// The results of a run that are kept in memory only, because a journal cannot hold them.
#[derive(Debug, Default)]
pub(crate) struct TransientResults {
    /// The error of the model behind an `Entry::Failed`.
    pub(crate) model_error: Option<Error>,
    pub(crate) tool_errors: ToolErrors,
    /// The tool results that have metadata.
    pub(crate) results_with_metadata: Vec<ToolCallEnded>,
    /// Those of sub-agents.
    pub(crate) sub_agent_results: Vec<SubAgentResult>,
}

/// Returns the reply or the error for the end of a run.
pub(crate) fn conclude(
    end: Result<RunEnd, Error>,
    journal: &Journal,
    conversation: &ConversationId,
    results: TransientResults,
) -> Result<Reply, Error> {
    let TransientResults { model_error, mut tool_errors, results_with_metadata, sub_agent_results } =
        results;
    let results = (results_with_metadata, sub_agent_results);
    let end = match end {
        Ok(RunEnd::Completed) => {
            return Ok(Reply::new(journal, Outcome::Answered, results));
        }
        Ok(RunEnd::Paused) => {
            let outcome = Outcome::Paused(journal.state.approvals(conversation));
            return Ok(Reply::new(journal, outcome, results));
        }
        Ok(end) => end,
        Err(error) => return Err(error.with_partial_run(partial_run(journal, String::new()))),
    };
    let error = match &end {
        RunEnd::Failed { kind, message, .. } => {
            model_error.unwrap_or_else(|| Error::new(*kind, message.clone()))
        }
        RunEnd::Fatal { call, .. } => {
            let (kind, message) = describe(&end, &journal.state);
            match tool_errors.take_fatal(*call) {
                // The text of a fatal error is addressed to the caller: it belongs into the
                // message.
                Some(source) => {
                    Error::new(kind, format!("{message}: {source}")).with_source(source)
                }
                None => Error::new(kind, message),
            }
        }
        end => {
            let (kind, message) = describe(end, &journal.state);
            let error = Error::new(kind, message);
            match end {
                RunEnd::ToolFailures(tool) => match tool_errors.take_newest(tool) {
                    Some(source) => error.with_source(source),
                    None => error,
                },
                _ => error,
            }
        }
    };
    Err(error.with_partial_run(partial_run(journal, partial_text(end, journal))))
}

/// Returns the error of a cancelled run.
pub(crate) fn cancelled(journal: &Journal, partial_text: String) -> Error {
    let error = Error::new(ErrorKind::Cancelled, "the run was cancelled");
    error.with_partial_run(partial_run(journal, partial_text))
}

/// Returns the error of a run that was cancelled before it started. The usage in `journal` is that
/// of the previous run.
pub(crate) fn cancelled_before_start(journal: &Journal) -> Error {
    let partial = PartialRun::new(String::new(), journal.messages(), Usage::default());
    Error::new(ErrorKind::Cancelled, "the run was cancelled").with_partial_run(partial)
}

fn partial_run(journal: &Journal, partial_text: String) -> PartialRun {
    PartialRun::new(partial_text, journal.messages(), journal.state.usage())
}

/// Returns the text that the model had generated when the run failed.
fn partial_text(end: RunEnd, journal: &Journal) -> String {
    match end {
        RunEnd::Failed { partial_text, .. } | RunEnd::TimedOut { partial_text } => partial_text,
        RunEnd::InvalidOutput { .. } => {
            let rejected = journal.state.rejected_call();
            rejected.unwrap_or_else(|| newest_text(journal)).to_owned()
        }
        RunEnd::MaxTokens | RunEnd::ContentFiltered | RunEnd::Incomplete | RunEnd::Limit(_) => {
            newest_text(journal).to_owned()
        }
        _ => String::new(),
    }
}

fn newest_text(journal: &Journal) -> &str {
    let newest = journal.transcript.newest_reply();
    match newest.and_then(|at| journal.transcript.messages().get(at)) {
        Some(Message::Assistant(message)) => &message.text,
        _ => "",
    }
}

/// Returns the kind and the message of the error for a run that has failed.
fn describe(end: &RunEnd, state: &State) -> (ErrorKind, String) {
    let limits = state.limits();
    let failures = limits.max_consecutive_failures.max(1);
    match end {
        RunEnd::Limit(limit) => (ErrorKind::Limit(*limit), describe_limit(*limit, state)),
        RunEnd::TimedOut { .. } => (
            ErrorKind::Limit(LimitKind::Time),
            format!("the run exceeded its time limit of {:?}", limits.run_timeout),
        ),
        RunEnd::MaxTokens => (
            ErrorKind::MaxTokens,
            "the response was cut off at its token limit: raise `max_tokens`, or ask for less"
                .to_owned(),
        ),
        RunEnd::ContentFiltered => (
            ErrorKind::ContentFiltered,
            "the provider's content filter withheld the response".to_owned(),
        ),
        RunEnd::EmptyResponse => (
            ErrorKind::EmptyResponse,
            "the model answered with neither text nor tool calls, also when it was asked again: \
             try another model or other instructions, or accept empty answers with \
             `Limits::accept_empty_responses`"
                .to_owned(),
        ),
        RunEnd::Incomplete => (ErrorKind::Incomplete, describe_incomplete(state)),
        RunEnd::InvalidOutput { reason } => (
            ErrorKind::InvalidOutput,
            match state.rejections() {
                1 => format!("the output is not valid: {reason}"),
                attempts => format!("the output is not valid after {attempts} attempts: {reason}"),
            },
        ),
        RunEnd::ToolFailures(tool) if tool.is_empty() => (
            ErrorKind::Tool,
            format!("the model called tools that do not exist in {failures} responses in a row"),
        ),
        RunEnd::ToolFailures(tool) => {
            (ErrorKind::Tool, format!("the tool `{tool}` failed in {failures} responses in a row"))
        }
        RunEnd::Fatal { tool, .. } => (ErrorKind::Tool, format!("the tool `{tool}` ended the run")),
        RunEnd::Nothing => {
            (ErrorKind::Configuration, "the conversation is empty: send a message first".to_owned())
        }
        RunEnd::Completed | RunEnd::Paused | RunEnd::Failed { .. } => {
            (ErrorKind::Protocol, "internal error: unexpected end of a run".to_owned())
        }
    }
}

fn describe_incomplete(state: &State) -> String {
    match state.finish_reason() {
        FinishReason::Other(reason) => {
            format!(
                "the response ended with the unknown finish reason `{reason}`; if it means a \
                 complete response, add it to `finish_reasons` of the model's profile"
            )
        }
        _ => "the response ended without a finish reason; if the provider never gives one, set \
              `end_of_file_ends` of the model's profile"
            .to_owned(),
    }
}

fn describe_limit(limit: LimitKind, state: &State) -> String {
    let limits = state.limits();
    let maximum = match limit {
        LimitKind::Tokens => {
            return match limits.max_total_tokens {
                Some(maximum) => format!("the run used up its limit of {maximum} tokens"),
                None => "the run used up the token limit of its parent run".to_owned(),
            };
        }
        LimitKind::Cost => {
            return match limits.max_cost {
                Some(maximum) => format!("the run used up its cost limit of {maximum}"),
                None => "the run used up the cost limit of its parent run".to_owned(),
            };
        }
        LimitKind::ToolCalls => limits.max_tool_calls,
        LimitKind::Turns => limits.max_turns,
        _ => return format!("the run reached its limit of {limit}"),
    };
    format!(
        "the run reached its limit of {maximum} {limit}, and the model called tools again when it \
         was asked for an answer"
    )
}
