//! Import of a history from the chat-completions format.

use callsign_types::content::Content;
use callsign_types::error::Error;
use callsign_types::message::{Message, TextMessage, ToolMessage, UserMessage};
use callsign_types::messages::Messages;
use callsign_types::repair::Repair;
use callsign_types::sanitize::{NOT_CARRIED_OVER, repair_with_report};
use callsign_types::tool_status::ToolCallStatus;
use serde_json::{Map, Value};

use super::content::ExtraFields;
use super::results::PendingResults;
use super::{assistant, content};

/// An imported history.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Imported {
    /// The messages, repaired so that they can be sent, for example with `RunBuilder::history`.
    pub messages: Messages,
    /// The repairs, each with the index of its message in the given list; empty if there are none.
    pub report: Vec<(usize, Repair)>,
}

/// Imports a history in the chat-completions format: a list of messages, or an object with such a
/// list in `messages`, such as a whole request.
///
/// The supported roles are `system`, `developer`, `user`, `assistant` and `tool`, and the older
/// `function` with its `function_call`. Content may be a text or a list of parts. Arguments may be
/// a text or an object. Ids may be null. Unknown fields of assistant messages and calls are kept.
/// Anything that cannot be sent is repaired and reported.
///
/// The import is deterministic. Importing what [`export_messages`](super::export::export_messages)
/// wrote returns the same messages, with an empty report.
///
/// # Errors
/// Returns a configuration error if there is no list of messages.
pub fn import_messages(history: &Value) -> Result<Imported, Error> {
    let listed = history.get("messages").unwrap_or(history);
    let Value::Array(listed) = listed else {
        return Err(Error::configuration(
            "history must be a list of messages, or an object with such a list in `messages`",
        ));
    };
    let mut reader = Reader::default();
    for (at, entry) in listed.iter().enumerate() {
        reader.read(at, entry);
    }
    Ok(reader.finish())
}

/// Imports a history from JSON text, as [`import_messages`] does.
///
/// # Errors
/// Returns a configuration error if the text is not JSON, or if there is no list of messages.
pub fn import_json(history: &str) -> Result<Imported, Error> {
    let history: Value = serde_json::from_str(history)
        .map_err(|error| Error::configuration("history is not valid JSON").with_source(error))?;
    import_messages(&history)
}

/// Records the repairs of the message that is being read.
#[derive(Debug)]
pub(super) struct RepairLog<'a> {
    at: usize,
    report: &'a mut Vec<(usize, Repair)>,
}

impl RepairLog<'_> {
    pub(super) fn add(&mut self, kind: Repair) {
        self.report.push((self.at, kind));
    }

    pub(super) fn dropped_field(&mut self, field: impl Into<String>) {
        self.add(Repair::FieldLeftOut { field: field.into() });
    }

    /// Records the fields of a part that are dropped because they are not in `known`. The type and
    /// null fields do not count.
    pub(super) fn dropped_part_fields(&mut self, kind: &str, part: &Value, known: &[&str]) {
        for (name, value) in part.as_object().into_iter().flatten() {
            if !value.is_null() && name != "type" && !known.contains(&&**name) {
                self.dropped_field(format!("{kind}.{name}"));
            }
        }
    }

    /// Records the fields of a message that are dropped because they are not in `known`. Null
    /// fields do not count.
    pub(super) fn dropped_fields(&mut self, fields: &Map<String, Value>, known: &[&str]) {
        for (name, value) in fields {
            if !value.is_null() && !known.contains(&&**name) {
                self.dropped_field(&**name);
            }
        }
    }
}

#[derive(Default)]
struct Reader {
    messages: Vec<Message>,
    /// The index of each message in the given list.
    origins: Vec<usize>,
    report: Vec<(usize, Repair)>,
    results: PendingResults,
}

impl Reader {
    fn read(&mut self, at: usize, entry: &Value) {
        let mut repairs = RepairLog { at, report: &mut self.report };
        let Some(fields) = entry.as_object() else {
            return repairs.add(Repair::NotAMessage);
        };
        let Some(role) = role(fields, &mut repairs) else { return };
        let message = match role {
            "assistant" => {
                let message = assistant::read(fields, &mut repairs);
                self.results.expect(&message);
                Some(Message::Assistant(message))
            }
            "tool" => Some(Message::Tool(tool(fields, &mut self.results, &mut repairs))),
            "user" => {
                self.results.clear();
                user(fields, &mut repairs)
            }
            role => {
                self.results.clear();
                instructions(role, fields, &mut repairs)
            }
        };
        if let Some(message) = message {
            self.messages.push(message);
            self.origins.push(at);
        }
    }

    fn finish(self) -> Imported {
        let Self { messages, origins, mut report, .. } = self;
        let repaired = repair_with_report(messages);
        report.extend(
            repaired
                .repairs
                .into_iter()
                .filter_map(|(at, repair)| Some((*origins.get(at)?, repair))),
        );
        report.sort_by_key(|(at, _)| *at);
        Imported { messages: repaired.messages.into(), report }
    }
}

/// Returns the role of a message; `None` if it is unknown.
fn role(fields: &Map<String, Value>, repairs: &mut RepairLog<'_>) -> Option<&'static str> {
    let given = fields.get("role").and_then(Value::as_str).unwrap_or_default();
    let role = match given {
        "system" => return Some("system"),
        "developer" => return Some("developer"),
        "user" => return Some("user"),
        "assistant" => return Some("assistant"),
        "tool" | "function" => return Some("tool"),
        "human" => Some("user"),
        "ai" | "model" => Some("assistant"),
        // Some providers send responses with an empty role, and only assistant messages have these
        // fields.
        "" if fields.contains_key("tool_calls") || fields.contains_key("function_call") => {
            Some("assistant")
        }
        "" if fields.contains_key("tool_call_id") => Some("tool"),
        _ => None,
    };
    repairs.add(match role {
        Some(role) => Repair::RoleKeptAs { given: given.to_owned(), role },
        None => Repair::UnknownRole { role: given.to_owned() },
    });
    role
}

fn instructions(
    role: &str,
    fields: &Map<String, Value>,
    repairs: &mut RepairLog<'_>,
) -> Option<Message> {
    repairs.dropped_fields(fields, &["role", "content"]);
    let content = content::text(fields.get("content"), repairs);
    if content.is_empty() {
        repairs.add(Repair::EmptyMessage);
        return None;
    }
    let message = TextMessage::new(content);
    Some(match role {
        "developer" => Message::Developer(message),
        _ => Message::System(message),
    })
}

fn user(fields: &Map<String, Value>, repairs: &mut RepairLog<'_>) -> Option<Message> {
    repairs.dropped_fields(fields, &["role", "content"]);
    let content = content::parts(fields.get("content"), ExtraFields::Keep, repairs);
    if content.is_empty() {
        repairs.add(Repair::EmptyMessage);
        return None;
    }
    Some(Message::User(UserMessage::new(content)))
}

fn tool(
    fields: &Map<String, Value>,
    results: &mut PendingResults,
    repairs: &mut RepairLog<'_>,
) -> ToolMessage {
    // The name only repeats that of the call.
    repairs.dropped_fields(fields, &["role", "content", "tool_call_id", "name"]);
    let content = match content::parts(fields.get("content"), ExtraFields::Drop, repairs) {
        // Some providers accept no lists here, and a list of texts can be joined.
        Content::Parts(parts) if parts.iter().all(|part| part.as_text().is_some()) => {
            Content::Text(parts.iter().filter_map(|part| part.as_text()).collect())
        }
        content => content,
    };
    let given = content::id(fields.get("tool_call_id"));
    let name = fields.get("name").and_then(Value::as_str);
    let call_id = results.call_id(given, name, repairs);
    // This sentence marks a result that was filled in, so the call still counts as not run.
    let is_filled = matches!(&content, Content::Text(text) if text == NOT_CARRIED_OVER);
    let outcome = if is_filled { ToolCallStatus::NotRun } else { ToolCallStatus::Success };
    ToolMessage::new(call_id, content).with_status(outcome)
}
