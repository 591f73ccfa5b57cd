//! Conversations that nobody talks in.

use callsign::prelude::*;
use callsign::{FinishReason, Finished, MemoryStore, ModelEvent, ModelStream};
use futures_util::stream;

/// A model that always says the same, without a network.
struct Says(String);

impl Model for Says {
    fn stream(&self, _request: Request) -> ModelStream<'_> {
        let text = ModelEvent::TextDelta(self.0.clone());
        let end = ModelEvent::Finished(Box::new(Finished::new(FinishReason::Stop)));
        Box::pin(stream::iter([Ok(text), Ok(end)]))
    }

    fn name(&self) -> &str {
        "says"
    }
}

/// An agent whose conversations are kept in memory, and whose model says this many bytes.
pub(crate) fn agent(size: usize) -> Result<Agent, Error> {
    Agent::builder(Says(text(1, size))).store(MemoryStore::new()).build()
}

/// Leaves a conversation of so many messages in the agent's store.
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
