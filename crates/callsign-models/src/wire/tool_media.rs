//! Images and audio in tool results, for providers whose tool messages accept only text.

use std::borrow::Cow;

use callsign_types::content::{Content, Part};
use callsign_types::message::{Message, ToolMessage, UserMessage};

/// The text that replaces a result that has only images or audio.
const PLACEHOLDER: &str = "The result is in the next user message.";

/// Moves images and audio from tool results into a user message after the results of the turn.
pub(super) fn move_media_after_results(all: Vec<Cow<'_, Message>>) -> Vec<Cow<'_, Message>> {
    if !all.iter().any(|message| has_media(message)) {
        return all;
    }
    let mut moved = Vec::with_capacity(all.len() + 1);
    let mut media = Vec::new();
    for message in all {
        if !matches!(*message, Message::Tool(_)) {
            moved.extend(media_message(&mut media));
        }
        match &*message {
            Message::Tool(result) if has_media(&message) => {
                moved.push(Cow::Owned(Message::Tool(extract_media(result, &mut media))));
            }
            _ => moved.push(message),
        }
    }
    moved.extend(media_message(&mut media));
    moved
}

/// Returns whether a message is a tool result with images or audio.
pub(super) fn has_media(message: &Message) -> bool {
    match message {
        Message::Tool(ToolMessage { content: Content::Parts(parts), .. }) => {
            parts.iter().any(is_media)
        }
        _ => false,
    }
}

fn is_media(part: &Part) -> bool {
    matches!(part, Part::ImageUrl { .. } | Part::InputAudio { .. } | Part::AudioUrl { .. })
}

/// Returns the result without its media, which are added to `media` after the ID of their call.
fn extract_media(result: &ToolMessage, media: &mut Vec<Part>) -> ToolMessage {
    let Content::Parts(parts) = &result.content else { return result.clone() };
    let (own_media, mut rest): (Vec<Part>, Vec<Part>) = parts.iter().cloned().partition(is_media);
    media.push(Part::text(format!("From the result of the call {}:", result.call_id)));
    media.extend(own_media);
    if rest.is_empty() {
        rest.push(Part::text(PLACEHOLDER));
    }
    let content = Content::Parts(rest);
    ToolMessage::new(&*result.call_id, content).with_status(result.status)
}

/// Returns the user message with the collected media, and clears them.
fn media_message(media: &mut Vec<Part>) -> Option<Cow<'static, Message>> {
    if media.is_empty() {
        return None;
    }
    let content = Content::Parts(std::mem::take(media));
    Some(Cow::Owned(Message::User(UserMessage::new(content))))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use callsign_types::content::Part;
    use callsign_types::message::Message;

    use super::{PLACEHOLDER, move_media_after_results};

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
        move_media_after_results(all).into_iter().map(Cow::into_owned).collect()
    }

    #[test]
    fn media_follow_all_results_of_the_same_turn() {
        let image = || Part::image_url("https://example.com/a.png");
        let text = |text: &str| Part::text(text);
        let history = [
            tool("a", vec![text("up"), image()]),
            tool("b", vec![image()]),
            tool("c", vec![text("text alone")]),
            Message::assistant("Up it is."),
            tool("d", vec![image()]),
        ];
        let from = |id: &str| text(&format!("From the result of the call {id}:"));
        let user = |parts: Vec<Part>| Message::User(parts.into());
        let expected = [
            tool("a", vec![text("up")]),
            tool("b", vec![text(PLACEHOLDER)]),
            tool("c", vec![text("text alone")]),
            user(vec![from("a"), image(), from("b"), image()]),
            Message::assistant("Up it is."),
            tool("d", vec![text(PLACEHOLDER)]),
            user(vec![from("d"), image()]),
        ];
        assert_eq!(moved(&history), expected);
    }

    #[test]
    fn text_results_are_unchanged() {
        let history = [Message::user("Hi."), tool("a", vec![Part::text("up")])];
        assert_eq!(moved(&history), history);
    }
}
