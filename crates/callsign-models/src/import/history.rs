//! A history in the wire's format becomes messages.

use callsign_core::journal::repair::{NOT_CARRIED_OVER, repair_and_tell};
use callsign_core::words::content::Content;
use callsign_core::words::error::Error;
use callsign_core::words::message::{Message, TextMessage, ToolMessage, UserMessage};
use callsign_core::words::messages::Messages;
use callsign_core::words::result::CallOutcome;
use serde_json::{Map, Value};

use super::content::Odd;
use super::report::{Repair, RepairKind};
use super::results::Results;
use super::{assistant, content};

/// A history that was imported.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Imported {
    /// The messages, which can be sent: such as `Turn::history` takes.
    pub messages: Messages,
    /// What was changed, in the order of the given list; empty where nothing was.
    pub report: Vec<Repair>,
}

/// Imports a history from the wire's JSON: a list of messages, or an object that has one in its
/// field `messages`, as a whole request has.
///
/// The roles are `system`, `developer`, `user`, `assistant` and `tool`, and the older `function`
/// with its `function_call`. Texts and lists of parts, arguments as text and as object, ids that
/// are null and fields that are not known are all taken; what can't be sent is mended, and told
/// in the report. The same history always gives the same messages, and what
/// [`export_messages`](super::export::export_messages) wrote of them gives them again, with an
/// empty report.
///
/// # Errors
/// A configuration error where there is no list of messages.
pub fn import_messages(history: &Value) -> Result<Imported, Error> {
    let listed = history.get("messages").unwrap_or(history);
    let Value::Array(listed) = listed else {
        return Err(Error::configuration(
            "a history is a list of messages, or an object with such a list in `messages`",
        ));
    };
    let mut reader = Reader::default();
    for (at, entry) in listed.iter().enumerate() {
        reader.read(at, entry);
    }
    Ok(reader.finish())
}

/// Imports a history from the text of the wire's JSON, as [`import_messages`] does.
///
/// # Errors
/// A configuration error where the text is no JSON, or there is no list of messages.
pub fn import_json(history: &str) -> Result<Imported, Error> {
    let history: Value = serde_json::from_str(history)
        .map_err(|error| Error::configuration("the history is no JSON").with_source(error))?;
    import_messages(&history)
}

/// What was told of the message that is being read.
#[derive(Debug)]
pub(super) struct Notes<'a> {
    at: usize,
    report: &'a mut Vec<Repair>,
}

impl Notes<'_> {
    pub(super) fn add(&mut self, kind: RepairKind) {
        self.report.push(Repair { at: self.at, kind });
    }

    pub(super) fn field_left_out(&mut self, field: impl Into<String>) {
        self.add(RepairKind::FieldLeftOut { field: field.into() });
    }

    /// Tells of the fields of a part that are not among the known ones, its kind aside; null says
    /// nothing.
    pub(super) fn part_fields(&mut self, kind: &str, part: &Value, known: &[&str]) {
        for (name, value) in part.as_object().into_iter().flatten() {
            if !value.is_null() && name != "type" && !known.contains(&&**name) {
                self.field_left_out(format!("{kind}.{name}"));
            }
        }
    }

    /// Tells of the fields that are not among the known ones; null says nothing.
    pub(super) fn other_fields(&mut self, fields: &Map<String, Value>, known: &[&str]) {
        for (name, value) in fields {
            if !value.is_null() && !known.contains(&&**name) {
                self.field_left_out(&**name);
            }
        }
    }
}

#[derive(Default)]
struct Reader {
    messages: Vec<Message>,
    /// Where each message stood in the given list.
    origins: Vec<usize>,
    report: Vec<Repair>,
    results: Results,
}

impl Reader {
    fn read(&mut self, at: usize, entry: &Value) {
        let mut notes = Notes { at, report: &mut self.report };
        let Some(fields) = entry.as_object() else {
            return notes.add(RepairKind::NotAMessage);
        };
        let Some(role) = role(fields, &mut notes) else { return };
        let message = match role {
            "assistant" => {
                let message = assistant::read(fields, &mut notes);
                self.results.called(&message);
                Some(Message::Assistant(message))
            }
            "tool" => Some(Message::Tool(tool(fields, &mut self.results, &mut notes))),
            "user" => {
                self.results.forget();
                user(fields, &mut notes)
            }
            role => {
                self.results.forget();
                instructions(role, fields, &mut notes)
            }
        };
        if let Some(message) = message {
            self.messages.push(message);
            self.origins.push(at);
        }
    }

    fn finish(self) -> Imported {
        let Self { messages, origins, mut report, .. } = self;
        let repaired = repair_and_tell(messages);
        report.extend(
            repaired
                .mends
                .into_iter()
                .filter_map(|(at, mend)| Some(Repair { at: *origins.get(at)?, kind: mend.into() })),
        );
        report.sort_by_key(|repair| repair.at);
        Imported { messages: repaired.messages.into(), report }
    }
}

/// The role that a message is read in.
fn role(fields: &Map<String, Value>, notes: &mut Notes<'_>) -> Option<&'static str> {
    let given = fields.get("role").and_then(Value::as_str).unwrap_or_default();
    let role = match given {
        "system" => return Some("system"),
        "developer" => return Some("developer"),
        "user" => return Some("user"),
        "assistant" => return Some("assistant"),
        "tool" | "function" => return Some("tool"),
        "human" => Some("user"),
        "ai" | "model" => Some("assistant"),
        // Replies carry an empty role on some services, and no other role has these fields.
        "" if fields.contains_key("tool_calls") || fields.contains_key("function_call") => {
            Some("assistant")
        }
        "" if fields.contains_key("tool_call_id") => Some("tool"),
        _ => None,
    };
    notes.add(match role {
        Some(role) => RepairKind::RoleKeptAs { given: given.to_owned(), role },
        None => RepairKind::UnknownRole { role: given.to_owned() },
    });
    role
}

fn instructions(role: &str, fields: &Map<String, Value>, notes: &mut Notes<'_>) -> Option<Message> {
    notes.other_fields(fields, &["role", "content"]);
    let content = content::text(fields.get("content"), notes);
    if content.is_empty() {
        notes.add(RepairKind::EmptyMessage);
        return None;
    }
    let message = TextMessage { content };
    Some(match role {
        "developer" => Message::Developer(message),
        _ => Message::System(message),
    })
}

fn user(fields: &Map<String, Value>, notes: &mut Notes<'_>) -> Option<Message> {
    notes.other_fields(fields, &["role", "content"]);
    let content = content::parts(fields.get("content"), Odd::Kept, notes);
    if content.is_empty() {
        notes.add(RepairKind::EmptyMessage);
        return None;
    }
    Some(Message::User(UserMessage { content }))
}

fn tool(fields: &Map<String, Value>, results: &mut Results, notes: &mut Notes<'_>) -> ToolMessage {
    // The name only repeats that of the call.
    notes.other_fields(fields, &["role", "content", "tool_call_id", "name"]);
    let content = match content::parts(fields.get("content"), Odd::LeftOut, notes) {
        // Lists are not taken everywhere here, and text needs none.
        Content::Parts(parts) if parts.iter().all(|part| part.as_text().is_some()) => {
            Content::Text(parts.iter().filter_map(|part| part.as_text()).collect())
        }
        content => content,
    };
    let given = content::id(fields.get("tool_call_id"));
    let name = fields.get("name").and_then(Value::as_str);
    let call_id = results.answered(given, name, notes);
    // The sentence is ours, so that a call which was never answered stays one.
    let is_filled = matches!(&content, Content::Text(text) if text == NOT_CARRIED_OVER);
    let outcome = if is_filled { CallOutcome::NotRun } else { CallOutcome::Answered };
    ToolMessage { call_id, content, outcome }
}
