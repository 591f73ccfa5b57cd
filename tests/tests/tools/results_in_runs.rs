//! The results of failing tools, as the model receives them in a run.

use std::sync::atomic::{AtomicBool, Ordering};

use callsign::model::{FinishReason, ModelEvent, ModelInfo, ModelStream, ResponseEnd, ToolCall};
use callsign::{Agent, Message, Model, Request, Toolset, tool, tools};
use futures_util::stream;

const SECRET: &str = "postgres://ada:hunter2@db";

/// Fails with a boxed error that has a source.
#[tool]
async fn boxed_with_source() -> anyhow::Result<String> {
    Err(anyhow::anyhow!(SECRET).context(format!("no connection to {SECRET}")))
}

/// Fails with an error that `?` converts.
#[tool]
async fn converted() -> Result<String, callsign::ToolError> {
    Err(std::io::Error::other(SECRET))?
}

/// Fails with a boxed error, on a blocking thread.
#[tool]
fn boxed() -> Result<String, Box<dyn std::error::Error>> {
    Err(SECRET.into())
}

/// Panics.
#[tool]
fn panics() -> String {
    panic!("{SECRET}")
}

/// Fails with a text.
#[tool]
fn text() -> Result<String, String> {
    Err("no flight; take a train".to_owned())
}

/// A model that calls all tools, and then answers with their results.
struct CallAll {
    has_called: AtomicBool,
}

impl Model for CallAll {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        let mut events = Vec::new();
        let reason = if self.has_called.swap(true, Ordering::SeqCst) {
            let tool_messages = request.messages.iter().filter_map(|message| match message {
                Message::Tool(_) => Some(message.text().into_owned()),
                _ => None,
            });
            let results: Vec<_> = tool_messages.collect();
            events.push(ModelEvent::TextDelta(results.join("\n")));
            FinishReason::Stop
        } else {
            for (index, tool) in request.tools.iter().enumerate() {
                let call = ToolCall::new(format!("call-{index}"), &*tool.name, "{}");
                events.push(ModelEvent::ToolCall(call));
            }
            FinishReason::ToolCalls
        };
        events.push(ModelEvent::Finished(Box::new(ResponseEnd::new(reason))));
        Box::pin(stream::iter(events.into_iter().map(Ok)))
    }

    fn info(&self) -> ModelInfo<'_> {
        ModelInfo::new("call-all")
    }
}

/// Returns the results that the model received, one per line.
async fn received_results(tools: Toolset) -> String {
    let model = CallAll { has_called: AtomicBool::new(false) };
    let agent = Agent::builder(model).tools(tools).build().expect("an agent");
    let reply = agent.run("Call them all.").await.expect("a reply");
    reply.text().to_owned()
}

#[tokio::test]
async fn private_errors_do_not_reach_the_model() {
    let results = received_results(tools![boxed_with_source, converted, boxed, panics]).await;
    assert_eq!(results.lines().count(), 4, "{results}");
    for line in results.lines() {
        assert!(line.contains("failed"), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
}

#[tokio::test]
async fn visible_errors_reach_the_model_unchanged() {
    assert_eq!(received_results(tools![text]).await, "no flight; take a train");
}
