//! A conversation whose turns have one tool call each.

use callsign::model::{AssistantMessage, ToolCall};
use callsign::tool::ToolDefinition;
use callsign::{Message, Request};

use crate::tools;

/// The message of the user.
pub const QUESTION: &str = "What is the next flight from Miami to Seattle?";

/// The instructions of the agent.
pub const INSTRUCTIONS: &str = "You an assistant that helps users find flight information.";

/// The result of a call.
pub const RESULT: &str = r#"{"airline":"Delta","flight_number":"DL123","flight_date":"May 7th, 2024","flight_time":"10:00AM"}"#;

/// Returns the messages of a turn: the call and its result.
#[must_use]
pub fn turn(number: usize) -> [Message; 2] {
    let id = format!("call_{number}");
    let call = ToolCall::new(&*id, tools::NAME, tools::ARGUMENTS);
    let response = AssistantMessage::default().with_tool_calls([call]);
    [Message::Assistant(response), Message::tool(id, RESULT)]
}

/// Returns the request of a conversation with `turns` completed turns.
#[must_use]
pub fn request(turns: usize) -> Request {
    let question = [Message::user(QUESTION)];
    let messages: Vec<_> = question.into_iter().chain((0..turns).flat_map(turn)).collect();
    let tool = ToolDefinition::new(tools::NAME, tools::DESCRIPTION, tools::schema());
    Request::new(messages).instructions(INSTRUCTIONS).tools([tool])
}
