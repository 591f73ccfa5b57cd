//! Calls as JSON: `{"name": …, "arguments": …}`, and lists of these.

use std::ops::Range;

use callsign_json::scanner::{JsonScanner, Scanned};

use super::arguments;
use super::cursor::{Cursor, Read, Stop, has_tool};
use super::pieces::WrittenCall;
use crate::request::ToolDefinition;

/// A JSON value that is being read. It keeps its place between two deltas.
#[derive(Debug)]
pub(super) struct JsonProgress {
    /// Where the value begins.
    start: usize,
    /// The next byte to read.
    next: usize,
    scanner: JsonScanner,
    /// Whether the value turned out not to be JSON.
    is_invalid: bool,
}

impl JsonProgress {
    pub(super) fn new(start: usize) -> Self {
        Self { start, next: start, scanner: JsonScanner::default(), is_invalid: false }
    }

    /// Returns the scanner if the value is JSON so far and not complete.
    pub(super) fn into_open(self) -> Option<JsonScanner> {
        (!self.is_invalid && self.scanner.depth() > 0).then_some(self.scanner)
    }

    /// Reads an object. Returns its text.
    pub(super) fn object<'a>(&mut self, cursor: &mut Cursor<'a>) -> Read<&'a str> {
        for byte in cursor.text.bytes().skip(self.next) {
            if self.scanner.is_complete() {
                break;
            }
            cursor.at = self.next;
            let scanned = self.scanner.push(byte);
            let is_object = self.next > self.start || scanned == Scanned::ObjectStart;
            if scanned == Scanned::Invalid || !is_object {
                self.is_invalid = true;
                return Err(Stop::Fail);
            }
            self.next += 1;
        }
        cursor.at = self.next;
        if self.scanner.is_complete() {
            return cursor.text.get(self.start..self.next).ok_or(Stop::Fail);
        }
        Err(if cursor.is_end { Stop::Fail } else { Stop::More })
    }
}

/// The members of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Name,
    Arguments,
    Id,
    Type,
}

const MEMBERS: [(&str, Member); 5] = [
    ("name", Member::Name),
    ("arguments", Member::Arguments),
    ("parameters", Member::Arguments),
    ("id", Member::Id),
    ("type", Member::Type),
];

/// The call that is being read: where its members are.
#[derive(Debug, Default)]
struct OpenCall {
    name: Option<Range<usize>>,
    arguments: Option<Range<usize>>,
    id: Option<Range<usize>>,
    has_type: bool,
}

/// Reads a call or a list of calls.
#[derive(Debug)]
pub(super) struct JsonCalls {
    pub(super) json: JsonProgress,
    /// Whether arguments may be missing.
    is_marked: bool,
    /// The depth of a call's members: 1, or 2 in a list.
    depth: usize,
    call: OpenCall,
    /// The member whose value is read.
    member: Option<Member>,
    /// Where the current key or value begins.
    from: usize,
    calls: Vec<WrittenCall>,
}

impl JsonCalls {
    /// Creates a reader of the value at `start`. A value with a marker in front may omit the
    /// arguments.
    pub(super) fn new(start: usize, is_marked: bool) -> Self {
        Self {
            json: JsonProgress::new(start),
            is_marked,
            depth: 1,
            call: OpenCall::default(),
            member: None,
            from: start,
            calls: Vec::new(),
        }
    }

    /// Reads on, and returns the calls when the value is complete.
    pub(super) fn read(
        &mut self,
        cursor: &mut Cursor<'_>,
        tools: &[ToolDefinition],
    ) -> Read<Vec<WrittenCall>> {
        for byte in cursor.text.bytes().skip(self.json.next) {
            if self.json.scanner.is_complete() {
                break;
            }
            let at = self.json.next;
            cursor.at = at;
            let scanned = self.json.scanner.push(byte);
            if scanned == Scanned::Invalid {
                self.json.is_invalid = true;
                return Err(Stop::Fail);
            }
            self.json.next += 1;
            cursor.at = self.json.next;
            self.member(scanned, at, cursor.text, tools).ok_or(Stop::Fail)?;
        }
        if self.json.scanner.is_complete() {
            cursor.at = self.json.next;
            return Ok(self.calls.clone());
        }
        if cursor.is_end || !self.may_continue(cursor.text, tools) {
            return Err(Stop::Fail);
        }
        Err(Stop::More)
    }

    /// Processes a byte. Returns `None` if the value is not a call.
    fn member(
        &mut self,
        scanned: Scanned,
        at: usize,
        text: &str,
        tools: &[ToolDefinition],
    ) -> Option<()> {
        let depth = self.json.scanner.depth();
        match scanned {
            Scanned::ArrayStart if at == self.json.start => self.depth = 2,
            Scanned::ObjectStart if depth == self.depth => self.call = OpenCall::default(),
            Scanned::KeyStart if depth == self.depth => (self.from, self.member) = (at + 1, None),
            Scanned::KeyEnd if depth == self.depth => {
                let key = text.get(self.from..at)?;
                self.member = Some(MEMBERS.iter().find(|(name, _)| *name == key)?.1);
            }
            Scanned::StringStart if depth == self.depth => self.from = at,
            Scanned::StringEnd if depth == self.depth => {
                self.string(self.from..at + 1, text, tools)?;
            }
            Scanned::ObjectStart if depth == self.depth + 1 => {
                (self.member? == Member::Arguments).then_some(())?;
                self.from = at;
            }
            // A call without arguments has `null`; no other member may have it.
            Scanned::ScalarStart if depth == self.depth => {
                let is_null = text.as_bytes().get(at) == Some(&b'n');
                (is_null && self.member? != Member::Name).then_some(())?;
            }
            Scanned::Close if depth == self.depth => {
                self.set_arguments(self.from..at + 1)?;
            }
            Scanned::Close if depth + 1 == self.depth => self.end_call(text)?,
            Scanned::ArrayStart if depth <= self.depth + 1 => return None,
            Scanned::StringStart | Scanned::ScalarStart if depth < self.depth => return None,
            _ => {}
        }
        Some(())
    }

    fn string(&mut self, range: Range<usize>, text: &str, tools: &[ToolDefinition]) -> Option<()> {
        let inside = range.start + 1..range.end - 1;
        match self.member? {
            Member::Name => {
                let is_known = has_tool(tools, text.get(inside.clone())?);
                (is_known && self.call.name.replace(inside).is_none()).then_some(())
            }
            Member::Arguments => self.set_arguments(range),
            Member::Id => self.call.id.replace(inside).is_none().then_some(()),
            Member::Type => {
                let is_function = text.get(inside)? == "function";
                (is_function && !std::mem::replace(&mut self.call.has_type, true)).then_some(())
            }
        }
    }

    fn set_arguments(&mut self, range: Range<usize>) -> Option<()> {
        self.call.arguments.replace(range).is_none().then_some(())
    }

    fn end_call(&mut self, text: &str) -> Option<()> {
        let call = std::mem::take(&mut self.call);
        let written = match call.arguments {
            Some(range) => text.get(range)?,
            None if self.is_marked => "",
            None => return None,
        };
        self.calls.push(WrittenCall {
            id: call.id.and_then(|range| text.get(range)).unwrap_or_default().to_owned(),
            name: text.get(call.name?)?.to_owned(),
            arguments: arguments::object(written)?,
            text: String::new(),
        });
        Some(())
    }

    /// Returns whether the key or the name at the end of the text may still become one of a call.
    fn may_continue(&self, text: &str, tools: &[ToolDefinition]) -> bool {
        if self.json.scanner.depth() != self.depth {
            return true;
        }
        match (self.json.scanner.is_in_key(), self.json.scanner.is_in_string(), self.member) {
            (true, _, _) => {
                let key = text.get(self.from..).unwrap_or_default();
                MEMBERS.iter().any(|(name, _)| name.starts_with(key))
            }
            (_, true, Some(Member::Name)) => {
                let name = text.get(self.from + 1..).unwrap_or_default();
                tools.iter().any(|tool| tool.name.starts_with(name))
            }
            _ => true,
        }
    }
}
