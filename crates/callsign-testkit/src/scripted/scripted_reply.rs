//! One reply of a script.

use std::fmt;
use std::time::Duration;

use callsign_core::words::error::Error;
use callsign_core::words::event::{Finished, ModelEvent};
use callsign_core::words::finish::FinishReason;
use callsign_core::words::message::ToolCall;
use callsign_core::words::request::Request;
use callsign_core::words::usage::Usage;
use serde_json::Value;

/// One reply of a script, such as `Scripted::call("get_weather", json!({"city": "Paris"}))`.
pub struct Scripted {
    pub(super) parts: Vec<Part>,
    pub(super) end: End,
    usage: Option<Usage>,
    /// Makes what comes before the parts.
    made: Option<Made>,
}

type Made = Box<dyn FnOnce(&Request) -> Scripted + Send>;

pub(super) enum Part {
    Event(Box<ModelEvent>),
    Wait(Duration),
}

impl Part {
    fn event(event: ModelEvent) -> Self {
        Self::Event(Box::new(event))
    }
}

pub(super) enum End {
    /// By the calls: `tool_calls` where there are any, else `stop`.
    Usual,
    Reason(FinishReason),
    Error(Error),
    CutOff,
    Never,
}

impl Scripted {
    /// A reply that says this, word by word.
    pub fn text(text: impl AsRef<str>) -> Self {
        let mut scripted = Self::empty();
        let words = text.as_ref().split_inclusive(' ').map(str::to_owned);
        scripted.parts.extend(words.map(|word| Part::event(ModelEvent::TextDelta(word))));
        scripted
    }

    /// A reply that calls this tool.
    pub fn call(tool: impl Into<String>, arguments: Value) -> Self {
        Self::empty().and_call(tool, arguments)
    }

    /// A reply of these events and no end of its own; add one with [`finish`](Self::finish), or
    /// leave it to be the usual one.
    pub fn events(events: impl IntoIterator<Item = ModelEvent>) -> Self {
        let mut scripted = Self::empty();
        scripted.parts.extend(events.into_iter().map(Part::event));
        scripted
    }

    /// A reply that fails.
    pub fn error(error: Error) -> Self {
        Self { end: End::Error(error), ..Self::empty() }
    }

    /// A reply that is made from the request when it comes.
    pub fn from_fn(reply: impl FnOnce(&Request) -> Self + Send + 'static) -> Self {
        Self { made: Some(Box::new(reply)), ..Self::empty() }
    }

    /// A reply that says nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self { parts: Vec::new(), end: End::Usual, usage: None, made: None }
    }

    /// Calls this tool as well. The call has no id, as some services leave it out.
    #[must_use]
    pub fn and_call(self, tool: impl Into<String>, arguments: Value) -> Self {
        self.and_call_raw("", tool, arguments.to_string())
    }

    /// Calls this tool as well, with arguments and an id as a model might write them.
    #[must_use]
    pub fn and_call_raw(
        mut self,
        id: impl Into<String>,
        tool: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        let call = ToolCall::new(id, tool, arguments);
        self.parts.push(Part::event(ModelEvent::ToolCall(call)));
        self
    }

    /// Lets this time pass before what comes next.
    #[must_use]
    pub fn and_wait(mut self, time: Duration) -> Self {
        self.parts.push(Part::Wait(time));
        self
    }

    /// Ends for this reason.
    #[must_use]
    pub fn finish(mut self, reason: FinishReason) -> Self {
        self.end = End::Reason(reason);
        self
    }

    /// Fails after what was said.
    #[must_use]
    pub fn and_fail(mut self, error: Error) -> Self {
        self.end = End::Error(error);
        self
    }

    /// Ends as a stream does that was cut off: without an end.
    #[must_use]
    pub fn cut_off(mut self) -> Self {
        self.end = End::CutOff;
        self
    }

    /// Does not end at all.
    #[must_use]
    pub fn and_hang(mut self) -> Self {
        self.end = End::Never;
        self
    }

    /// Says what it cost.
    #[must_use]
    pub fn usage(mut self, input_tokens: u64, output_tokens: u64) -> Self {
        self.usage = Some(Usage::new(input_tokens, output_tokens));
        self
    }

    /// The reply to this request: what was made from it, and then the rest.
    pub(super) fn made(self, request: &Request) -> Self {
        let Some(make) = self.made else { return self };
        let mut reply = make(request).made(request);
        reply.parts.extend(self.parts);
        if !matches!(self.end, End::Usual) {
            reply.end = self.end;
        }
        reply.usage = self.usage.or(reply.usage);
        reply
    }

    pub(super) fn finished(&self) -> Finished {
        let calls = |part: &Part| matches!(part, Part::Event(event) if matches!(**event, ModelEvent::ToolCall(_)));
        let reason = match &self.end {
            End::Reason(reason) => reason.clone(),
            _ if self.parts.iter().any(calls) => FinishReason::ToolCalls,
            _ => FinishReason::Stop,
        };
        let mut finished = Finished::new(reason);
        finished.usage = self.usage;
        finished
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = self.parts.iter().filter_map(|part| match part {
            Part::Event(event) => Some(event),
            _ => None,
        });
        f.debug_list().entries(events).finish()
    }
}
