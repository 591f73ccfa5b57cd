//! Merging of neighboring messages of one role, for providers that require alternating roles.
//!
//! A merged message has everything that its parts have. Messages for which that is impossible stay
//! apart.

use std::borrow::Cow;

use callsign_types::content::{Content, Part};
use callsign_types::message::{AssistantMessage, Message, TextMessage, UserMessage};
use serde_json::{Map, Value};

use super::message_list::join_paragraphs;

/// Merges neighboring messages of one role. Tool results stay apart, because each belongs to a
/// call.
pub(super) fn merge_neighbors(all: Vec<Cow<'_, Message>>) -> Vec<Cow<'_, Message>> {
    let mut merged: Vec<Cow<'_, Message>> = Vec::with_capacity(all.len());
    for message in all {
        match merged.last_mut() {
            Some(last) if can_merge(last, &message) => *last = Cow::Owned(merge(last, &message)),
            _ => merged.push(message),
        }
    }
    merged
}

/// Returns whether two neighbors can be one message without loss.
pub(super) fn can_merge(first: &Message, second: &Message) -> bool {
    match (first, second) {
        (Message::System(_), Message::System(_))
        | (Message::Developer(_), Message::Developer(_))
        | (Message::User(_), Message::User(_)) => true,
        (Message::Assistant(first), Message::Assistant(second)) => {
            // Results must follow the calls of the first message, and audio replaces text.
            let has = |message: &AssistantMessage, name| message.extra.contains_key(name);
            let has_audio = has(first, "audio") || has(second, "audio");
            let both_have_signatures = has(first, "extra_content") && has(second, "extra_content");
            first.tool_calls.is_empty() && !has_audio && !both_have_signatures
        }
        _ => false,
    }
}

fn merge(first: &Message, second: &Message) -> Message {
    match (first, second) {
        (Message::System(first), Message::System(second)) => {
            Message::System(TextMessage::new(join_paragraphs([&first.content, &second.content])))
        }
        (Message::Developer(first), Message::Developer(second)) => {
            Message::Developer(TextMessage::new(join_paragraphs([&first.content, &second.content])))
        }
        (Message::User(first), Message::User(second)) => {
            Message::User(UserMessage::new(join_contents(&first.content, &second.content)))
        }
        (Message::Assistant(first), Message::Assistant(second)) => {
            Message::Assistant(join_responses(first, second))
        }
        (_, second) => second.clone(),
    }
}

fn join_contents(first: &Content, second: &Content) -> Content {
    if let (Content::Text(first), Content::Text(second)) = (first, second) {
        return Content::Text(join_paragraphs([first, second]));
    }
    let mut parts = parts_of(first);
    let mut rest = parts_of(second).into_iter().peekable();
    if let (Some(Part::Text { text: last }), Some(Part::Text { text: next })) =
        (parts.last_mut(), rest.peek())
    {
        *last = join_paragraphs([&**last, &**next]);
        rest.next();
    }
    parts.extend(rest);
    Content::Parts(parts)
}

fn parts_of(content: &Content) -> Vec<Part> {
    match content {
        Content::Text(text) if text.is_empty() => Vec::new(),
        Content::Text(text) => vec![Part::text(&**text)],
        Content::Parts(parts) => parts.clone(),
    }
}

fn join_responses(first: &AssistantMessage, second: &AssistantMessage) -> AssistantMessage {
    let mut joined = AssistantMessage::new(join_paragraphs([sent_text(first), sent_text(second)]));
    joined.reasoning = join_paragraphs([&first.reasoning, &second.reasoning]);
    joined.tool_calls.clone_from(&second.tool_calls);
    joined.extra = first.extra.clone();
    for (name, value) in &second.extra {
        add_field(&mut joined.extra, name, value);
    }
    joined
}

/// Returns the text that is sent as the content: a refusal if there is no other text.
fn sent_text(message: &AssistantMessage) -> &str {
    match message.text.is_empty() {
        true => message.refusal.as_deref().unwrap_or_default(),
        false => &message.text,
    }
}

/// Adds a field. Lists, such as those of reasoning details, are appended.
fn add_field(fields: &mut Map<String, Value>, name: &str, value: &Value) {
    match (fields.get_mut(name), value) {
        (Some(Value::Array(old)), Value::Array(new)) => old.extend(new.iter().cloned()),
        _ => {
            fields.insert(name.to_owned(), value.clone());
        }
    }
}
