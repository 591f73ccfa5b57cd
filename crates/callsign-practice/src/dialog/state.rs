//! The state of the dialog: what the user asked for, and what the tools have returned so far.

use serde_json::{Map, Value};

use super::plan::{PlannedCall, plan};
use super::tool_results::{self, ToolResult};
use crate::language::dates::DateContext;
use crate::request::{ChatRequest, Message, ToolCall};
use crate::tools::ranking::ToolIndex;
use crate::tools::schema::{OfferedTool, missing_labels};

/// How many earlier user messages are read for what a follow-up leaves out.
const REMEMBERED_MESSAGES: usize = 8;

/// A tool's name and its arguments, before the call gets an id.
pub(super) type Invocation = (String, Map<String, Value>);

/// The last user message, the calls that it asks for, and what happened since.
pub(super) struct DialogState<'a> {
    pub(super) request: &'a ChatRequest,
    /// The last user message.
    pub(super) message: &'a str,
    pub(super) tool_index: ToolIndex,
    pub(super) dates: DateContext,
    pub(super) planned_calls: Vec<PlannedCall>,
    /// The calls since the last user message.
    pub(super) calls_made: Vec<&'a ToolCall>,
    /// All tool results of the conversation.
    results: Vec<ToolResult<'a>>,
    /// Index in `results` of the first result since the last user message.
    first_recent: usize,
}

impl<'a> DialogState<'a> {
    /// Reads the conversation of `request`.
    pub(super) fn of(request: &'a ChatRequest) -> Self {
        let instructions = request.messages.iter().filter_map(|message| match message {
            Message::System(text) => Some(text.as_str()),
            _ => None,
        });
        let dates = DateContext::read(&instructions.collect::<Vec<_>>().join("\n"));
        let tool_index = ToolIndex::new(request.tools.clone());
        let user_messages = request.messages.iter().filter_map(|message| match message {
            Message::User { text, .. } => Some(text.as_str()),
            _ => None,
        });
        let user_messages: Vec<&str> = user_messages.collect();
        let mut previous: Option<PlannedCall> = None;
        let mut planned_calls = Vec::new();
        let oldest = user_messages.len().saturating_sub(REMEMBERED_MESSAGES + 1);
        for message in &user_messages[oldest..] {
            let planned = plan(message, &tool_index, previous.as_ref(), &dates);
            planned_calls = complete_siblings(&tool_index, &planned_calls, planned);
            previous = planned_calls.last().cloned().or(previous);
        }
        let recent = request.since_last_user_message();
        let calls_made = recent.iter().filter_map(|message| match message {
            Message::Assistant(calls) => Some(calls),
            _ => None,
        });
        let recent_results =
            recent.iter().filter(|message| matches!(message, Message::ToolResult { .. })).count();
        let results = tool_results::collect(&request.messages);
        let mut state = Self {
            request,
            message: user_messages.last().copied().unwrap_or_default(),
            tool_index,
            dates,
            planned_calls,
            calls_made: calls_made.flatten().collect(),
            first_recent: results.len() - recent_results,
            results,
        };
        state.fill_from_results();
        state
    }

    /// The tool results since the last user message.
    pub(super) fn recent_results(&self) -> &[ToolResult<'a>] {
        &self.results[self.first_recent..]
    }

    /// Fills missing arguments from tool results. A later clause uses the results since the last user message.
    /// The first clause uses earlier results, and only if it refers back ("its", "the second one").
    fn fill_from_results(&mut self) {
        let (earlier, recent) = self.results.split_at(self.first_recent);
        for (number, planned) in self.planned_calls.iter_mut().enumerate() {
            if planned.missing.is_empty() || !(planned.refers_back || number > 0) {
                continue;
            }
            let source = if number > 0 { recent } else { earlier };
            let tool = &self.tool_index.tools[planned.tool];
            for param in tool.parameters.iter().filter(|param| param.required) {
                if planned.args.contains_key(&param.name) {
                    continue;
                }
                let value = tool_results::find_value(source, param, planned.ordinal, number > 0);
                if let Some(value) = value {
                    planned.args.insert(param.name.clone(), value);
                }
            }
            planned.missing = missing_labels(&tool.parameters, &planned.args);
        }
    }

    pub(super) fn tool(&self, planned: &PlannedCall) -> &OfferedTool {
        &self.tool_index.tools[planned.tool]
    }

    /// The planned calls that have all required arguments and were not made yet.
    pub(super) fn due_calls(&self) -> Vec<Invocation> {
        let mut due: Vec<Invocation> = Vec::new();
        for planned in self.planned_calls.iter().filter(|planned| planned.missing.is_empty()) {
            let name = &self.tool(planned).name;
            let wanted =
                self.planned_calls.iter().filter(|other| other.tool == planned.tool).count();
            let made = self.calls_made.iter().filter(|call| call.name == *name).count();
            let added = due.iter().filter(|(other, _)| other == name).count();
            // Arguments that come from results can change when more results arrive. The count per tool keeps a call
            // from being repeated with other arguments.
            if made + added < wanted && !self.was_made(name, &planned.args) {
                due.push((name.clone(), planned.args.clone()));
            }
        }
        due
    }

    /// Whether this call was made since the last user message.
    pub(super) fn was_made(&self, name: &str, args: &Map<String, Value>) -> bool {
        let mut made = self.calls_made.iter().filter(|call| call.name == name);
        made.any(|call| call.arguments.as_object() == Some(args))
    }
}

/// Adds the other calls of the message before, if `planned` completes its last call and they lack the same argument:
/// "flights to Seattle and to Boston", then "New York".
fn complete_siblings(
    tool_index: &ToolIndex,
    earlier: &[PlannedCall],
    planned: Vec<PlannedCall>,
) -> Vec<PlannedCall> {
    let (Some((asked, siblings)), [completed]) = (earlier.split_last(), planned.as_slice()) else {
        return planned;
    };
    let keeps_args = asked.args.iter().all(|(name, value)| completed.args.get(name) == Some(value));
    if asked.tool != completed.tool || asked.missing.is_empty() || !keeps_args {
        return planned;
    }
    let is_sibling = |call: &&PlannedCall| call.tool == asked.tool && call.missing == asked.missing;
    let complete = |sibling: &PlannedCall| {
        let mut call = sibling.clone();
        for (name, value) in &completed.args {
            call.args.entry(name.clone()).or_insert_with(|| value.clone());
        }
        call.missing = missing_labels(&tool_index.tools[call.tool].parameters, &call.args);
        call
    };
    let siblings = siblings.iter().filter(is_sibling).map(complete);
    siblings.chain([completed.clone()]).collect()
}
