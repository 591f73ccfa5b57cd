//! What a model hears of tools in a run.

use std::sync::atomic::{AtomicBool, Ordering};

use callsign::{
    Agent, FinishReason, Finished, Message, Model, ModelEvent, ModelStream, Request, ToolCall,
    Toolset, tool, tools,
};
use futures_util::stream;

const SECRET: &str = "postgres://ada:hunter2@db";

/// Fails with an erased error, which has another inside.
#[tool]
async fn erased() -> anyhow::Result<String> {
    Err(anyhow::anyhow!(SECRET).context(format!("no connection to {SECRET}")))
}

/// Fails with an error of another's, which `?` makes its own.
#[tool]
async fn foreign() -> Result<String, callsign::ToolError> {
    Err(std::io::Error::other(SECRET))?
}

/// Fails with a box, while it may block.
#[tool]
fn boxed() -> Result<String, Box<dyn std::error::Error>> {
    Err(SECRET.into())
}

/// Fails in a panic.
#[tool]
fn panics() -> String {
    panic!("{SECRET}")
}

/// Fails with what it says.
#[tool]
fn says() -> Result<String, String> {
    Err("no flight; take a train".to_owned())
}

/// Calls all its tools, then answers with the results it heard.
struct Caller {
    has_called: AtomicBool,
}

impl Model for Caller {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        let mut events = Vec::new();
        let reason = if self.has_called.swap(true, Ordering::SeqCst) {
            let tool_messages = request.messages.iter().filter_map(|message| match message {
                Message::Tool(_) => Some(message.text().into_owned()),
                _ => None,
            });
            let heard: Vec<_> = tool_messages.collect();
            events.push(ModelEvent::TextDelta(heard.join("\n")));
            FinishReason::Stop
        } else {
            for (number, tool) in request.tools.iter().enumerate() {
                let call = ToolCall::new(format!("call-{number}"), &*tool.name, "{}");
                events.push(ModelEvent::ToolCall(call));
            }
            FinishReason::ToolCalls
        };
        events.push(ModelEvent::Finished(Box::new(Finished::new(reason))));
        Box::pin(stream::iter(events.into_iter().map(Ok)))
    }

    fn name(&self) -> &str {
        "caller"
    }
}

async fn heard(tools: Toolset) -> String {
    let model = Caller { has_called: AtomicBool::new(false) };
    let agent = Agent::builder(model).tools(tools).build().expect("an agent");
    let reply = agent.run("Call them all.").await.expect("a reply");
    reply.text().to_owned()
}

#[tokio::test]
async fn a_private_error_stays_private() {
    let heard = heard(tools![erased, foreign, boxed, panics]).await;
    assert_eq!(heard.lines().count(), 4, "{heard}");
    for line in heard.lines() {
        assert!(line.contains("failed"), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
}

#[tokio::test]
async fn a_typed_error_is_heard_as_it_is() {
    assert_eq!(heard(tools![says]).await, "no flight; take a train");
}
