//! Agents, tools and helpers for tests of the loop.
#![allow(dead_code, unreachable_pub, reason = "no test file uses all of it")]

pub mod collected;
pub mod slow_store;
pub mod warnings;

use std::future::{Future, IntoFuture as _};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::agent::builder::AgentBuilder;
use callsign_core::agent::conversation::Conversation;
use callsign_core::agent::replay::ReplayEveryStep as _;
use callsign_testkit::{ScriptedModel, ScriptedReply, check_sendable};
use callsign_types::message::{Message, ToolMessage};
use callsign_types::messages::Messages;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::context::Context;
use callsign_types::traits::model::Model;
use callsign_types::traits::tool::{Arguments, Tool, ToolFuture, ToolOutput, ToolSpec};
use callsign_types::traits::tool_error::ToolError;
use serde_json::{Value, json};

type CallFuture = Pin<Box<dyn Future<Output = Result<ToolOutput, ToolError>> + Send>>;
type CallFn = Box<dyn Fn(Context, Arguments) -> CallFuture + Send + Sync>;

/// A tool that runs a closure.
pub struct FnTool {
    spec: ToolSpec,
    call: CallFn,
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

/// The effects of tools, in the order in which they happened.
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

/// The tool `work`: the call `{"ms": 5, "name": "a"}` sleeps 5 ms, and then has the effect `a`.
pub fn work(effects: &Effects) -> FnTool {
    named("work", effects)
}

/// The tool [`work`] under another name.
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

/// Returns a builder of an agent whose runs are replayed from their start before each step.
pub fn builder(model: impl Model) -> AgentBuilder {
    Agent::builder(model).replay_every_step()
}

/// Returns the tool results among messages, in order.
pub fn results(messages: &Messages) -> Vec<ToolMessage> {
    messages
        .iter()
        .filter_map(|message| match message {
            Message::Tool(result) => Some(result.clone()),
            _ => None,
        })
        .collect()
}

/// Polls a future at most `times` times, and drops it. `None` if it has not ended by then.
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

/// Returns the texts of messages, and checks that the messages can be sent.
pub fn texts(messages: &Messages) -> Vec<String> {
    check_sendable(messages).unwrap();
    messages.iter().map(|message| message.text().into_owned()).collect()
}

/// Returns the roles and texts of messages, and checks that the messages can be sent.
pub fn transcript(messages: &Messages) -> Vec<String> {
    check_sendable(messages).unwrap();
    messages.iter().map(|message| format!("{}: {}", message.role(), message.text())).collect()
}

/// Returns the statuses of the tool results among messages, in order.
pub fn outcomes(messages: &Messages) -> Vec<ToolCallStatus> {
    results(messages).iter().map(|result| result.status).collect()
}

/// Returns a builder of an agent with a scripted model.
pub fn scripted(script: impl IntoIterator<Item = ScriptedReply>) -> AgentBuilder {
    builder(ScriptedModel::new(script))
}

/// Returns a response that calls [`work`] or [`named`].
pub fn call(tool: &str, name: &str) -> ScriptedReply {
    ScriptedReply::call(tool, json!({ "name": name }))
}

/// Returns a response that calls a sub-agent.
pub fn ask(tool: &str) -> ScriptedReply {
    ScriptedReply::call(tool, json!({"message": "Do it."}))
}

/// Returns an agent with the tool `work`, and the tool `pay`, which requires approval.
pub fn payer(script: impl IntoIterator<Item = ScriptedReply>, effects: &Effects) -> Agent {
    let pay = named("pay", effects).with(|spec| spec.approval = true);
    scripted(script).name("payer").tool(work(effects)).tool(pay).build().unwrap()
}

/// Returns the conversation `c` of an agent with the tool `work`.
pub fn chat(model: &ScriptedModel, effects: &Effects) -> Conversation {
    agent(model).tool(work(effects)).build().unwrap().conversation("c")
}

/// Sends a message, and drops the run after `ms` milliseconds.
pub async fn send_and_drop(chat: &Conversation, ms: u64) {
    let run = tokio::time::timeout(Duration::from_millis(ms), chat.send("Go.").into_future());
    assert!(run.await.is_err(), "the run ended in time");
    chat.wait_idle().await.unwrap();
}
