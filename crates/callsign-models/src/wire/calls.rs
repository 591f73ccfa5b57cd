//! Which piece belongs to which call.
//!
//! Services number and name the pieces of calls in ways of their own: the same index for every
//! call, or none; ids that are missing, empty, resent or used twice; names that are resent whole
//! or come in pieces. The rules here never merge what was two calls and never make two of one.

use std::borrow::Cow;
use std::sync::Arc;

use callsign_core::words::event::{ModelEvent, ToolCallDelta};
use callsign_core::words::message::ToolCall;
use callsign_core::words::request::ToolDefinition;
use serde_json::{Map, Value};

use super::chunk::{Arguments, CallPiece, FunctionPiece};
use super::extras;
use super::loose::Loose;
use super::shape::Shape;

/// The calls of one reply, as they are being made.
#[derive(Debug)]
pub(super) struct Calls {
    list: Vec<Call>,
    /// The tools that the request offered: a name that is one of theirs is whole.
    tools: Arc<[ToolDefinition]>,
    /// Which list of pieces is being read; the entries of one list are different calls.
    batch: u64,
}

#[derive(Debug, Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
    shape: Shape,
    extra: Map<String, Value>,
    batch: u64,
    /// Whether an audience has heard the name.
    announced: bool,
}

/// One piece, with what matters for telling where it belongs.
struct Piece<'a> {
    index: Option<u64>,
    id: Cow<'a, str>,
    name: &'a str,
    arguments: Cow<'a, str>,
    /// Whether the arguments came as an object, and so are never a piece.
    whole: bool,
}

/// Where a piece belongs.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// It begins a call.
    New,
    /// It goes on with the call at this position.
    Onto(usize, Naming),
    /// It says again what the call at this position has said already.
    Again,
}

/// What a piece that goes on with a call does to its name.
#[derive(Debug, PartialEq, Eq)]
enum Naming {
    Keep,
    Append,
    Replace,
}

impl Calls {
    pub(super) fn new(tools: Arc<[ToolDefinition]>) -> Self {
        Self { list: Vec::new(), tools, batch: 0 }
    }

    /// Takes the pieces of one delta.
    pub(super) fn take(
        &mut self,
        pieces: Vec<Option<CallPiece<'_>>>,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), serde_json::Error> {
        self.batch += 1;
        for piece in pieces.into_iter().flatten() {
            let function = piece.function.unwrap_or_default();
            let FunctionPiece { name, arguments, rest } = function;
            let (arguments, whole) = match arguments {
                Some(Arguments { text: Some(text), .. }) => (text, false),
                Some(Arguments { json, .. }) if json.starts_with('"') => (text_of(json)?, false),
                Some(Arguments { json, .. }) if json != "null" => (Cow::Borrowed(json), true),
                _ => (Cow::Borrowed(""), false),
            };
            let head = Piece {
                index: piece.index.number(),
                id: piece.id.id(),
                name: name.text().unwrap_or_default(),
                arguments,
                whole,
            };
            if head.is_empty() && piece.rest.0.is_empty() && rest.0.is_empty() {
                continue;
            }
            let Some(at) = self.apply(&head) else { continue };
            self.announce(at, head.arguments, out);
            let Some(call) = self.list.get_mut(at) else { continue };
            extras::append(&mut call.extra, piece.rest);
            if !rest.0.is_empty() {
                let mut function = Map::new();
                extras::append(&mut function, rest);
                extras::append_one(&mut call.extra, "function", function.into());
            }
        }
        Ok(())
    }

    /// Takes a delta that only has more arguments, for the call of this index.
    pub(super) fn take_arguments(
        &mut self,
        index: Option<u64>,
        arguments: Cow<'_, str>,
        out: &mut impl Extend<ModelEvent>,
    ) {
        self.batch += 1;
        let piece = Piece { index, id: Cow::Borrowed(""), name: "", arguments, whole: false };
        if let Some(at) = self.apply(&piece) {
            self.announce(at, piece.arguments, out);
        }
    }

    /// The calls, now that the reply has ended.
    pub(super) fn finish(self) -> impl Iterator<Item = ToolCall> {
        self.list.into_iter().map(|call| {
            // No arguments at all is how some services say an empty object.
            let empty = call.arguments.trim().is_empty();
            ToolCall {
                id: call.id,
                name: call.name,
                arguments: if empty { "{}".to_owned() } else { call.arguments },
                extra: call.extra,
            }
        })
    }

    /// Puts the piece where it belongs, and answers where that is.
    fn apply(&mut self, piece: &Piece<'_>) -> Option<usize> {
        // Only ids and names raise the question whether a call is whole.
        if !piece.id.is_empty() || !piece.name.is_empty() {
            self.list.iter_mut().for_each(|call| call.shape.follow(&call.arguments));
        }
        let (at, naming) = match self.place(piece) {
            Place::Again => return None,
            Place::Onto(at, naming) => (at, naming),
            Place::New => {
                if self.list.is_empty() {
                    self.list.reserve_exact(1);
                }
                self.list.push(Call::default());
                (self.list.len() - 1, Naming::Replace)
            }
        };
        let batch = self.batch;
        let call = self.list.get_mut(at)?;
        call.batch = batch;
        call.index = call.index.or(piece.index);
        if call.id.is_empty() {
            call.id = piece.id.clone().into_owned();
        }
        match naming {
            Naming::Keep => {}
            Naming::Append => call.name.push_str(piece.name),
            Naming::Replace => call.name = piece.name.to_owned(),
        }
        if piece.whole && !call.arguments.is_empty() {
            call.arguments.clear();
            call.shape = Shape::default();
        }
        if call.arguments.is_empty() {
            // Nearly all of them are whole: there is as much room as they take.
            call.arguments = piece.arguments.clone().into_owned();
        } else {
            call.arguments.push_str(&piece.arguments);
        }
        Some(at)
    }

    fn place(&self, piece: &Piece<'_>) -> Place {
        match self.candidate(piece).and_then(|at| self.list.get(at).map(|call| (at, call))) {
            Some((at, call)) => self.judge(at, call, piece),
            None => Place::New,
        }
    }

    /// The call that the piece's index and id speak for, before its name is looked at.
    fn candidate(&self, piece: &Piece<'_>) -> Option<usize> {
        let by_id =
            || self.list.iter().rposition(|call| !piece.id.is_empty() && call.id == piece.id);
        let last = self.list.len().checked_sub(1)?;
        let latest = self.list.last()?;
        if piece.index.is_some() {
            let by_index = self.list.iter().rposition(|call| call.index == piece.index);
            // A call begins with a name. A piece without one goes on with a call, even where
            // the index is not the one that the call began with.
            return by_index.or_else(|| {
                let numbered_late =
                    latest.index.is_none() && (piece.id.is_empty() || latest.id.is_empty());
                if !piece.name.is_empty() {
                    return None;
                }
                by_id().or_else(|| numbered_late.then_some(last))
            });
        }
        if !piece.id.is_empty() {
            return by_id().or_else(|| {
                let goes_on = piece.name.is_empty()
                    && (!latest.shape.is_whole() || piece.arguments.trim().is_empty());
                goes_on.then_some(last)
            });
        }
        Some(last)
    }

    /// Whether the piece goes on with the call that its index and id speak for.
    fn judge(&self, at: usize, call: &Call, piece: &Piece<'_>) -> Place {
        let other_id = !piece.id.is_empty() && !call.id.is_empty() && call.id != piece.id;
        let same_id = !piece.id.is_empty() && call.id == piece.id;
        let blank = piece.arguments.trim().is_empty();
        if piece.name.is_empty() {
            // Some services mint an id for every piece, so another id alone begins no call.
            let begins = other_id && call.shape.is_whole() && !blank;
            return if begins { Place::New } else { Place::Onto(at, Naming::Keep) };
        }
        if other_id {
            return Place::New;
        }
        let repeats = call.name == piece.name && same_id && call.arguments == piece.arguments;
        if call.batch == self.batch && !call.name.is_empty() {
            return Place::New;
        }
        if call.name.is_empty() {
            return Place::Onto(at, Naming::Replace);
        }
        if call.name == piece.name {
            return match (blank, call.shape.is_whole()) {
                (false, true) if repeats => Place::Again,
                (false, true) => Place::New,
                _ => Place::Onto(at, Naming::Keep),
            };
        }
        if !call.arguments.is_empty() {
            return Place::New;
        }
        self.judge_name(at, call, piece)
    }

    /// Another name before any arguments: the rest of the name, or the next call's.
    fn judge_name(&self, at: usize, call: &Call, piece: &Piece<'_>) -> Place {
        if self.is_tool(&(call.name.clone() + piece.name)) {
            Place::Onto(at, Naming::Append)
        } else if self.is_tool(piece.name) && piece.name.starts_with(&call.name) {
            Place::Onto(at, Naming::Replace)
        } else if self.is_tool(&call.name) {
            Place::New
        } else {
            Place::Onto(at, Naming::Append)
        }
    }

    fn is_tool(&self, name: &str) -> bool {
        is_tool(&self.tools, name)
    }

    /// Tells an audience what is new. A name that may be a piece waits for its rest.
    fn announce(&mut self, at: usize, arguments: Cow<'_, str>, out: &mut impl Extend<ModelEvent>) {
        let tools = &self.tools;
        let Some(call) = self.list.get_mut(at) else { return };
        let mut name = None;
        let is_named = !call.announced && !call.name.is_empty();
        if is_named && (!arguments.is_empty() || is_tool(tools, &call.name)) {
            call.announced = true;
            name = Some(call.name.clone());
        }
        if name.is_some() || !arguments.is_empty() {
            let arguments = arguments.into_owned();
            let delta = ToolCallDelta { index: at, name, arguments };
            out.extend(Some(ModelEvent::ToolCallDelta(delta)));
        }
    }
}

fn is_tool(tools: &[ToolDefinition], name: &str) -> bool {
    tools.iter().any(|tool| *tool.name == *name)
}

impl Piece<'_> {
    fn is_empty(&self) -> bool {
        self.id.is_empty() && self.name.is_empty() && self.arguments.is_empty()
    }
}

/// The text that a JSON string stands for.
fn text_of(json: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    Ok(match serde_json::from_str(json)? {
        Loose::Text(text) => text,
        _ => Cow::Borrowed(""),
    })
}
