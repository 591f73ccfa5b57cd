//! The agent that is measured, and its model, which takes no time.

use std::time::Duration;

use callsign::prelude::*;
use callsign::{FinishReason, Finished, ModelEvent, ModelStream, Store, ToolCall};
use futures_util::stream;

/// Makes so many calls in each of so many turns, and then answers.
///
/// What it does follows from the newest message alone, so that it takes no longer as a
/// conversation grows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    pub(crate) turns: u64,
    pub(crate) tool: &'static str,
    pub(crate) calls: usize,
}

impl Steps {
    /// An agent with this model, whose limits are wide enough for it.
    pub(crate) fn agent(self, store: impl Store) -> Agent {
        let limits = Limits::default().turns(u32::MAX).tool_calls(u32::MAX);
        Agent::builder(self)
            .tools(tools![look_up, charge, book])
            .limits(limits.time(Duration::from_secs(24 * 60 * 60)))
            .store(store)
            .build()
            .unwrap()
    }
}

impl Model for Steps {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        let turn = match request.messages.last() {
            Some(Message::Tool(result)) => {
                let text = result.content.text();
                text.split_once(' ').unwrap().0.parse::<u64>().unwrap() + 1
            }
            _ => 0,
        };
        let mut events = Vec::new();
        let reason = if turn < self.turns {
            events.extend((0..self.calls).map(|_| {
                let arguments = format!("{{\"turn\":{turn},\"city\":\"Porto\"}}");
                ModelEvent::ToolCall(ToolCall::new("", self.tool, arguments))
            }));
            FinishReason::ToolCalls
        } else {
            let text = "The train to Porto leaves at nine, and arrives before noon. ".repeat(3);
            events.push(ModelEvent::TextDelta(text));
            FinishReason::Stop
        };
        events.push(ModelEvent::Finished(Box::new(Finished::new(reason))));
        Box::pin(stream::iter(events.into_iter().map(Ok)))
    }

    fn name(&self) -> &str {
        "steps"
    }
}

/// What a tool says: about 200 bytes.
fn says(turn: u64, city: &str) -> String {
    format!("{turn} {}", format!("{city} is reached at noon; ").repeat(8))
}

/// Looks something up.
#[tool(read_only)]
async fn look_up(turn: u64, city: String) -> String {
    says(turn, &city)
}

/// Charges for something, which must not happen twice.
#[tool]
async fn charge(turn: u64, city: String) -> String {
    says(turn, &city)
}

/// Books something, if a person allows it.
#[tool(approval)]
async fn book(turn: u64, city: String) -> String {
    says(turn, &city)
}
