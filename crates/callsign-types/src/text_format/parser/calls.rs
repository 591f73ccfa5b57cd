//! Calls.

use super::{FENCE, State, Step, TEXT_FENCES, TextParser};
use crate::text_format::cursor::{Cursor, MAX_SPACE, Match, Stop, match_marker};
use crate::text_format::forms::{self, Progress, TRAILERS};
use crate::text_format::pieces::Piece;
use crate::text_format::text_format::CallSyntax;

/// The longest call, in bytes. A longer one is text, so that what is held back is bounded.
const MAX_HELD: usize = 16 * 1024 * 1024;

impl TextParser {
    /// Reads what may be a call.
    pub(super) fn call(
        &mut self,
        syntax: Option<CallSyntax>,
        mut progress: Progress,
        fence: Option<String>,
        is_end: bool,
    ) -> Step {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let mut cursor = Cursor { text: rest, at: 0, is_end };
        let mut head = 0;
        let read = cursor.token().and_then(|_| {
            let inside = match syntax {
                Some(syntax) => syntax,
                None => {
                    forms::read_fence(&mut cursor)?;
                    head = cursor.at;
                    let inside = forms::opening(&self.format.calls, cursor.rest(), true, is_end)?;
                    inside.ok_or(Stop::Fail)?
                }
            };
            let calls = forms::read(&mut cursor, &mut progress, inside, &self.tools)?;
            // A call between quotes is an example.
            let is_quoted = matches!(self.previous, b'"' | b'\'');
            if is_quoted && cursor.peek()? == Some(self.previous) {
                return Err(Stop::Fail);
            }
            Ok(calls)
        });
        let length = cursor.at;
        match read {
            Ok(mut calls) => {
                let fence = fence.or_else(|| syntax.is_none().then(|| rest[..head].to_owned()));
                if let Some(first) = calls.first_mut() {
                    rest[..length].clone_into(&mut first.text);
                }
                self.at += length;
                self.pieces.extend(calls.into_iter().map(Piece::Call));
                self.begin();
                self.state = State::AfterCall(fence);
                return Step::Again;
            }
            Err(Stop::More) if rest.len() <= MAX_HELD => {
                self.state = State::Call { syntax, progress, fence };
                return Step::Wait;
            }
            Err(_) => {}
        }
        // The cursor is at what differs, so the same text is not read again.
        let is_code = fence.is_some() || syntax.is_none();
        self.pass(&fence.unwrap_or_default());
        self.pass_next(length);
        self.state = match progress.into_open() {
            _ if is_code => State::Code(FENCE),
            Some(scanner) => State::Json(scanner),
            None => State::Text,
        };
        Step::Again
    }

    /// Skips what belongs to a call after its end, and finds the next call.
    pub(super) fn after_call(&mut self, fence: Option<String>, is_end: bool) -> Step {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let text = rest.trim_start();
        let space = rest.len() - text.len();
        if text.is_empty() && is_end {
            self.at = self.buffer.len();
            self.pass(&fence.unwrap_or_default());
            return Step::Wait;
        }
        let closing = fence.as_ref().map(|_| FENCE);
        let is_far = space > MAX_SPACE;
        let mut is_partial = text.is_empty() && !is_far;
        for trailer in TRAILERS.iter().copied().chain(closing).filter(|_| !is_far) {
            match match_marker(text, trailer, is_end) {
                Match::Full => {
                    self.at += space + trailer.len();
                    self.state = State::AfterCall(fence.filter(|_| trailer != FENCE));
                    return Step::Again;
                }
                Match::Partial => is_partial = true,
                Match::None => {}
            }
        }
        let next = if is_far { Ok(None) } else { self.next_call(text, fence.is_some(), is_end) };
        if is_partial || next.is_err() {
            self.state = State::AfterCall(fence);
            return Step::Wait;
        }
        if let Ok(Some((skipped, syntax))) = next {
            self.at += if skipped == 0 { 0 } else { space + skipped };
            self.state = State::Call { syntax, progress: Progress::Head, fence };
        } else if let Some(fence) = fence {
            self.pass(&fence);
            self.state = State::Code(FENCE);
        }
        Step::Again
    }

    /// Returns the notation of the call that follows another one, and how many bytes are between
    /// them.
    fn next_call(
        &self,
        text: &str,
        is_fenced: bool,
        is_end: bool,
    ) -> Result<Option<(usize, Option<CallSyntax>)>, Stop> {
        // Llama separates calls by semicolons.
        if let Some(next) = text.strip_prefix(';') {
            let next = next.trim_start();
            if next.is_empty() && !is_end {
                return Err(Stop::More);
            }
            let is_json = next.starts_with(['{', '[']);
            let skipped = text.len() - next.len();
            return Ok(is_json.then_some((skipped, Some(CallSyntax::Json))));
        }
        let text_fences = TEXT_FENCES.iter().map(|fence| (*fence, None));
        let fences = text_fences.chain([(FENCE, Some((0, None)))]);
        for (fence, next) in fences.filter(|_| !is_fenced) {
            match match_marker(text, fence, is_end) {
                Match::Full => return Ok(next),
                Match::Partial => return Err(Stop::More),
                Match::None => {}
            }
        }
        let syntax = forms::opening(&self.format.calls, text, true, is_end)?;
        Ok(syntax.map(|syntax| (0, Some(syntax))))
    }
}
