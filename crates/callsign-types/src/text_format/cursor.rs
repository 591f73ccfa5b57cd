//! A cursor over text of which more may arrive.

use crate::request::ToolDefinition;

/// The most white space between the parts of a call, in bytes, and in front of one. It bounds what is
/// read again when more text arrives.
pub(super) const MAX_SPACE: usize = 1024;

/// Why nothing was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The text that has arrived allows several readings.
    More,
    /// The text is not a call. The cursor is at the part that differs.
    Fail,
}

pub(super) type Read<T> = Result<T, Stop>;

/// The position of a marker in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Full,
    /// The text ends before the marker does.
    Partial,
    None,
}

/// Compares the beginning of a text with a marker.
pub(super) fn match_marker(text: &str, marker: &str, is_end: bool) -> Match {
    if marker.is_empty() {
        Match::None
    } else if text.starts_with(marker) {
        Match::Full
    } else if !is_end && marker.starts_with(text) {
        Match::Partial
    } else {
        Match::None
    }
}

/// Returns the length of the end of `text` that may be the beginning of `marker`.
pub(super) fn partial_suffix(text: &str, marker: &str) -> usize {
    let longest = marker.len().saturating_sub(1).min(text.len());
    let lengths = (1..=longest).rev();
    let is_prefix =
        |length: &usize| marker.as_bytes()[..*length] == text.as_bytes()[text.len() - length..];
    lengths.into_iter().find(is_prefix).unwrap_or(0)
}

/// Reads the text of one candidate from its beginning. If it stops for more, it starts again.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// Whether no more text arrives.
    pub(super) is_end: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Reads `marker`.
    pub(super) fn literal(&mut self, marker: &str) -> Read<()> {
        if self.eat(marker)? { Ok(()) } else { Err(Stop::Fail) }
    }

    /// Reads `marker` if it is next, and returns whether it was.
    pub(super) fn eat(&mut self, marker: &str) -> Read<bool> {
        match match_marker(self.rest(), marker, self.is_end) {
            Match::Full => {
                self.at += marker.len();
                Ok(true)
            }
            Match::Partial => Err(Stop::More),
            Match::None => Ok(false),
        }
    }

    /// Skips whitespace, and returns the byte after it; `None` at the end of the response.
    pub(super) fn token(&mut self) -> Read<Option<u8>> {
        let rest = self.rest();
        let space = rest.len() - rest.trim_start().len();
        if space > MAX_SPACE {
            return Err(Stop::Fail);
        }
        self.at += space;
        self.peek()
    }

    /// Returns the next byte; `None` at the end of the response.
    pub(super) fn peek(&self) -> Read<Option<u8>> {
        match self.rest().bytes().next() {
            None if !self.is_end => Err(Stop::More),
            next => Ok(next),
        }
    }

    /// Reads up to `marker`, which is at most `limit` bytes away, and the marker too. Returns what is
    /// before it.
    pub(super) fn until(&mut self, marker: &str, limit: usize) -> Read<&'a str> {
        let rest = self.rest();
        match rest.find(marker).filter(|found| *found <= limit) {
            Some(found) => {
                self.at += found + marker.len();
                Ok(&rest[..found])
            }
            None if self.is_end || rest.len() > limit + marker.len() => Err(Stop::Fail),
            None => Err(Stop::More),
        }
    }

    /// Reads the name of a tool. Something else follows it.
    pub(super) fn tool_name(&mut self, tools: &[ToolDefinition]) -> Read<&'a str> {
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let name = rest.find(|c| !is_part(c)).map(|end| &rest[..end]);
        match name {
            Some(name) if has_tool(tools, name) => {
                self.at += name.len();
                Ok(name)
            }
            None if !self.is_end && tools.iter().any(|tool| tool.name.starts_with(rest)) => {
                Err(Stop::More)
            }
            _ => Err(Stop::Fail),
        }
    }

    /// Reads the end marker of a call whose JSON value is complete. It may be missing at the end of a
    /// complete response.
    pub(super) fn closing(&mut self, marker: &str) -> Read<()> {
        if self.token()?.is_none() { Ok(()) } else { self.literal(marker) }
    }
}

pub(super) fn has_tool(tools: &[ToolDefinition], name: &str) -> bool {
    tools.iter().any(|tool| *tool.name == *name)
}
