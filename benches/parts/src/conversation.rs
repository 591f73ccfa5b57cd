//! A conversation of so many turns, each with a call and its result.

use callsign::{AssistantMessage, Message, Request, ToolCall, ToolDefinition};

use crate::tools;

/// What the user asks.
pub const QUESTION: &str = "What is the next flight from Miami to Seattle?";

/// What the agent is told.
pub const INSTRUCTIONS: &str = "You an assistant that helps users find flight information.";

/// What a call answers.
pub const RESULT: &str = r#"{"airline":"Delta","flight_number":"DL123","flight_date":"May 7th, 2024","flight_time":"10:00AM"}"#;

/// The two messages of a turn: the model's call, and what it hears.
#[must_use]
pub fn turn(number: usize) -> [Message; 2] {
    let id = format!("call_{number}");
    let call = ToolCall::new(&*id, tools::NAME, tools::ARGUMENTS);
    let said = AssistantMessage { tool_calls: vec![call], ..AssistantMessage::default() };
    [Message::Assistant(said), Message::tool(id, RESULT)]
}

/// The request of a conversation that has had so many turns.
#[must_use]
pub fn request(turns: usize) -> Request {
    let asked = [Message::user(QUESTION)];
    let messages: Vec<_> = asked.into_iter().chain((0..turns).flat_map(turn)).collect();
    let tool = ToolDefinition::new(tools::NAME, tools::DESCRIPTION, tools::schema());
    Request::new(messages).instructions(INSTRUCTIONS).tools([tool])
}
