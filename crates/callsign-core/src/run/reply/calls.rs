//! The tool calls of a run with their results.

use callsign_types::message::{Message, ToolCall, ToolMessage};

/// A tool call of the model, and its result.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct CallWithResult<'a> {
    /// The call, with the arguments as the model generated them, repaired if necessary.
    pub call: &'a ToolCall,
    /// The result, as the model receives it; `None` if the call waits for approval.
    pub result: Option<&'a ToolMessage>,
}

/// Returns the calls among messages, with their results.
pub(super) fn of<'a>(
    messages: impl Iterator<Item = &'a Message> + Clone,
) -> impl Iterator<Item = CallWithResult<'a>> {
    let mut rest = messages;
    let responses = std::iter::from_fn(move || {
        loop {
            if let Message::Assistant(response) = rest.next()? {
                return Some((response, rest.clone()));
            }
        }
    });
    responses.flat_map(|(response, after)| {
        // The results of a response follow it directly.
        let results = after.map_while(|message| match message {
            Message::Tool(result) => Some(result),
            _ => None,
        });
        response.tool_calls.iter().map(move |call| {
            let result = results.clone().find(|result| result.call_id == call.id);
            CallWithResult { call, result }
        })
    })
}
