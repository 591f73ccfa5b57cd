//! Choices with another index than the first one.
//!
//! They are alternatives (`n` > 1), which are not supported, with one exception: gateways split one
//! response into several choices, such as its text and each of its calls.

use std::sync::Arc;

use callsign_types::event::ModelEvent;
use callsign_types::finish_reason::FinishReason;
use callsign_types::request::ToolDefinition;

use super::content::{Piece, SeenDeltas, part_text};
use super::{ResponseAssembler, malformed};
use crate::wire::chunk::{Choice, Delta};
use crate::wire::extras;
use crate::wire::finish_reason::{self, Spellings};
use crate::wire::lenient::Lenient;
use crate::wire::response_error::ResponseError;
use crate::wire::surrogates::{HalfJoiner, Marks};
use crate::wire::tool_call_assembler::ToolCallAssembler;

/// The maximum number of choices, among which that of each chunk is searched. OpenAI allows 128.
const MAX_CHOICES: usize = 128;

/// A choice with another index than the first one.
#[derive(Debug)]
pub(super) struct OtherChoice {
    index: u64,
    text: String,
    /// Joins the surrogate halves of the text.
    halves: HalfJoiner,
    deltas: SeenDeltas,
    calls: ToolCallAssembler,
    finish_reason: Option<FinishReason>,
    /// Whether content has arrived after the finish reason, which was not the end then.
    reason_was_early: bool,
}

impl OtherChoice {
    fn new(index: u64, tools: Arc<[ToolDefinition]>) -> Self {
        Self {
            index,
            text: String::new(),
            halves: HalfJoiner::default(),
            deltas: SeenDeltas::default(),
            calls: ToolCallAssembler::new(tools),
            finish_reason: None,
            reason_was_early: false,
        }
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

    fn push(
        &mut self,
        choice: Choice<'_>,
        marks: Option<Marks>,
        reasons: &Spellings,
    ) -> Result<(), ResponseError> {
        if let Some(delta) = &choice.delta {
            self.deltas.add(delta);
        }
        let message = choice.message.map(|message| self.deltas.missing(message));
        for delta in [choice.delta, message].into_iter().flatten() {
            self.reason_was_early |= self.finish_reason.is_some() && !delta.is_empty();
            let Delta { content, tool_calls, .. } = delta;
            match content {
                Lenient::Text(text) => self.text.push_str(&self.halves.join(text, marks)),
                content => {
                    let parts = extras::non_text(content);
                    if let Some(text) = parts.as_ref().and_then(part_text) {
                        self.text.push_str(&self.halves.join(text.into(), marks));
                    }
                }
            }
            // Its deltas are not emitted: it may be an alternative.
            let mut ignored = Vec::new();
            let calls = tool_calls.unwrap_or_default();
            self.calls.marks = marks;
            let pushed = self.calls.push(calls, &mut ignored);
            self.calls.marks = None;
            pushed?;
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
    ) -> Result<(), ResponseError> {
        self.chunks += 1;
        let at = self.other_choices.iter().position(|other| other.index == index);
        let at = at.unwrap_or(self.other_choices.len());
        if at + 1 >= MAX_CHOICES {
            return Err(malformed(&format!("it has more than {MAX_CHOICES} choices"), None));
        }
        if at == self.other_choices.len() {
            self.other_choices.push(OtherChoice::new(index, self.tools.clone()));
        }
        match self.other_choices.get_mut(at) {
            Some(other) => other.push(choice, self.calls.marks, &self.finish_reasons),
            None => Ok(()),
        }
    }

    /// Adds the choices that belong to the response, after its end. They do if the finish reason
    /// announces calls, and the request asked for one choice.
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
        if self.has_alternatives || self.finish_reason != Some(FinishReason::ToolCalls) {
            return Ok(());
        }
        others.sort_by_key(|other| other.index);
        let lacks_calls = self.calls.is_empty();
        for mut other in others {
            let is_part = match &other.finish_reason {
                Some(FinishReason::ToolCalls) => true,
                // Next to other calls, it is an alternative.
                Some(FinishReason::Stop) => lacks_calls && other.has_calls(),
                _ => other.has_calls(),
            };
            if !is_part {
                continue;
            }
            match other.finish_reason.take() {
                Some(reason) if reason.is_cut() => self.finish_reason = Some(reason),
                None if !has_ended => return Err(ResponseError::Incomplete),
                _ => {}
            }
            self.reason_was_early |= other.reason_was_early;
            if !self.has_text {
                let text = other.text + other.halves.finish();
                self.push_piece(Piece::Text, text.into(), out);
            }
            self.calls.append(other.calls, out)?;
        }
        Ok(())
    }
}
