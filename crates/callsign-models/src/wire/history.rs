//! The messages of a request, in the order and the number in which a service takes them.

use std::borrow::Cow;

use callsign_core::words::message::{Message, TextMessage};
use callsign_core::words::request::{Request, ResponseFormat};

use super::tool_media::behind_results;
use crate::endpoint::profile::Profile;

/// The instructions first, then the conversation, without messages that say nothing.
pub(super) fn history<'a>(request: &'a Request, profile: &Profile) -> Vec<Cow<'a, Message>> {
    let instructions = request.instructions.as_deref().map(Message::system);
    let conversation = request.messages.iter().filter(|message| says_something(message));
    let conversation = conversation.map(Cow::Borrowed);
    let mut all: Vec<_> = instructions.into_iter().map(Cow::Owned).chain(conversation).collect();
    if profile.tool_media_apart {
        all = behind_results(all);
    }
    if profile.single_system_message {
        all = with_one_instruction(all);
    }
    let wants_json = request.options.response_format == Some(ResponseFormat::JsonObject);
    if let Some(asks) = profile.json_instruction.as_deref().filter(|_| wants_json)
        && !all.iter().any(|message| speaks_of_json(message))
    {
        ask_for_json(&mut all, asks);
    }
    all
}

/// Whether a message goes into a request: services refuse those that say and call nothing.
pub(super) fn says_something(message: &Message) -> bool {
    match message {
        Message::Assistant(message) => !message.is_empty(),
        _ => true,
    }
}

/// Whether an instruction or the user says the word, which is what services look for.
fn speaks_of_json(message: &Message) -> bool {
    let text = match message {
        Message::System(_) | Message::Developer(_) | Message::User(_) => message.text(),
        _ => return false,
    };
    text.as_bytes().windows(4).any(|word| word.eq_ignore_ascii_case(b"json"))
}

/// Adds to the instructions that come first, or puts them there: not every model takes a second
/// message of that role.
fn ask_for_json(all: &mut Vec<Cow<'_, Message>>, asks: &str) {
    match all.first().map(Cow::as_ref) {
        Some(Message::System(first)) => {
            let content = joined([&*first.content, asks]);
            all[0] = Cow::Owned(Message::System(TextMessage { content }));
        }
        Some(Message::Developer(first)) => {
            let content = joined([&*first.content, asks]);
            all[0] = Cow::Owned(Message::Developer(TextMessage { content }));
        }
        _ => all.insert(0, Cow::Owned(Message::system(asks))),
    }
}

/// All instructions as one message, before the others and in the first one's role.
fn with_one_instruction(all: Vec<Cow<'_, Message>>) -> Vec<Cow<'_, Message>> {
    let is_instruction = |message: &Cow<'_, Message>| {
        matches!(**message, Message::System(_) | Message::Developer(_))
    };
    let (instructions, mut rest): (Vec<_>, Vec<_>) = all.into_iter().partition(is_instruction);
    let one = match instructions.as_slice() {
        [] => return rest,
        [one] => one.clone(),
        several => {
            let content = joined(several.iter().map(|message| message.text()));
            let message = TextMessage { content };
            Cow::Owned(match *several[0] {
                Message::Developer(_) => Message::Developer(message),
                _ => Message::System(message),
            })
        }
    };
    rest.insert(0, one);
    rest
}

fn joined(texts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut whole = String::new();
    for text in texts {
        if !whole.is_empty() && !text.as_ref().is_empty() {
            whole.push_str("\n\n");
        }
        whole.push_str(text.as_ref());
    }
    whole
}
