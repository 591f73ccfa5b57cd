//! Tools made by hand, for tests of the loop.
#![allow(dead_code, unreachable_pub, reason = "each test file uses some of it")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod slow_store;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::agent::builder::AgentBuilder;
use callsign_core::traits::context::Context;
use callsign_core::traits::model::Model;
use callsign_core::traits::tool::{Arguments, Tool, ToolFuture, ToolOutput, ToolSpec};
use callsign_core::traits::tool_error::ToolError;
use callsign_core::words::message::{Message, ToolMessage};
use callsign_core::words::messages::Messages;
use callsign_testkit::ScriptedModel;
use serde_json::{Value, json};

type Output = Pin<Box<dyn Future<Output = Result<ToolOutput, ToolError>> + Send>>;
type Call = Box<dyn Fn(Context, Arguments) -> Output + Send + Sync>;

/// A tool that runs a closure.
pub struct FnTool {
    spec: ToolSpec,
    call: Call,
}

impl FnTool {
    pub fn new<F>(
        name: &str,
        schema: Value,
        call: impl Fn(Context, Arguments) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<ToolOutput, ToolError>> + Send + 'static,
    {
        let spec = ToolSpec::new(name, format!("The tool {name}."), schema);
        Self { spec, call: Box::new(move |context, arguments| Box::pin(call(context, arguments))) }
    }

    pub fn with(mut self, change: impl FnOnce(&mut ToolSpec)) -> Self {
        change(&mut self.spec);
        self
    }
}

impl Tool for FnTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        (self.call)(context, arguments)
    }
}

pub fn any_object() -> Value {
    json!({"type": "object"})
}

/// What tools did, in order.
#[derive(Clone, Debug, Default)]
pub struct Effects(Arc<Mutex<Vec<String>>>);

impl Effects {
    pub fn add(&self, effect: impl Into<String>) {
        self.0.lock().unwrap().push(effect.into());
    }

    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// `work {"ms": 5, "name": "a"}` sleeps, and then has an effect and says so.
pub fn work(effects: &Effects) -> FnTool {
    named("work", effects)
}

/// The same, under another name.
pub fn named(name: &str, effects: &Effects) -> FnTool {
    let effects = effects.clone();
    FnTool::new(name, any_object(), move |_, arguments| {
        let effects = effects.clone();
        async move {
            let arguments: Value = arguments.decode()?;
            let ms = arguments["ms"].as_u64().unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(ms)).await;
            let name = arguments["name"].as_str().unwrap_or("?").to_owned();
            effects.add(name.clone());
            Ok(format!("{name} done").into())
        }
    })
}

pub fn agent(model: &ScriptedModel) -> AgentBuilder {
    builder(model.clone())
}

/// An agent whose runs are suspended before each step, and replayed from their start.
pub fn builder(model: impl Model) -> AgentBuilder {
    Agent::builder(model).replay_every_step()
}

/// The results among messages, in order.
pub fn results(messages: &Messages) -> Vec<ToolMessage> {
    messages
        .iter()
        .filter_map(|message| match message {
            Message::Tool(result) => Some(result.clone()),
            _ => None,
        })
        .collect()
}

/// Polls a future so many times at most; `None` where it had not ended by then, and is dropped.
pub async fn poll_times<F: Future + Unpin>(mut future: F, times: usize) -> Option<F::Output> {
    let mut polls = 0;
    std::future::poll_fn(move |context| {
        use std::task::Poll;
        if polls == times {
            return Poll::Ready(None);
        }
        polls += 1;
        match Pin::new(&mut future).poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polls == times => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
