//! Choices with an index other than 0.
//!
//! They are alternatives (`n` > 1), which are not supported, with two exceptions: gateways split one
//! response into two choices, text and calls, and some count the choices from 1.

use std::sync::Arc;

use callsign_types::event::ModelEvent;
use callsign_types::finish_reason::FinishReason;
use callsign_types::request::ToolDefinition;

use super::content::{Piece, part_text};
use super::{ResponseAssembler, arguments_error};
use crate::wire::chunk::{Choice, Delta};
use crate::wire::extras;
use crate::wire::finish_reason::{self, Spellings};
use crate::wire::lenient::Lenient;
use crate::wire::response_error::ResponseError;
use crate::wire::tool_call_assembler::ToolCallAssembler;

/// A choice with an index other than 0.
#[derive(Debug)]
pub(super) struct OtherChoice {
    index: u64,
    text: String,
    calls: ToolCallAssembler,
    finish_reason: Option<FinishReason>,
    /// Whether content has arrived after the finish reason, which was not the end then.
    reason_was_early: bool,
}

impl OtherChoice {
    fn new(index: u64, tools: Arc<[ToolDefinition]>) -> Self {
        let calls = ToolCallAssembler::new(tools);
        Self { index, text: String::new(), calls, finish_reason: None, reason_was_early: false }
    }

    /// Returns whether it has a call.
    pub(super) fn has_calls(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Returns whether it has a finish reason after its content, and no call that may be open.
    pub(super) fn is_finished(&mut self) -> bool {
        let Some(reason) = &self.finish_reason else { return false };
        reason.is_cut() || !(self.reason_was_early || self.calls.has_open_call(false))
    }

    fn push(&mut self, choice: Choice<'_>, reasons: &Spellings) -> Result<(), ResponseError> {
        for delta in [choice.delta, choice.message].into_iter().flatten() {
            self.reason_was_early |= self.finish_reason.is_some() && !delta.is_empty();
            let Delta { content, tool_calls, .. } = delta;
            match content {
                Lenient::Text(text) => self.text.push_str(&text),
                content => {
                    let parts = extras::non_text(content);
                    self.text.extend(parts.as_ref().and_then(part_text));
                }
            }
            // Its deltas are not emitted: it may be an alternative.
            let mut ignored = Vec::new();
            let calls = tool_calls.unwrap_or_default();
            self.calls.push(calls, &mut ignored).map_err(arguments_error)?;
        }
        let reason = choice.finish_reason.text();
        finish_reason::update(&mut self.finish_reason, reason, reasons);
        Ok(())
    }
}

impl ResponseAssembler {
    /// Keeps a choice that may belong to the response.
    pub(super) fn push_other_choice(
        &mut self,
        index: u64,
        choice: Choice<'_>,
        tools: Arc<[ToolDefinition]>,
    ) -> Result<(), ResponseError> {
        self.chunks += 1;
        let at = self.other_choices.iter().position(|other| other.index == index);
        let at = at.unwrap_or_else(|| {
            self.other_choices.push(OtherChoice::new(index, tools));
            self.other_choices.len() - 1
        });
        match self.other_choices.get_mut(at) {
            Some(other) => other.push(choice, &self.finish_reasons),
            None => Ok(()),
        }
    }

    /// Adds the choices that belong to the response, after its end.
    ///
    /// # Errors
    /// Returns [`ResponseError::Incomplete`] if the calls of such a choice may be incomplete.
    /// `has_ended` means that the provider has ended the response itself.
    pub(super) fn merge_other_choices(
        &mut self,
        has_ended: bool,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        let mut others = std::mem::take(&mut self.other_choices);
        others.sort_by_key(|other| other.index);
        if !self.seen_choice {
            if let Some(only) = others.into_iter().next() {
                self.seen_message = true;
                self.push_piece(Piece::Text, only.text.into(), out);
                self.calls = only.calls;
                self.finish_reason = only.finish_reason;
                self.reason_was_early = only.reason_was_early;
            }
            return Ok(());
        }
        if self.finish_reason != Some(FinishReason::ToolCalls) {
            return Ok(());
        }
        if self.calls.is_empty() {
            let Some(other) = others.into_iter().find(|other| !other.calls.is_empty()) else {
                return Ok(());
            };
            match other.finish_reason {
                Some(reason) if reason.is_cut() => self.finish_reason = Some(reason),
                None if !has_ended => return Err(ResponseError::Incomplete),
                _ => {}
            }
            self.calls = other.calls;
            self.reason_was_early |= other.reason_was_early;
        } else if !self.has_text {
            let is_text = |other: &OtherChoice| {
                other.calls.is_empty() && other.finish_reason == Some(FinishReason::ToolCalls)
            };
            if let Some(other) = others.into_iter().find(is_text) {
                self.push_piece(Piece::Text, other.text.into(), out);
            }
        }
        Ok(())
    }
}
