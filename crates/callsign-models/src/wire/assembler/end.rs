//! The end of a response: whether it has arrived, and its finish reason.

use callsign_types::finish_reason::FinishReason;
use serde_json::Value;

use super::{ResponseAssembler, malformed};
use crate::wire::response_error::ResponseError;
use crate::wire::tool_call_assembler::ToolCallAssembler;

/// The maximum length of unknown content in an error message, in characters.
const MAX_SHOWN: usize = 200;

/// How the input ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndOfInput {
    /// The stream sent its end marker, or the response was not streamed.
    Complete,
    /// The connection was closed cleanly, without an end marker.
    ConnectionClosed,
    /// The connection broke, was silent for too long, or was closed inside an event.
    Interrupted,
}

/// How much of a streamed response has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The response has no finish reason yet.
    Unfinished,
    /// The response has a finish reason, and something that belongs to it is missing.
    Finishing,
    /// Everything but the end marker has arrived.
    Finished,
}

impl ResponseAssembler {
    /// Returns the number of chunks that added something to a choice, or had the usage. Heartbeats are
    /// not among them.
    pub(crate) fn chunks(&self) -> u64 {
        self.chunks
    }

    /// Returns how much has arrived. `expects_usage` means that the request asked for the usage.
    pub(crate) fn progress(&mut self, expects_usage: bool) -> Progress {
        let Some(reason) = self.finish_reason.as_ref().filter(|_| !self.reason_was_early) else {
            return Progress::Unfinished;
        };
        // The reason may have come before the rest of a call.
        let is_open = !reason.is_cut() && self.calls.has_open_call(false);
        // The calls may be in other choices.
        let (mut others, mut has_calls) = (self.other_choices.iter_mut(), !self.calls.is_empty());
        let expects_calls = *reason == FinishReason::ToolCalls
            && (others.any(|other| {
                has_calls |= other.has_calls();
                other.has_calls() && !other.is_finished()
            }) || !has_calls);
        if is_open || expects_calls || (expects_usage && self.usage.is_none()) {
            Progress::Finishing
        } else {
            Progress::Finished
        }
    }

    /// Returns the finish reason after the input has ended.
    ///
    /// # Errors
    /// Returns [`ResponseError::Incomplete`] if the response may be incomplete, or the last notice if
    /// there is one.
    pub(super) fn end_reason(
        &mut self,
        end: EndOfInput,
        has_ended: bool,
        eof_is_end: bool,
    ) -> Result<FinishReason, ResponseError> {
        let is_interrupted = end == EndOfInput::Interrupted && !has_ended;
        if let Some(reason) = self.finish_reason.take() {
            let lacks_calls = reason == FinishReason::ToolCalls && self.calls.is_empty();
            let may_be_early = |calls: &mut ToolCallAssembler| {
                lacks_calls
                    || self.reason_was_early
                    || (!reason.is_cut() && calls.has_open_call(false))
            };
            return match is_interrupted && may_be_early(&mut self.calls) {
                true => Err(ResponseError::Incomplete),
                false => Ok(reason),
            };
        }
        if eof_is_end && !is_interrupted && self.seen_message {
            return if self.calls.has_open_call(has_ended) {
                Err(ResponseError::Incomplete)
            } else if self.calls.is_empty() {
                Ok(FinishReason::Stop)
            } else {
                Ok(FinishReason::ToolCalls)
            };
        }
        if has_ended || (eof_is_end && !is_interrupted) {
            return Ok(FinishReason::Missing);
        }
        Err(self.notice.take().map_or(ResponseError::Incomplete, ResponseError::Reported))
    }

    /// Returns an error if the content has an unknown form and nothing else was read.
    pub(super) fn check_content(&self, reason: &FinishReason) -> Result<(), ResponseError> {
        match self.message_extra.get("content") {
            None | Some(Value::Array(_)) => Ok(()),
            Some(_) if self.has_text || !self.calls.is_empty() || reason.is_cut() => Ok(()),
            Some(content) => {
                let shown: String = content.to_string().chars().take(MAX_SHOWN).collect();
                Err(malformed(&format!("the message's content has an unknown form: {shown}"), None))
            }
        }
    }
}
