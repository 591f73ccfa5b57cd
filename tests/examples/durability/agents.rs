//! The agent to measure, with a model that responds instantly.

use std::time::Duration;

use callsign::Store;
use callsign::model::{FinishReason, ModelEvent, ModelInfo, ModelStream, ResponseEnd, ToolCall};
use callsign::prelude::*;
use futures_util::stream;

/// A model that makes `calls` calls of `tool` in each of `turns` turns, and then answers.
///
/// Its response depends only on the newest message, so its time does not grow with the
/// conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    pub(crate) turns: u64,
    pub(crate) tool: &'static str,
    pub(crate) calls: usize,
}

impl Steps {
    /// Returns an agent with this model and with limits that it does not reach.
    pub(crate) fn agent(self, store: impl Store) -> Agent {
        let limits = Limits::default().max_turns(u32::MAX).max_tool_calls(u32::MAX);
        Agent::builder(self)
            .tools(tools![look_up, charge, book])
            .limits(limits.run_timeout(Duration::from_secs(24 * 60 * 60)))
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
        events.push(ModelEvent::Finished(Box::new(ResponseEnd::new(reason))));
        Box::pin(stream::iter(events.into_iter().map(Ok)))
    }

    fn info(&self) -> ModelInfo<'_> {
        ModelInfo::new("steps")
    }
}

/// Returns the result of a tool: about 200 bytes.
fn result(turn: u64, city: &str) -> String {
    format!("{turn} {}", format!("{city} is reached at noon; ").repeat(8))
}

/// Looks up a train.
#[tool(read_only)]
async fn look_up(turn: u64, city: String) -> String {
    result(turn, &city)
}

/// Charges for a train. It must not run twice.
#[tool]
async fn charge(turn: u64, city: String) -> String {
    result(turn, &city)
}

/// Books a train, after an approval.
#[tool(approval)]
async fn book(turn: u64, city: String) -> String {
    result(turn, &city)
}
