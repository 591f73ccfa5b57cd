//! The list of messages that a request sends, adapted to the provider.

use std::borrow::Cow;

use callsign_types::message::{Message, TextMessage};
use callsign_types::request::{Request, ResponseFormat};

use super::alternation::merge_neighbors;
use super::tool_media::move_media_after_results;
use crate::endpoint::profile::Profile;

/// Returns the instructions and then the conversation, without empty messages.
pub(super) fn message_list<'a>(request: &'a Request, profile: &Profile) -> Vec<Cow<'a, Message>> {
    let instructions = request.instructions.as_deref().map(Message::system);
    let conversation = request.messages.iter().filter(|message| is_sendable(message));
    let conversation = conversation.map(Cow::Borrowed);
    let mut all: Vec<_> = instructions.into_iter().map(Cow::Owned).chain(conversation).collect();
    if profile.tool_media_apart {
        all = move_media_after_results(all);
    }
    if profile.single_system_message {
        all = merge_system_messages(all);
    }
    if profile.alternating_roles {
        all = merge_neighbors(all);
    }
    let wants_json = request.options.response_format == Some(ResponseFormat::JsonObject);
    if let Some(instruction) = profile.json_instruction.as_deref().filter(|_| wants_json)
        && !all.iter().any(|message| mentions_json(message))
    {
        add_instruction(&mut all, instruction);
    }
    all
}

/// Returns whether a message can be sent. Providers reject an assistant message without content
/// and tool calls.
pub(super) fn is_sendable(message: &Message) -> bool {
    match message {
        Message::Assistant(message) => !message.is_empty(),
        _ => true,
    }
}

/// Returns whether a system, developer or user message contains the word "JSON". Providers require
/// it for JSON mode.
fn mentions_json(message: &Message) -> bool {
    let text = match message {
        Message::System(_) | Message::Developer(_) | Message::User(_) => message.text(),
        _ => return false,
    };
    text.as_bytes().windows(4).any(|word| word.eq_ignore_ascii_case(b"json"))
}

/// Appends an instruction to the first system message, or inserts one. Not every model accepts a
/// second system message.
fn add_instruction(all: &mut Vec<Cow<'_, Message>>, instruction: &str) {
    match all.first().map(Cow::as_ref) {
        Some(Message::System(first)) => {
            let content = join_paragraphs([&*first.content, instruction]);
            all[0] = Cow::Owned(Message::System(TextMessage::new(content)));
        }
        Some(Message::Developer(first)) => {
            let content = join_paragraphs([&*first.content, instruction]);
            all[0] = Cow::Owned(Message::Developer(TextMessage::new(content)));
        }
        _ => all.insert(0, Cow::Owned(Message::system(instruction))),
    }
}

/// Merges all system and developer messages into one at the front, with the role of the first.
fn merge_system_messages(all: Vec<Cow<'_, Message>>) -> Vec<Cow<'_, Message>> {
    let is_instruction = |message: &Cow<'_, Message>| {
        matches!(**message, Message::System(_) | Message::Developer(_))
    };
    let (instructions, mut rest): (Vec<_>, Vec<_>) = all.into_iter().partition(is_instruction);
    let one = match instructions.as_slice() {
        [] => return rest,
        [one] => one.clone(),
        several => {
            let content = join_paragraphs(several.iter().map(|message| message.text()));
            let message = TextMessage::new(content);
            Cow::Owned(match *several[0] {
                Message::Developer(_) => Message::Developer(message),
                _ => Message::System(message),
            })
        }
    };
    rest.insert(0, one);
    rest
}

/// Returns the texts that are not empty, separated by blank lines.
pub(super) fn join_paragraphs(texts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut whole = String::new();
    for text in texts {
        if !whole.is_empty() && !text.as_ref().is_empty() {
            whole.push_str("\n\n");
        }
        whole.push_str(text.as_ref());
    }
    whole
}
