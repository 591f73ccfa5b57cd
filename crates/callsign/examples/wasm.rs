//! An agent without HTTP, threads and default features, with a model of its own.
//!
//! `tests/wasm.sh` runs it as WebAssembly. On any other target:
//!
//! ```sh
//! cargo run -p callsign --no-default-features --example wasm
//! ```

#![allow(clippy::print_stdout, reason = "a program for the command line")]

use callsign::model::{FinishReason, ModelEvent, ModelInfo, ModelStream, ResponseEnd, ToolCall};
use callsign::prelude::*;
use futures_util::stream;

/// A model that adds the numbers 1 and 2 by a tool, and then repeats the result.
struct Adder;

impl Model for Adder {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        let (event, reason) = match request.messages.last() {
            Some(Message::Tool(result)) => (
                ModelEvent::TextDelta(format!("It is {}.", result.content.text())),
                FinishReason::Stop,
            ),
            _ => {
                let call = ToolCall::new("c1", "add", r#"{"x": 1, "y": 2}"#);
                (ModelEvent::ToolCall(call), FinishReason::ToolCalls)
            }
        };
        let end = ModelEvent::Finished(Box::new(ResponseEnd::new(reason)));
        Box::pin(stream::iter([Ok(event), Ok(end)]))
    }

    fn info(&self) -> ModelInfo<'_> {
        ModelInfo::new("adder")
    }
}

/// Adds two numbers.
#[tool(read_only)]
fn add(x: i64, y: i64) -> String {
    (x + y).to_string()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let agent = Agent::builder(Adder).tools(tools![add]).build()?;
        let reply = agent.run("How much is 1 + 2?").await?;
        println!("{reply}");
        Ok(())
    })
}
