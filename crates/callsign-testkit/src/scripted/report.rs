//! What happened to a script, as short text for the panics of the scripted model.

use std::fmt::Write;

use callsign_types::event::ModelEvent;
use callsign_types::message::{Message, ToolCall};
use callsign_types::request::Request;

use super::scripted_reply::{ScriptedEnd, ScriptedPart, ScriptedReply};

/// The maximum number of characters shown of a text.
const MAX_TEXT: usize = 60;

/// The maximum number of requests and of replies that are listed.
const MAX_ITEMS: usize = 10;

/// Returns one line for each request: its last message, and the reply to it. `replies` has `None`
/// for requests that are not in the script.
pub(super) fn list_requests(requests: &[Request], replies: &[Option<String>]) -> String {
    let hidden = requests.len().saturating_sub(MAX_ITEMS);
    let mut lines = String::new();
    if hidden > 0 {
        let _ = write!(lines, "\n({})", count(hidden, "earlier request", "earlier requests"));
    }
    for (at, (request, reply)) in requests.iter().zip(replies).enumerate().skip(hidden) {
        let (number, asked) = (at + 1, describe_request(request));
        match reply {
            Some(reply) => _ = write!(lines, "\n{number}. {asked}: {reply}"),
            None => _ = write!(lines, "\n{number}. {asked} (not in the script)"),
        }
    }
    lines
}

/// Returns the replies on one line.
pub(super) fn list_replies<'a>(
    replies: impl ExactSizeIterator<Item = &'a ScriptedReply>,
) -> String {
    let hidden = replies.len().saturating_sub(MAX_ITEMS);
    let mut items: Vec<String> = replies.take(MAX_ITEMS).map(describe_reply).collect();
    if hidden > 0 {
        items.push(format!("{hidden} more"));
    }
    items.join("; ")
}

/// Returns the role and the text of the last message of a request.
pub(super) fn describe_request(request: &Request) -> String {
    let Some(last) = request.messages.last() else { return "no messages".to_owned() };
    let mut description = format!("{} {}", last.role(), quote(&last.text()));
    if let Message::Assistant(message) = last {
        for call in &message.tool_calls {
            let _ = write!(description, " and {}", describe_call(call));
        }
    }
    description
}

/// Returns the text, the calls and the end of a reply.
pub(super) fn describe_reply(reply: &ScriptedReply) -> String {
    let mut text = String::new();
    let mut items = Vec::new();
    if reply.is_from_request() {
        items.push("from_fn".to_owned());
    }
    for part in &reply.parts {
        match part {
            ScriptedPart::Event(event) => match &**event {
                ModelEvent::TextDelta(delta) => text.push_str(delta),
                ModelEvent::ToolCall(call) => items.push(describe_call(call)),
                _ => {}
            },
            ScriptedPart::Wait(_) => {}
        }
    }
    if !text.is_empty() {
        items.insert(0, format!("text {}", quote(&text)));
    }
    if items.is_empty() {
        items.push("nothing".to_owned());
    }
    let mut description = items.join(" and ");
    match &reply.end {
        ScriptedEnd::Default => {}
        ScriptedEnd::Reason(reason) => {
            let _ = write!(description, ", then finish reason {reason}");
        }
        ScriptedEnd::Error(error) => {
            let _ = write!(description, ", then error {}", quote(&error.to_string()));
        }
        ScriptedEnd::CutOff => description.push_str(", then cut off"),
        ScriptedEnd::Hang => description.push_str(", then hang"),
    }
    description
}

/// Returns a number with its noun, such as "2 replies were".
pub(super) fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

fn describe_call(call: &ToolCall) -> String {
    format!("call {}({})", call.name, shorten(&call.arguments))
}

fn quote(text: &str) -> String {
    format!("{:?}", shorten(text))
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
