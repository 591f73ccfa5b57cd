//! Plans the tool calls that a message asks for, from its clauses and from the call before it.

mod follow_up;
mod merge;
mod planner;
mod references;

use serde_json::{Map, Value};

use self::planner::Planner;
use self::references::resolve_places;
use crate::language::clauses;
use crate::language::dates::DateContext;
use crate::language::entities::Sentence;
use crate::tools::ranking::ToolIndex;

/// A call that a message asks for, with the arguments that are known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlannedCall {
    /// Index of the tool.
    pub(super) tool: usize,
    pub(super) args: Map<String, Value>,
    /// Labels of the required arguments that are unknown.
    pub(super) missing: Vec<String>,
    /// Whether the clause refers to something mentioned before ("its", "the second one").
    pub(super) refers_back: bool,
    /// Zero-based index of the item that the clause refers to. `usize::MAX` means the last item.
    pub(super) ordinal: usize,
}

/// How many characters of a message are read. Text that is pasted below a request is not part of the request.
const MAX_CHARS: usize = 2_000;

/// Plans the calls of a message. `previous` is the last call that an earlier message asked for.
pub(super) fn plan(
    message: &str,
    tool_index: &ToolIndex,
    previous: Option<&PlannedCall>,
    dates: &DateContext,
) -> Vec<PlannedCall> {
    let end = message.char_indices().nth(MAX_CHARS).map_or(message.len(), |(at, _)| at);
    let sentence = Sentence::read(&message[..end]);
    let first_end = clauses::split(&sentence).first().map_or(0, |clause| clause.end);
    // "There" in the first clause is a place of an earlier message. In a later clause, it is one of this message.
    let resolve = |call, within| resolve_places(&sentence, tool_index, call, within);
    if let Some(resolved) = previous.and_then(|previous| resolve(previous, 0..first_end)) {
        return Planner::plan(&resolved, tool_index, previous, dates);
    }
    let planned = Planner::plan(&sentence, tool_index, previous, dates);
    let later = first_end..sentence.tokens.len();
    match planned.first().or(previous).and_then(|call| resolve(call, later)) {
        Some(resolved) => Planner::plan(&resolved, tool_index, previous, dates),
        None => planned,
    }
}
