//! One reply of a scripted model.

use std::fmt;
use std::time::Duration;

use callsign_types::error::Error;
use callsign_types::event::{ModelEvent, ResponseEnd};
use callsign_types::finish_reason::FinishReason;
use callsign_types::message::ToolCall;
use callsign_types::request::Request;
use callsign_types::usage::Usage;
use serde_json::Value;

/// One reply of a scripted model, such as
/// `ScriptedReply::call("get_weather", json!({"city": "Paris"}))`.
pub struct ScriptedReply {
    pub(super) parts: Vec<ScriptedPart>,
    pub(super) end: ScriptedEnd,
    usage: Option<Usage>,
    /// Creates the beginning of the reply, before `parts`.
    from_request: Option<ReplyFn>,
}

type ReplyFn = Box<dyn FnOnce(&Request) -> ScriptedReply + Send>;

pub(super) enum ScriptedPart {
    Event(Box<ModelEvent>),
    Wait(Duration),
}

impl ScriptedPart {
    fn event(event: ModelEvent) -> Self {
        Self::Event(Box::new(event))
    }
}

pub(super) enum ScriptedEnd {
    /// The finish reason is `tool_calls` if the reply has tool calls, and `stop` otherwise.
    Default,
    Reason(FinishReason),
    Error(Error),
    CutOff,
    Hang,
}

impl ScriptedReply {
    /// Returns a reply with this text, one event for each word.
    pub fn text(text: impl AsRef<str>) -> Self {
        let mut scripted = Self::empty();
        let words = text.as_ref().split_inclusive(' ').map(str::to_owned);
        scripted.parts.extend(words.map(|word| ScriptedPart::event(ModelEvent::TextDelta(word))));
        scripted
    }

    /// Returns a reply that calls a tool.
    pub fn call(tool: impl Into<String>, arguments: Value) -> Self {
        Self::empty().and_call(tool, arguments)
    }

    /// Returns a reply of these events. The end is added as for other replies: by
    /// [`finish`](Self::finish), or `tool_calls` or `stop` by default.
    pub fn events(events: impl IntoIterator<Item = ModelEvent>) -> Self {
        let mut scripted = Self::empty();
        scripted.parts.extend(events.into_iter().map(ScriptedPart::event));
        scripted
    }

    /// Returns a reply that fails.
    pub fn error(error: Error) -> Self {
        Self { end: ScriptedEnd::Error(error), ..Self::empty() }
    }

    /// Returns a reply that `reply` creates from the request when it arrives.
    pub fn from_fn(reply: impl FnOnce(&Request) -> Self + Send + 'static) -> Self {
        Self { from_request: Some(Box::new(reply)), ..Self::empty() }
    }

    /// Returns a reply without text and tool calls.
    #[must_use]
    pub fn empty() -> Self {
        Self { parts: Vec::new(), end: ScriptedEnd::Default, usage: None, from_request: None }
    }

    /// Adds a tool call. It has an empty id, because some providers omit ids.
    #[must_use]
    pub fn and_call(self, tool: impl Into<String>, arguments: Value) -> Self {
        self.and_call_raw("", tool, arguments.to_string())
    }

    /// Adds a tool call with this id and these arguments, which need not be valid JSON.
    #[must_use]
    pub fn and_call_raw(
        mut self,
        id: impl Into<String>,
        tool: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        let call = ToolCall::new(id, tool, arguments);
        self.parts.push(ScriptedPart::event(ModelEvent::ToolCall(call)));
        self
    }

    /// Waits for `time` before the next part.
    #[must_use]
    pub fn and_wait(mut self, time: Duration) -> Self {
        self.parts.push(ScriptedPart::Wait(time));
        self
    }

    /// Sets the finish reason.
    #[must_use]
    pub fn finish(mut self, reason: FinishReason) -> Self {
        self.end = ScriptedEnd::Reason(reason);
        self
    }

    /// Fails with `error` after the parts so far.
    #[must_use]
    pub fn and_fail(mut self, error: Error) -> Self {
        self.end = ScriptedEnd::Error(error);
        self
    }

    /// Ends the stream without a finish reason, as a broken connection does.
    #[must_use]
    pub fn cut_off(mut self) -> Self {
        self.end = ScriptedEnd::CutOff;
        self
    }

    /// Never ends the stream.
    #[must_use]
    pub fn and_hang(mut self) -> Self {
        self.end = ScriptedEnd::Hang;
        self
    }

    /// Sets the token usage.
    #[must_use]
    pub fn usage(mut self, input_tokens: u64, output_tokens: u64) -> Self {
        self.usage = Some(Usage::new(input_tokens, output_tokens));
        self
    }

    /// Returns whether the reply is created when its request arrives.
    pub(super) fn is_from_request(&self) -> bool {
        self.from_request.is_some()
    }

    /// Returns the reply to `request`: the parts that `from_request` creates, then `parts`.
    pub(super) fn resolve(self, request: &Request) -> Self {
        let Some(create) = self.from_request else { return self };
        let mut reply = create(request).resolve(request);
        reply.parts.extend(self.parts);
        if !matches!(self.end, ScriptedEnd::Default) {
            reply.end = self.end;
        }
        reply.usage = self.usage.or(reply.usage);
        reply
    }

    /// Returns whether a run fails because of the end of this reply.
    pub(super) fn is_failed(&self) -> bool {
        match &self.end {
            ScriptedEnd::Default | ScriptedEnd::Hang => false,
            ScriptedEnd::Reason(reason) => reason.is_cut(),
            ScriptedEnd::Error(_) | ScriptedEnd::CutOff => true,
        }
    }

    pub(super) fn finished(&self) -> ResponseEnd {
        let is_call = |part: &ScriptedPart| match part {
            ScriptedPart::Event(event) => matches!(**event, ModelEvent::ToolCall(_)),
            ScriptedPart::Wait(_) => false,
        };
        let reason = match &self.end {
            ScriptedEnd::Reason(reason) => reason.clone(),
            _ if self.parts.iter().any(is_call) => FinishReason::ToolCalls,
            _ => FinishReason::Stop,
        };
        let mut finished = ResponseEnd::new(reason);
        finished.usage = self.usage;
        finished
    }
}

impl fmt::Debug for ScriptedReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = self.parts.iter().filter_map(|part| match part {
            ScriptedPart::Event(event) => Some(event),
            ScriptedPart::Wait(_) => None,
        });
        f.debug_list().entries(events).finish()
    }
}
