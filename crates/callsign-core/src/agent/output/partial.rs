//! What the events of a run amount to as an answer that is being written.

use serde_json::Value;

use super::prefix::Prefix;
use crate::journal::entry::ANSWER_TOOL;
use crate::run::answer::VALUE;
use crate::words::event::Event;

/// The answer as far as the model has written it: in the text, or in the call that gives it.
#[derive(Debug)]
pub(super) struct Partial {
    /// Whether it is the one member of the object that is written.
    is_wrapped: bool,
    text: Prefix,
    call: Prefix,
    /// Which call of the reply gives the answer.
    index: Option<usize>,
    newest: Option<Value>,
}

impl Partial {
    pub(super) fn new(is_wrapped: bool) -> Self {
        Self {
            is_wrapped,
            text: Prefix::default(),
            call: Prefix::default(),
            index: None,
            newest: None,
        }
    }

    /// The value so far, where an event has made another of it.
    pub(super) fn take(&mut self, event: &Event) -> Option<Value> {
        let written = match event {
            Event::TurnStarted { .. } | Event::AnswerRejected { .. } => {
                *self = Self::new(self.is_wrapped);
                return None;
            }
            Event::TextDelta(text) => {
                self.text.push(text);
                self.text.changed()?
            }
            Event::ToolCallDelta(delta) => {
                if delta.name.as_deref() == Some(ANSWER_TOOL) {
                    self.index.get_or_insert(delta.index);
                }
                if self.index != Some(delta.index) {
                    return None;
                }
                self.call.push(&delta.arguments);
                self.call.changed()?
            }
            _ => return None,
        };
        let value = match written {
            Value::Object(mut written) if self.is_wrapped => written.remove(VALUE)?,
            written => written,
        };
        if self.newest.as_ref() == Some(&value) {
            return None;
        }
        self.newest = Some(value.clone());
        Some(value)
    }
}
