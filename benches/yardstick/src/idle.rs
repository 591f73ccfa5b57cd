//! Idle conversations.

use callsign::MemoryStore;
use callsign::model::{FinishReason, ModelEvent, ModelInfo, ModelStream, ResponseEnd};
use callsign::prelude::*;
use futures_util::stream;

/// An in-memory model with a constant answer.
struct ConstantModel(String);

impl Model for ConstantModel {
    fn stream(&self, _request: Request) -> ModelStream<'_> {
        let text = ModelEvent::TextDelta(self.0.clone());
        let end = ModelEvent::Finished(Box::new(ResponseEnd::new(FinishReason::Stop)));
        Box::pin(stream::iter([Ok(text), Ok(end)]))
    }

    fn info(&self) -> ModelInfo<'_> {
        ModelInfo::new("constant")
    }
}

/// Returns an agent with a store in memory, whose model answers with `size` bytes.
pub(crate) fn agent(size: usize) -> Result<Agent, Error> {
    Agent::builder(ConstantModel(text(1, size))).store(MemoryStore::new()).build()
}

/// Adds a conversation of `messages` messages to the agent's store.
pub(crate) async fn converse(
    agent: &Agent,
    name: usize,
    messages: usize,
    size: usize,
) -> Result<(), Error> {
    let conversation = agent.conversation(name.to_string());
    for message in (0..messages).step_by(2) {
        conversation.send(text(message, size)).await?;
    }
    Ok(())
}

fn text(message: usize, size: usize) -> String {
    let mut text = format!("message {message}: ");
    while text.len() < size {
        text.push_str("the quick brown fox jumps over the lazy dog ");
    }
    text.truncate(size);
    text.shrink_to_fit();
    text
}
