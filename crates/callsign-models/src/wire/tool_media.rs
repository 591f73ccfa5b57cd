//! Images and audio that tools return, for services that take only text in a tool's message.

use std::borrow::Cow;

use callsign_core::words::content::{Content, Part};
use callsign_core::words::message::{Message, ToolMessage, UserMessage};

/// What stands for a result of which there is nothing but images or audio.
const BEHIND: &str = "The result is in the message behind the results.";

/// The messages with what tools showed or played in a message of its own, behind the results of
/// their reply, where services take it.
pub(super) fn behind_results(all: Vec<Cow<'_, Message>>) -> Vec<Cow<'_, Message>> {
    if !all.iter().any(|message| is_with_media(message)) {
        return all;
    }
    let mut moved = Vec::with_capacity(all.len() + 1);
    let mut media = Vec::new();
    for message in all {
        if !matches!(*message, Message::Tool(_)) {
            moved.extend(shown(&mut media));
        }
        match &*message {
            Message::Tool(result) if is_with_media(&message) => {
                moved.push(Cow::Owned(Message::Tool(take_out(result, &mut media))));
            }
            _ => moved.push(message),
        }
    }
    moved.extend(shown(&mut media));
    moved
}

/// Whether it is a result that has images or audio in it.
pub(super) fn is_with_media(message: &Message) -> bool {
    match message {
        Message::Tool(ToolMessage { content: Content::Parts(parts), .. }) => {
            parts.iter().any(is_medium)
        }
        _ => false,
    }
}

fn is_medium(part: &Part) -> bool {
    matches!(part, Part::ImageUrl { .. } | Part::InputAudio { .. } | Part::AudioUrl { .. })
}

/// The result without its media, which are collected behind the id of their call.
fn take_out(result: &ToolMessage, media: &mut Vec<Part>) -> ToolMessage {
    let Content::Parts(parts) = &result.content else { return result.clone() };
    let (shown, mut told): (Vec<Part>, Vec<Part>) = parts.iter().cloned().partition(is_medium);
    media.push(Part::text(format!("From the result of the call {}:", result.call_id)));
    media.extend(shown);
    if told.is_empty() {
        told.push(Part::text(BEHIND));
    }
    ToolMessage { content: Content::Parts(told), ..result.clone() }
}

/// The message that shows what was collected.
fn shown(media: &mut Vec<Part>) -> Option<Cow<'static, Message>> {
    if media.is_empty() {
        return None;
    }
    let content = Content::Parts(std::mem::take(media));
    Some(Cow::Owned(Message::User(UserMessage { content })))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use callsign_core::words::content::Part;
    use callsign_core::words::message::Message;

    use super::behind_results;

    fn tool(id: &str, content: Vec<Part>) -> Message {
        match Message::tool(id, "") {
            Message::Tool(mut result) => {
                result.content = content.into();
                Message::Tool(result)
            }
            other => other,
        }
    }

    fn moved(messages: &[Message]) -> Vec<Message> {
        let all = messages.iter().map(Cow::Borrowed).collect();
        behind_results(all).into_iter().map(Cow::into_owned).collect()
    }

    #[test]
    fn what_a_tool_shows_comes_behind_all_the_results_of_its_reply() {
        let image = || Part::image_url("https://example.com/a.png");
        let said = |text: &str| Part::text(text);
        let history = [
            tool("a", vec![said("up"), image()]),
            tool("b", vec![image()]),
            tool("c", vec![said("text alone")]),
            Message::assistant("Up it is."),
            tool("d", vec![image()]),
        ];
        let from = |id: &str| said(&format!("From the result of the call {id}:"));
        let behind = "The result is in the message behind the results.";
        let shown = |parts: Vec<Part>| Message::User(parts.into());
        let expected = [
            tool("a", vec![said("up")]),
            tool("b", vec![said(behind)]),
            tool("c", vec![said("text alone")]),
            shown(vec![from("a"), image(), from("b"), image()]),
            Message::assistant("Up it is."),
            tool("d", vec![said(behind)]),
            shown(vec![from("d"), image()]),
        ];
        assert_eq!(moved(&history), expected);
    }

    #[test]
    fn what_is_text_alone_stays_as_it_is() {
        let history = [Message::user("Hi."), tool("a", vec![Part::text("up")])];
        assert_eq!(moved(&history), history);
    }
}
