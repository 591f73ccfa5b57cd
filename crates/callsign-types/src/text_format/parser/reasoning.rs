//! Reasoning.

use super::{State, Step, TextParser};
use crate::text_format::cursor::{Match, match_marker, partial_suffix};
use crate::text_format::pieces::push_reasoning;
use crate::text_format::text_format::ReasoningTags;

impl TextParser {
    /// Skips whitespace and a repeated opening tag at the beginning of reasoning.
    pub(super) fn reasoning_start(
        &mut self,
        mut tags: ReasoningTags,
        may_open: bool,
        is_end: bool,
    ) -> Step {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let text = rest.trim_start();
        let (mut skipped, mut is_empty, mut step) = (rest.len() - text.len(), true, Step::Wait);
        if !text.is_empty() {
            (is_empty, step) = (false, Step::Again);
            for other in self.format.reasoning.iter().filter(|_| may_open) {
                match match_marker(text, &other.open, is_end) {
                    Match::Full => {
                        tags = other.clone();
                        skipped += tags.open.len();
                        (is_empty, step) = (true, Step::Again);
                        break;
                    }
                    Match::Partial => (is_empty, step) = (true, Step::Wait),
                    Match::None => {}
                }
            }
        }
        let is_opened = may_open && step == Step::Wait;
        self.at += skipped;
        self.state = State::Reasoning { tags, is_text: false, is_empty, may_open: is_opened };
        step
    }

    /// Passes reasoning on up to its closing tag.
    pub(super) fn reasoning(&mut self, tags: ReasoningTags, is_text: bool, is_end: bool) -> Step {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let found = rest.find(&*tags.close).filter(|_| !tags.close.is_empty());
        let held = if is_end { 0 } else { partial_suffix(rest, &tags.close) };
        let length = found.unwrap_or(rest.len() - held);
        if is_text {
            self.pass_next(length + found.map_or(0, |_| tags.close.len()));
        } else {
            push_reasoning(&mut self.pieces, &rest[..length]);
            self.at += length + found.map_or(0, |_| tags.close.len());
        }
        if found.is_some() {
            self.begin();
            self.skips_space = !is_text;
            return Step::Again;
        }
        self.state = State::Reasoning { tags, is_text, is_empty: false, may_open: false };
        Step::Wait
    }
}
