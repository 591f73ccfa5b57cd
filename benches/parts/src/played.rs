//! A model in memory.

use callsign::prelude::*;
use callsign::{FinishReason, Finished, ModelEvent, ModelStream, ToolCall};
use futures_util::stream;

use crate::conversation::INSTRUCTIONS;
use crate::tools::{self, get_flight_info};

/// What the model says in the end.
pub const ANSWER: &str = "The next flight is DL123.";

/// A model that calls the tool until the conversation has had so many turns, and then answers. It
/// keeps nothing of what it is asked, as a model behind a network keeps nothing.
#[derive(Clone, Copy, Debug)]
pub struct Plays {
    /// How many turns it calls in.
    pub turns: usize,
}

impl Model for Plays {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        // The user's message, and two of each turn.
        let turn = request.messages.len() / 2;
        let (event, reason) = if turn < self.turns {
            let call = ToolCall::new(format!("call_{turn}"), tools::NAME, tools::ARGUMENTS);
            (ModelEvent::ToolCall(call), FinishReason::ToolCalls)
        } else {
            (ModelEvent::TextDelta(ANSWER.to_owned()), FinishReason::Stop)
        };
        let end = ModelEvent::Finished(Box::new(Finished::new(reason)));
        Box::pin(stream::iter([Ok(event), Ok(end)]))
    }

    fn name(&self) -> &str {
        "plays"
    }
}

/// An agent on such a model.
///
/// # Errors
/// As building an agent fails.
pub fn agent(turns: usize) -> Result<Agent, Error> {
    Agent::builder(Plays { turns })
        .instructions(INSTRUCTIONS)
        .tools(tools![get_flight_info])
        .limits(Limits::default().turns(10_000).tool_calls(100_000))
        .build()
}
