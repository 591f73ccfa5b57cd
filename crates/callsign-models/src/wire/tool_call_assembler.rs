//! Assembly of tool calls from their fragments.
//!
//! Providers differ in how they mark the fragments of a call: the same index for every call, or
//! none; IDs that are missing, empty, repeated or reused; names that are repeated whole or split.
//! The rules here never merge two calls and never split one.

use std::borrow::Cow;
use std::sync::Arc;

use callsign_types::event::{ModelEvent, ToolCallDelta};
use callsign_types::message::ToolCall;
use callsign_types::request::ToolDefinition;
use serde_json::{Map, Value};

use super::bracket_tracker::BracketTracker;
use super::chunk::{DeltaCustom, DeltaFunction, DeltaToolCall, RawArguments};
use super::extras;
use super::lenient::{Lenient, UnknownFields};
use super::response_error::ResponseError;
use super::surrogates::{HalfJoiner, Marks};

/// Assembles the tool calls of one response.
#[derive(Debug)]
pub(super) struct ToolCallAssembler {
    list: Vec<PartialToolCall>,
    /// The tools of the request. A name that equals one of theirs is complete.
    tools: Arc<[ToolDefinition]>,
    /// Number of the current delta. The entries of one delta are different calls.
    batch: u64,
    /// The marks of surrogate halves in the current delta.
    pub(super) marks: Option<Marks>,
}

/// The maximum number of calls. Each fragment is compared with all of them.
const MAX_CALLS: usize = 1024;

/// The arguments of a custom call before and after its input, which is a JSON string.
const CUSTOM_START: &str = "{\"input\":\"";
const CUSTOM_END: &str = "\"}";

#[derive(Debug, Default)]
struct PartialToolCall {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
    /// Joins the surrogate halves of the arguments.
    halves: HalfJoiner,
    /// Whether it is the call of a custom tool, whose arguments are [`CUSTOM_START`], the input
    /// and [`CUSTOM_END`].
    is_custom: bool,
    brackets: BracketTracker,
    extra: Map<String, Value>,
    batch: u64,
    /// Whether an event with the name was emitted.
    name_emitted: bool,
}

impl PartialToolCall {
    fn is_repeated_by(&self, other: &Self) -> bool {
        !self.id.is_empty()
            && self.id == other.id
            && self.name == other.name
            && self.arguments == other.arguments
    }
}

/// One fragment of a call, reduced to what decides which call it belongs to.
struct Fragment<'a> {
    index: Option<u64>,
    id: Cow<'a, str>,
    name: &'a str,
    /// The arguments, or the input of a custom call.
    arguments: Cow<'a, str>,
    is_custom: bool,
    /// Whether the arguments are a JSON object instead of a string, and therefore complete.
    is_object: bool,
}

/// The call that a fragment belongs to.
#[derive(Debug, PartialEq, Eq)]
enum Assignment {
    /// The fragment starts a call.
    NewCall,
    /// The fragment continues the call at this position.
    Extend(usize, NameUpdate),
    /// The fragment repeats a complete call.
    Duplicate,
}

/// How a fragment changes the name of the call that it continues.
#[derive(Debug, PartialEq, Eq)]
enum NameUpdate {
    Keep,
    Append,
    Replace,
}

impl ToolCallAssembler {
    pub(super) fn new(tools: Arc<[ToolDefinition]>) -> Self {
        Self { list: Vec::new(), tools, batch: 0, marks: None }
    }

    /// Processes the tool call fragments of one delta.
    pub(super) fn push(
        &mut self,
        tool_calls: Vec<Option<DeltaToolCall<'_>>>,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        self.batch += 1;
        for mut tool_call in tool_calls.into_iter().flatten() {
            let (is_custom, function) = match (tool_call.function, tool_call.custom.0) {
                (Some(function), _) => (false, function),
                (None, Some(custom)) => (true, custom_function(*custom)),
                (None, None) => (false, flat_function(&mut tool_call.unknown)),
            };
            let DeltaFunction { name, arguments, unknown } = function;
            let (arguments, is_object) = match arguments {
                Some(RawArguments { text: Some(text), .. }) => (text, false),
                Some(RawArguments { json, .. }) if json.starts_with('"') => {
                    (decode_string(json).map_err(arguments_error)?, false)
                }
                Some(RawArguments { json, .. }) if json != "null" => (Cow::Borrowed(json), true),
                _ => (Cow::Borrowed(""), false),
            };
            let mut fragment = Fragment {
                index: tool_call.index.number(),
                id: tool_call.id.id(),
                name: name.text().unwrap_or_default(),
                arguments,
                is_custom,
                is_object,
            };
            if fragment.is_empty() && tool_call.unknown.0.is_empty() && unknown.0.is_empty() {
                continue;
            }
            let Some(at) = self.apply(&mut fragment) else { continue };
            self.check_length()?;
            self.emit_delta(at, fragment.arguments, out);
            let Some(call) = self.list.get_mut(at) else { continue };
            extras::append(&mut call.extra, tool_call.unknown);
            if !unknown.0.is_empty() {
                let mut function = Map::new();
                extras::append(&mut function, unknown);
                extras::append_one(&mut call.extra, "function", function.into());
            }
        }
        Ok(())
    }

    /// Processes a delta that has only arguments, for the call with this index.
    pub(super) fn push_arguments(
        &mut self,
        index: Option<u64>,
        arguments: Cow<'_, str>,
        out: &mut impl Extend<ModelEvent>,
    ) {
        self.batch += 1;
        let id = Cow::Borrowed("");
        let (is_custom, is_object) = (false, false);
        let mut fragment = Fragment { index, id, name: "", arguments, is_custom, is_object };
        if let Some(at) = self.apply(&mut fragment) {
            self.emit_delta(at, fragment.arguments, out);
        }
    }

    /// Adds the calls of another choice, except those that are repeated.
    pub(super) fn append(
        &mut self,
        other: Self,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        for mut call in other.list {
            if self.list.iter().any(|known| known.is_repeated_by(&call)) {
                continue;
            }
            call.name_emitted = false;
            let arguments = call.arguments.clone();
            self.list.push(call);
            self.check_length()?;
            self.emit_delta(self.list.len() - 1, arguments.into(), out);
        }
        Ok(())
    }

    fn check_length(&self) -> Result<(), ResponseError> {
        if self.list.len() <= MAX_CALLS {
            return Ok(());
        }
        Err(ResponseError::Malformed(format!("it has more than {MAX_CALLS} tool calls"), None))
    }

    /// Returns whether there is no call.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns whether a call may be incomplete. Nothing, as well as the input of a custom call, shows
    /// no end, so that only the end of the response, `has_ended`, completes it.
    pub(super) fn has_open_call(&mut self, has_ended: bool) -> bool {
        self.list.iter_mut().any(|call| {
            if call.is_custom || call.arguments.trim().is_empty() {
                return !has_ended;
            }
            call.brackets.scan(&call.arguments);
            !call.brackets.is_complete()
        })
    }

    /// Completes the arguments after the response has ended.
    pub(super) fn complete(&mut self, out: &mut impl Extend<ModelEvent>) {
        for at in 0..self.list.len() {
            let Some(call) = self.list.get_mut(at) else { continue };
            let end = if call.is_custom { CUSTOM_END } else { "" };
            let rest = format!("{}{end}", call.halves.finish());
            call.arguments.push_str(&rest);
            self.emit_delta(at, rest.into(), out);
        }
    }

    /// Returns the complete calls after [`complete`](Self::complete).
    pub(super) fn finish(self) -> impl Iterator<Item = ToolCall> {
        self.list.into_iter().map(|call| {
            // Some providers send nothing instead of an empty object.
            let is_empty = call.arguments.trim().is_empty();
            let arguments = if is_empty { "{}".to_owned() } else { call.arguments };
            let mut finished = ToolCall::new(call.id, call.name, arguments);
            finished.extra = call.extra;
            finished
        })
    }

    /// Adds a fragment to its call. Returns the position of the call, or `None` for a duplicate.
    ///
    /// The arguments of the fragment become those that were added to the call.
    fn apply(&mut self, fragment: &mut Fragment<'_>) -> Option<usize> {
        // Whether a call is complete matters only for a fragment with an ID, a name or a new index.
        let is_new_index = || {
            fragment.index.is_some() && self.list.iter().all(|call| call.index != fragment.index)
        };
        if !fragment.id.is_empty() || !fragment.name.is_empty() || is_new_index() {
            self.list.iter_mut().for_each(|call| call.brackets.scan(&call.arguments));
        }
        let (at, name_update) = match self.assign(fragment) {
            Assignment::Duplicate => return None,
            Assignment::Extend(at, name_update) => (at, name_update),
            Assignment::NewCall => {
                if self.list.is_empty() {
                    self.list.reserve_exact(1);
                }
                self.list.push(PartialToolCall::default());
                (self.list.len() - 1, NameUpdate::Replace)
            }
        };
        let (batch, marks) = (self.batch, self.marks);
        let call = self.list.get_mut(at)?;
        if !fragment.is_object {
            let arguments = std::mem::take(&mut fragment.arguments);
            fragment.arguments = call.halves.join(arguments, marks);
        }
        if fragment.is_custom {
            let start = if call.is_custom { "" } else { CUSTOM_START };
            call.is_custom = true;
            fragment.arguments = format!("{start}{}", escape(&fragment.arguments)).into();
        }
        call.batch = batch;
        call.index = call.index.or(fragment.index);
        if call.id.is_empty() {
            call.id = fragment.id.clone().into_owned();
        }
        match name_update {
            NameUpdate::Keep => {}
            NameUpdate::Append => call.name.push_str(fragment.name),
            NameUpdate::Replace => call.name = fragment.name.to_owned(),
        }
        if fragment.is_object && !call.arguments.is_empty() {
            call.arguments.clear();
            call.brackets = BracketTracker::default();
        }
        if call.arguments.is_empty() {
            // Most arguments arrive in one fragment, so the capacity is exactly their length.
            call.arguments = fragment.arguments.clone().into_owned();
        } else {
            call.arguments.push_str(&fragment.arguments);
        }
        Some(at)
    }

    fn assign(&self, fragment: &Fragment<'_>) -> Assignment {
        match self.candidate(fragment).and_then(|at| self.list.get(at).map(|call| (at, call))) {
            Some((at, call)) => self.assign_to(at, call, fragment),
            None => Assignment::NewCall,
        }
    }

    /// Returns the call that the index and the ID of the fragment select, regardless of its name.
    fn candidate(&self, fragment: &Fragment<'_>) -> Option<usize> {
        let by_id =
            || self.list.iter().rposition(|call| !fragment.id.is_empty() && call.id == fragment.id);
        let last = self.list.len().checked_sub(1)?;
        let latest = self.list.last()?;
        if fragment.index.is_some() {
            let by_index = self.list.iter().rposition(|call| call.index == fragment.index);
            // A call starts with a name. A fragment without one continues a call, even if its
            // index differs from the one that the call started with.
            return by_index.or_else(|| {
                // Some providers send the index only from the second fragment on.
                let gets_index =
                    latest.index.is_none() && (fragment.id.is_empty() || latest.id.is_empty());
                if !fragment.name.is_empty() {
                    return None;
                }
                // Some gateways count fragments instead of calls.
                let continues = fragment.id.is_empty() && !latest.brackets.is_complete();
                by_id().or_else(|| (gets_index || continues).then_some(last))
            });
        }
        if !fragment.id.is_empty() {
            return by_id().or_else(|| {
                let continues = fragment.name.is_empty()
                    && (!latest.brackets.is_complete() || fragment.arguments.trim().is_empty());
                continues.then_some(last)
            });
        }
        Some(last)
    }

    /// Decides whether the fragment continues the call that its index and ID select.
    fn assign_to(&self, at: usize, call: &PartialToolCall, fragment: &Fragment<'_>) -> Assignment {
        let other_id = !fragment.id.is_empty() && !call.id.is_empty() && call.id != fragment.id;
        let same_id = !fragment.id.is_empty() && call.id == fragment.id;
        let blank = fragment.arguments.trim().is_empty();
        if fragment.name.is_empty() {
            // Some providers generate an ID per fragment, so a new ID alone does not start a call.
            let starts_call = other_id && call.brackets.is_complete() && !blank;
            return if starts_call {
                Assignment::NewCall
            } else {
                Assignment::Extend(at, NameUpdate::Keep)
            };
        }
        if other_id {
            return Assignment::NewCall;
        }
        let repeats = call.name == fragment.name && same_id && call.arguments == fragment.arguments;
        if call.batch == self.batch && !call.name.is_empty() {
            return Assignment::NewCall;
        }
        if call.name.is_empty() {
            return Assignment::Extend(at, NameUpdate::Replace);
        }
        if call.name == fragment.name {
            return match (blank, call.brackets.is_complete()) {
                (false, true) if repeats => Assignment::Duplicate,
                (false, true) => Assignment::NewCall,
                _ => Assignment::Extend(at, NameUpdate::Keep),
            };
        }
        if !call.arguments.is_empty() {
            return Assignment::NewCall;
        }
        self.assign_by_name(at, call, fragment)
    }

    /// Decides about a different name before any arguments: the rest of a split name or a new call.
    fn assign_by_name(
        &self,
        at: usize,
        call: &PartialToolCall,
        fragment: &Fragment<'_>,
    ) -> Assignment {
        if self.is_tool(&(call.name.clone() + fragment.name)) {
            Assignment::Extend(at, NameUpdate::Append)
        } else if self.is_tool(fragment.name) && fragment.name.starts_with(&call.name) {
            Assignment::Extend(at, NameUpdate::Replace)
        } else if self.is_tool(&call.name) {
            Assignment::NewCall
        } else {
            Assignment::Extend(at, NameUpdate::Append)
        }
    }

    fn is_tool(&self, name: &str) -> bool {
        is_tool(&self.tools, name)
    }

    /// Emits an event for new arguments or a new name. A name that may be incomplete is held back.
    fn emit_delta(
        &mut self,
        at: usize,
        arguments: Cow<'_, str>,
        out: &mut impl Extend<ModelEvent>,
    ) {
        let tools = &self.tools;
        let Some(call) = self.list.get_mut(at) else { return };
        let mut name = None;
        let is_named = !call.name_emitted && !call.name.is_empty();
        if is_named && (!arguments.is_empty() || is_tool(tools, &call.name)) {
            call.name_emitted = true;
            name = Some(call.name.clone());
        }
        if name.is_some() || !arguments.is_empty() {
            let arguments = arguments.into_owned();
            let delta = ToolCallDelta::new(at, name, arguments);
            out.extend(Some(ModelEvent::ToolCallDelta(delta)));
        }
    }
}

fn is_tool(tools: &[ToolDefinition], name: &str) -> bool {
    tools.iter().any(|tool| *tool.name == *name)
}

impl Fragment<'_> {
    fn is_empty(&self) -> bool {
        self.id.is_empty() && self.name.is_empty() && self.arguments.is_empty()
    }
}

/// Returns the call of a custom tool as the call of a function whose arguments are its input.
fn custom_function(custom: DeltaCustom<'_>) -> DeltaFunction<'_> {
    let DeltaCustom { name, input, unknown } = custom;
    let text = match input {
        Lenient::Text(text) => text,
        Lenient::Null => Cow::Borrowed(""),
        other => Cow::Owned(other.into_value().to_string()),
    };
    let arguments = Some(RawArguments { json: "", text: Some(text) });
    DeltaFunction { name, arguments, unknown }
}

/// Returns the function of a call whose `name` and `arguments` are not in a `function` object.
fn flat_function<'a>(fields: &mut UnknownFields<'a>) -> DeltaFunction<'a> {
    let name = fields.remove("name").unwrap_or_default();
    let arguments = fields.remove("arguments").map(|arguments| match arguments {
        Lenient::Text(text) => text,
        other => Cow::Owned(other.into_value().to_string()),
    });
    let arguments = arguments.map(|text| RawArguments { json: "", text: Some(text) });
    DeltaFunction { name, arguments, ..DeltaFunction::default() }
}

/// Returns the inside of a JSON string.
fn escape(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}

fn arguments_error(error: serde_json::Error) -> ResponseError {
    let what = "the arguments of a tool call are not valid JSON";
    ResponseError::Malformed(what.to_owned(), Some(error))
}

/// Decodes a JSON string.
fn decode_string(json: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    Ok(match serde_json::from_str(json)? {
        Lenient::Text(text) => text,
        _ => Cow::Borrowed(""),
    })
}
