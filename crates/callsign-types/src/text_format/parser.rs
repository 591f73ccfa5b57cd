//! The parser: takes reasoning and calls out of a text that arrives in deltas.

mod calls;
mod reasoning;

use std::sync::Arc;

use callsign_json::scanner::{JsonScanner, Scanned};

use super::cursor::{MAX_SPACE, Match, Stop, match_marker};
use super::forms::{self, Progress};
use super::pieces::{Piece, push_reasoning, push_text};
use super::text_format::{CallSyntax, ReasoningTags, TextFormat};
use crate::request::ToolDefinition;

const FENCE: &str = "```";
/// Beginnings of code blocks whose contents are always text: a model writes calls in no such block.
const TEXT_FENCES: &[&str] = &["````", "~~~"];

/// Takes the text of one response apart.
#[derive(Debug)]
pub(super) struct TextParser {
    format: TextFormat,
    tools: Arc<[ToolDefinition]>,
    /// What has arrived and was not passed on.
    buffer: String,
    /// Where the part of the buffer begins that was not passed on.
    at: usize,
    state: State,
    /// Whether only whitespace was passed on since the last line break.
    is_line: bool,
    /// Whether only whitespace was passed on since the beginning, or since reasoning or a call.
    /// Reasoning may follow.
    is_beginning: bool,
    /// The last byte that was passed on.
    previous: u8,
    /// Whether an odd number of backticks was passed on since the last line break.
    is_code_span: bool,
    /// Whether more white space was passed on than may be in front of reasoning or a call.
    passes_space: bool,
    /// Whether reasoning has ended just now, so that whitespace is not passed on.
    skips_space: bool,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum State {
    Text,
    /// A JSON value that is not a call. What is inside of it is text.
    Json(JsonScanner),
    /// A code block that is not a call, up to this marker.
    Code(&'static str),
    Reasoning {
        tags: ReasoningTags,
        /// Whether it goes into the text, with its tags.
        is_text: bool,
        /// Whether only whitespace of it has arrived.
        is_empty: bool,
        /// Whether its opening tag may be repeated.
        may_open: bool,
    },
    /// The text may be a call, after whitespace.
    Call {
        /// `None` if a code block begins.
        syntax: Option<CallSyntax>,
        progress: Progress,
        /// The beginning of the code block around it, if it follows another call there.
        fence: Option<String>,
    },
    /// A call has ended. The value is the beginning of the code block around it.
    AfterCall(Option<String>),
}

/// Whether a step needs more text.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Again,
    Wait,
}

impl TextParser {
    /// Creates a parser of a response to a request that offered `tools`.
    pub(super) fn new(format: TextFormat, tools: Arc<[ToolDefinition]>) -> Self {
        let tags = format.reasoning.first().filter(|_| format.begins_with_reasoning).cloned();
        let state = tags.map_or(State::Text, |tags| State::Reasoning {
            tags,
            is_text: false,
            is_empty: true,
            may_open: true,
        });
        Self {
            format,
            tools,
            buffer: String::new(),
            at: 0,
            state,
            is_line: true,
            is_beginning: true,
            previous: 0,
            is_code_span: false,
            passes_space: false,
            skips_space: false,
            pieces: Vec::new(),
        }
    }

    /// Processes text, and returns what is known now.
    pub(super) fn push(&mut self, text: &str) -> Vec<Piece> {
        self.buffer.push_str(text);
        self.run(false)
    }

    /// Processes the end of a complete response.
    pub(super) fn finish(&mut self) -> Vec<Piece> {
        self.run(true)
    }

    /// Returns what is held back, as text: the end of a response that was cut off.
    pub(super) fn abort(&mut self) -> Vec<Piece> {
        let state = std::mem::replace(&mut self.state, State::Text);
        let held = self.buffer.split_off(self.at);
        self.buffer.clear();
        self.at = 0;
        match state {
            State::Reasoning { is_text: false, .. } => push_reasoning(&mut self.pieces, &held),
            State::AfterCall(Some(fence)) | State::Call { fence: Some(fence), .. } => {
                self.pass(&fence);
                self.pass(&held);
            }
            _ => self.pass(&held),
        }
        std::mem::take(&mut self.pieces)
    }

    /// Stops looking for calls. Returns what was held back.
    pub(super) fn stop_calls(&mut self) -> Vec<Piece> {
        self.format.calls = Vec::new().into();
        if matches!(self.state, State::Reasoning { .. }) { Vec::new() } else { self.abort() }
    }

    /// Stops expecting that the text begins with reasoning, because that has arrived separately.
    pub(super) fn skip_expected_reasoning(&mut self) {
        if let State::Reasoning { is_empty: true, may_open: true, .. } = self.state {
            self.state = State::Text;
        }
    }

    fn run(&mut self, is_end: bool) -> Vec<Piece> {
        while self.step(is_end) == Step::Again {}
        self.buffer.drain(..self.at);
        self.at = 0;
        std::mem::take(&mut self.pieces)
    }

    fn step(&mut self, is_end: bool) -> Step {
        if self.at == self.buffer.len() && !matches!(self.state, State::AfterCall(_)) {
            return Step::Wait;
        }
        match std::mem::replace(&mut self.state, State::Text) {
            State::Text => self.text(is_end),
            State::Json(scanner) => self.json(scanner),
            State::Code(fence) => self.code(fence, is_end),
            State::Reasoning { tags, is_text, is_empty, may_open } => {
                if is_empty && !is_text {
                    self.reasoning_start(tags, may_open, is_end)
                } else {
                    self.reasoning(tags, is_text, is_end)
                }
            }
            State::Call { syntax, progress, fence } => self.call(syntax, progress, fence, is_end),
            State::AfterCall(fence) => self.after_call(fence, is_end),
        }
    }

    /// Passes on the next `length` bytes as text.
    fn pass_next(&mut self, length: usize) {
        let end = self.at + length;
        let text = self.buffer.get(self.at..end).unwrap_or_default().to_owned();
        self.at = end;
        self.pass(&text);
    }

    fn pass(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.track(byte));
        push_text(&mut self.pieces, text);
    }

    fn track(&mut self, byte: u8) {
        let is_space = byte.is_ascii_whitespace();
        self.is_line = byte == b'\n' || self.is_line && is_space;
        self.is_beginning &= is_space;
        self.is_code_span = byte != b'\n' && self.is_code_span != (byte == b'`');
        self.previous = byte;
    }

    /// Notes that reasoning or a call has ended, and that more of it may follow.
    fn begin(&mut self) {
        (self.is_line, self.is_beginning, self.previous) = (true, true, 0);
        (self.passes_space, self.is_code_span) = (false, false);
    }

    /// Passes text on up to the next beginning of reasoning or a call.
    fn text(&mut self, is_end: bool) -> Step {
        let buffer = std::mem::take(&mut self.buffer);
        let step = self.text_of(&buffer, is_end);
        self.buffer = buffer;
        step
    }

    fn text_of(&mut self, buffer: &str, is_end: bool) -> Step {
        let rest = buffer.get(self.at..).unwrap_or_default();
        // Whitespace at the beginning waits for what follows it.
        let space = if self.is_beginning { rest.len() - rest.trim_start().len() } else { 0 };
        if self.skips_space {
            self.at += space;
            self.skips_space = space == rest.len();
            return if self.skips_space { Step::Wait } else { Step::Again };
        }
        self.passes_space |= space > MAX_SPACE;
        if self.passes_space && space > 0 {
            self.take_text(rest, space);
            return if space == rest.len() { Step::Wait } else { Step::Again };
        }
        if space == rest.len() && !is_end && !self.format.is_plain() {
            return Step::Wait;
        }
        for (at, c) in rest.char_indices() {
            let passed = if self.is_beginning && at == space { 0 } else { at };
            match self.opening(&rest[at..], is_end) {
                Err(_) => {
                    self.take_text(rest, passed);
                    return Step::Wait;
                }
                Ok(Some(Opening::Call(syntax))) => {
                    self.take_text(rest, passed);
                    self.state = State::Call { syntax, progress: Progress::Head, fence: None };
                    return Step::Again;
                }
                Ok(Some(Opening::Code(fence))) => {
                    self.take_text(rest, at + fence.len());
                    fence.chars().for_each(|c| self.track_char(c));
                    self.state = State::Code(fence);
                    return Step::Again;
                }
                Ok(Some(Opening::Reasoning(tags, is_text))) => {
                    self.take_text(rest, if is_text { at + tags.open.len() } else { passed });
                    if !is_text {
                        self.at += at - passed + tags.open.len();
                    }
                    self.state =
                        State::Reasoning { tags, is_text, is_empty: true, may_open: false };
                    return Step::Again;
                }
                Ok(None) => self.track_char(c),
            }
        }
        self.take_text(rest, rest.len());
        Step::Wait
    }

    /// Passes on the first `length` bytes of `rest`, which are tracked already.
    fn take_text(&mut self, rest: &str, length: usize) {
        push_text(&mut self.pieces, rest.get(..length).unwrap_or_default());
        self.at += length;
    }

    fn track_char(&mut self, c: char) {
        // All bytes outside of ASCII are the same here.
        self.track(u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(0xFF));
    }

    /// Returns what begins at the text.
    fn opening(&self, text: &str, is_end: bool) -> Result<Option<Opening>, Stop> {
        let calls = &*self.format.calls;
        if self.is_beginning {
            let split = self.format.reasoning.iter().map(|tags| (tags, false));
            // Calls in reasoning are not calls, also if the reasoning stays in the text.
            let kept = ReasoningTags::ALL.iter().map(|tags| (tags, true));
            for (tags, is_text) in split.chain(kept.filter(|_| !calls.is_empty())) {
                match match_marker(text, &tags.open, is_end) {
                    Match::Full => return Ok(Some(Opening::Reasoning(tags.clone(), is_text))),
                    Match::Partial => return Err(Stop::More),
                    Match::None => {}
                }
            }
        }
        if calls.is_empty() || !text.starts_with(['<', '[', '{', '`', '~']) {
            return Ok(None);
        }
        if self.is_line {
            let fences = TEXT_FENCES.iter().map(|fence| (*fence, Opening::Code(fence)));
            for (fence, opening) in fences.chain([(FENCE, Opening::Call(None))]) {
                match match_marker(text, fence, is_end) {
                    Match::Full => return Ok(Some(opening)),
                    Match::Partial => return Err(Stop::More),
                    Match::None => {}
                }
            }
        }
        // A call in a code span is an example. Two backticks may begin a span as well.
        if self.is_code_span || self.previous == b'`' {
            return Ok(None);
        }
        let syntax = forms::opening(calls, text, self.is_line, is_end)?;
        Ok(syntax.map(|syntax| Opening::Call(Some(syntax))))
    }

    /// Passes on a JSON value up to its end.
    fn json(&mut self, mut scanner: JsonScanner) -> Step {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let mut length = rest.len();
        let mut step = Step::Wait;
        for (at, byte) in rest.bytes().enumerate() {
            let is_invalid = scanner.push(byte) == Scanned::Invalid;
            if is_invalid || scanner.is_complete() {
                length = at + usize::from(!is_invalid);
                step = Step::Again;
                break;
            }
        }
        self.pass_next(length);
        if step == Step::Wait {
            self.state = State::Json(scanner);
        }
        step
    }

    /// Passes on a code block up to its end.
    fn code(&mut self, marker: &'static str, is_end: bool) -> Step {
        let buffer = std::mem::take(&mut self.buffer);
        let rest = buffer.get(self.at..).unwrap_or_default();
        let mut length = rest.len();
        self.state = State::Code(marker);
        let mut step = Step::Wait;
        for (at, c) in rest.char_indices() {
            let fence =
                if self.is_line { match_marker(&rest[at..], marker, is_end) } else { Match::None };
            if fence == Match::None {
                self.track_char(c);
                continue;
            }
            length = at;
            if fence == Match::Full {
                length = at + marker.len();
                self.track(b'`');
                self.is_code_span = false;
                (self.state, step) = (State::Text, Step::Again);
            }
            break;
        }
        self.take_text(rest, length);
        self.buffer = buffer;
        step
    }
}

/// What begins at a position of the text.
#[derive(Debug)]
enum Opening {
    /// Reasoning, and whether it goes into the text.
    Reasoning(ReasoningTags, bool),
    Call(Option<CallSyntax>),
    /// A code block whose contents are text.
    Code(&'static str),
}
