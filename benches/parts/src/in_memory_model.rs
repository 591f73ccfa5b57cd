//! An in-memory model.

use callsign::model::{FinishReason, ModelEvent, ModelInfo, ModelStream, ResponseEnd, ToolCall};
use callsign::prelude::*;
use futures_util::stream;

use crate::conversation::INSTRUCTIONS;
use crate::tools::{self, get_flight_info};

/// The answer of the model.
pub const ANSWER: &str = "The next flight is DL123.";

/// A model that makes one call in each of `turns` turns, and then answers.
///
/// It is stateless, as a model over HTTP is.
#[derive(Clone, Copy, Debug)]
pub struct InMemoryModel {
    /// The number of turns with a call.
    pub turns: usize,
}

impl Model for InMemoryModel {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        // The history has one message of the user and two messages per turn.
        let turn = request.messages.len() / 2;
        let (event, reason) = if turn < self.turns {
            let call = ToolCall::new(format!("call_{turn}"), tools::NAME, tools::ARGUMENTS);
            (ModelEvent::ToolCall(call), FinishReason::ToolCalls)
        } else {
            (ModelEvent::TextDelta(ANSWER.to_owned()), FinishReason::Stop)
        };
        let end = ModelEvent::Finished(Box::new(ResponseEnd::new(reason)));
        Box::pin(stream::iter([Ok(event), Ok(end)]))
    }

    fn info(&self) -> ModelInfo<'_> {
        ModelInfo::new("in-memory")
    }
}

/// Returns an agent with an [`InMemoryModel`].
///
/// # Errors
///
/// Returns an error if the agent cannot be built.
pub fn agent(turns: usize) -> Result<Agent, Error> {
    Agent::builder(InMemoryModel { turns })
        .instructions(INSTRUCTIONS)
        .tools(tools![get_flight_info])
        .limits(Limits::default().max_turns(10_000).max_tool_calls(100_000))
        .build()
}
