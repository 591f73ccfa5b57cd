//! The value of a structured output while the model is still generating it.

use callsign_json::partial::PartialParser;
use callsign_types::event::Event;
use callsign_types::journal::entry::OUTPUT_TOOL;
use serde_json::Value;

use crate::executor::output_spec::VALUE;

/// The minimum number of bytes between two values while more bytes are ready.
const MIN_BYTES: usize = 256;

/// The output as far as the model has generated it, in the text or in the arguments of the output
/// tool.
#[derive(Debug)]
pub(super) struct PartialOutput {
    /// Whether the output is the value of the one property [`VALUE`].
    is_wrapped: bool,
    text: PartialParser,
    call: PartialParser,
    /// Which call of the response is the output tool's.
    index: Option<usize>,
    /// The bytes received in total, and since the value was built.
    received: usize,
    received_since: usize,
    newest: Option<Value>,
}

impl PartialOutput {
    pub(super) fn new(is_wrapped: bool) -> Self {
        Self {
            is_wrapped,
            text: PartialParser::default(),
            call: PartialParser::default(),
            index: None,
            received: 0,
            received_since: 0,
            newest: None,
        }
    }

    /// Takes what an event adds to the output. Building the value is left to
    /// [`build`](Self::build), because it takes as long as the value is large.
    pub(super) fn push(&mut self, event: &Event) {
        match event {
            Event::TurnStarted { .. } | Event::OutputRejected { .. } => {
                *self = Self::new(self.is_wrapped);
            }
            Event::TextDelta(text) => {
                self.text.push(text);
                self.count(text);
            }
            Event::ToolCallDelta(delta) => {
                if delta.name.as_deref() == Some(OUTPUT_TOOL) {
                    self.index.get_or_insert(delta.index);
                }
                if self.index == Some(delta.index) {
                    self.call.push(&delta.arguments);
                    self.count(&delta.arguments);
                }
            }
            _ => {}
        }
    }

    fn count(&mut self, text: &str) {
        self.received += text.len();
        self.received_since += text.len();
    }

    /// Returns whether so much has arrived that the value is built even if more is ready.
    ///
    /// The amount grows with the value, so that building all values takes linear time.
    pub(super) fn is_due(&self) -> bool {
        self.received_since >= MIN_BYTES.max(self.received / 4)
    }

    /// Builds the value; `None` if it is the same as before.
    pub(super) fn build(&mut self) -> Option<Value> {
        self.received_since = 0;
        let (arguments, text) = (self.call.changed(), self.text.changed());
        let changed = arguments.or(text)?;
        let value = match changed {
            Value::Object(mut object) if self.is_wrapped => object.remove(VALUE)?,
            value => value,
        };
        if self.newest.as_ref() == Some(&value) {
            return None;
        }
        self.newest = Some(value.clone());
        Some(value)
    }
}
