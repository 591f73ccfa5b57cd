//! The context of runs and tool calls: values, progress, cancellation, attempts, model calls.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callsign_core::agent::builder::AgentBuilder;
use callsign_core::memory::MemoryStore;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::Error;
use callsign_types::event::Event;
use callsign_types::id::AppendId;
use callsign_types::limits::Limits;
use callsign_types::request::{Request, ToolDefinition};
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::model::{Model, ModelInfo, ModelStream, ToolCheck};
use callsign_types::traits::run_context::RunContext;
use callsign_types::traits::store::Store;
use callsign_types::traits::tool::{Predicate, StateType, ToolSpec};
use callsign_types::traits::tool_error::ToolError;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::common;
use crate::common::{Effects, FnTool, any_object, results};

struct Tenant(&'static str);

fn tenant() -> StateType {
    StateType::new(std::any::TypeId::of::<Tenant>(), "Tenant")
}

/// Returns a tool that returns the name of the tenant.
fn tenant_tool() -> FnTool {
    FnTool::new("whose", any_object(), |context, _| async move {
        Ok(context.context::<Tenant>().unwrap().0.into())
    })
    .with(|spec| spec.required_context.push(tenant()))
}

#[tokio::test]
async fn tools_and_instructions_read_context_values() {
    let script = || [ScriptedReply::call("whose", json!({})), ScriptedReply::text("Done.")];
    let model = ScriptedModel::new(script().into_iter().chain(script()));
    let agent = common::builder(model.clone())
        .instructions(|run: &RunContext| format!("For {}.", run.context::<Tenant>().unwrap().0))
        .tool(tenant_tool())
        .requires_context::<Tenant>()
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    for name in ["Ada", "Bob"] {
        let reply = chat.send("Whose?").context(Tenant(name)).await.unwrap();
        assert_eq!(results(reply.messages()).last().unwrap().content.text(), name);
        let request = model.last_request().unwrap();
        assert_eq!(request.instructions.as_deref(), Some(&*format!("For {name}.")));
    }
}

#[tokio::test]
async fn missing_context_value_fails_the_run_before_it_starts() {
    let model = ScriptedModel::new([]);
    let error = common::builder(model.clone()).tool(tenant_tool()).build().unwrap_err();
    let text = error.to_string();
    assert!(text.contains("`whose`") && text.contains(".requires_context::<Tenant>()"), "{text}");
    let agent = common::builder(model.clone())
        .tool(tenant_tool())
        .requires_context::<Tenant>()
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    for run in [agent.run("Hi."), chat.send("Hi."), chat.resume()] {
        let error = run.await.unwrap_err();
        assert!(error.is_configuration() && error.to_string().contains("Tenant"), "{error}");
    }
    assert!(chat.messages().await.unwrap().is_empty());
    assert!(model.requests().is_empty());
}

trait Clock: Send + Sync {}

struct Sundial;

impl Clock for Sundial {}

#[tokio::test]
async fn error_for_missing_state_or_context_states_the_remedy() {
    fn needs<T: ?Sized + 'static>(change: fn(&mut ToolSpec, StateType)) -> AgentBuilder {
        let (id, name) = (std::any::TypeId::of::<T>(), std::any::type_name::<T>());
        let tool = tenant_tool().with(|spec| {
            spec.required_context.clear();
            change(spec, StateType::new(id, name));
        });
        common::builder(ScriptedModel::new([])).tool(tool)
    }
    fn state<T: ?Sized + 'static>() -> AgentBuilder {
        needs::<T>(|spec, needed| spec.required_state.push(needed))
    }
    fn context<T: ?Sized + 'static>() -> AgentBuilder {
        needs::<T>(|spec, needed| spec.required_context.push(needed))
    }
    for (builder, instead) in [
        (state::<Tenant>(), "add `.state(…)` to its builder"),
        (
            state::<dyn Clock>(),
            "add `.state_arc::<dyn integration::context::Clock>(Arc::new(…))` to its",
        ),
        (state::<Tenant>().state(Arc::new(Tenant("Ada"))), "add that with `.state_arc(…)`"),
        (state::<Tenant>().requires_context::<Tenant>(), "which tools take as `#[context]`"),
        (context::<Tenant>(), "`.context(…)` to its runs"),
        (context::<dyn Clock>(), "`.context_arc(…)` to its runs"),
        (context::<Tenant>().state(Tenant("Ada")), "take the agent's state of that type as"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.is_configuration() && error.to_string().contains(instead), "{error}");
    }
    let clock: Arc<dyn Clock> = Arc::new(Sundial);
    state::<dyn Clock>().state_arc(clock).build().unwrap();
    let agent = context::<Tenant>().requires_context::<Tenant>().build().unwrap();
    let error = agent.run("Hi.").context(Arc::new(Tenant("Ada"))).await.unwrap_err();
    assert!(error.to_string().contains("pass that with `.context_arc(…)`"), "{error}");
    let agent = context::<dyn Clock>().requires_context::<dyn Clock>().build().unwrap();
    let error = agent.run("Hi.").await.unwrap_err();
    let instead = "add `.context_arc::<dyn integration::context::Clock>(Arc::new(…))` to the run";
    assert!(error.to_string().contains(instead), "{error}");
}

/// A model that supports no tools.
struct NoTools(ScriptedModel);

impl Model for NoTools {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        self.0.stream(request)
    }

    fn info(&self) -> ModelInfo<'_> {
        self.0.info().tool_check(self)
    }
}

impl ToolCheck for NoTools {
    fn check_tools(&self, tools: &[ToolDefinition]) -> Result<(), Error> {
        match tools.first() {
            None => Ok(()),
            Some(tool) => Err(Error::configuration(format!("no tools: `{}`", tool.name))),
        }
    }
}

#[tokio::test]
async fn replaced_model_is_checked_against_the_tools_before_the_run_starts() {
    let script = || ScriptedModel::new([ScriptedReply::text("Hello.")]).ignore_rest();
    let builder =
        common::builder(NoTools(script())).tool(tenant_tool()).requires_context::<Tenant>();
    let error = builder.build().unwrap_err();
    assert_eq!(error.to_string(), "no tools: `whose`");
    let agent =
        common::builder(script()).tool(tenant_tool()).requires_context::<Tenant>().build().unwrap();
    let later = script();
    let chat = agent.with_model(NoTools(later.clone())).conversation("c");
    let error = chat.send("Hi.").context(Tenant("Ada")).await.unwrap_err();
    assert_eq!(error.to_string(), "no tools: `whose`");
    assert!(error.is_configuration() && later.requests().is_empty());
    assert!(chat.messages().await.unwrap().is_empty());
    let without = common::builder(script()).build().unwrap().with_model(NoTools(later));
    assert_eq!(without.run("Hi.").await.unwrap().text(), "Hello.");
}

#[tokio::test]
async fn predicate_enables_tools_per_run() {
    let tool = tenant_tool().with(|spec| {
        spec.enabled_if = Some(Predicate::new(|run| run.context::<Tenant>().unwrap().0 == "Ada"));
    });
    let script = [
        ScriptedReply::text("a"),
        ScriptedReply::call("whose", json!({})),
        ScriptedReply::text("b"),
    ];
    let model = ScriptedModel::new(script);
    let agent =
        common::builder(model.clone()).tool(tool).requires_context::<Tenant>().build().unwrap();
    let chat = agent.conversation("c");
    chat.send("Hi.").context(Tenant("Ada")).await.unwrap();
    assert_eq!(model.last_request().unwrap().tools.len(), 1);
    let reply = chat.send("Hi.").context(Tenant("Bob")).await.unwrap();
    assert_eq!(model.last_request().unwrap().tools.len(), 0);
    assert_eq!(results(reply.messages())[0].status, ToolCallStatus::UnknownTool);
}

#[tokio::test]
async fn progress_events_arrive_during_the_call_from_any_thread() {
    let tool = FnTool::new("slow", any_object(), |context, _| async move {
        context.progress("half");
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let reporter = context.clone();
        std::thread::spawn(move || {
            reporter.progress("almost");
            sender.send(()).unwrap();
        });
        receiver.await.unwrap();
        Ok("done".into())
    });
    let model =
        ScriptedModel::new([ScriptedReply::call("slow", json!({})), ScriptedReply::text("Ok.")]);
    let agent = common::builder(model).tool(tool).build().unwrap();
    let mut run = agent.run("Go.").stream();
    let mut reported = Vec::new();
    while let Some(event) = run.next().await {
        match event {
            Event::ToolProgress(progress) => reported.push(progress.content.text().into_owned()),
            Event::ToolResult(_) => reported.push("result".to_owned()),
            _ => {}
        }
    }
    assert_eq!(reported, ["half", "almost", "result"]);
}

/// Returns a tool that stores its cancellation token in `seen` and then hangs.
fn hanging_tool(seen: &Arc<Mutex<Option<CancellationToken>>>) -> FnTool {
    let seen = seen.clone();
    FnTool::new("hangs", any_object(), move |context, _| {
        *seen.lock().unwrap() = Some(context.cancellation().clone());
        std::future::pending()
    })
}

#[tokio::test(start_paused = true)]
async fn cancellation_token_is_cancelled_when_the_call_ends_early() {
    let script = || {
        let calls = [ScriptedReply::call("hangs", json!({})), ScriptedReply::text("Ok.")];
        ScriptedModel::new(calls).ignore_rest()
    };
    let seen = Arc::default();
    let limits = Limits::default().tool_timeout(Duration::from_secs(1));
    let agent = common::builder(script()).tool(hanging_tool(&seen)).limits(limits).build().unwrap();
    agent.run("Go.").await.unwrap();
    let cancellation = seen.lock().unwrap().take().unwrap();
    cancellation.cancelled().await;

    let mut run = agent.with_model(script()).run("Go.").stream();
    while !matches!(run.next().await, Some(Event::ToolCall(_))) {}
    tokio::time::timeout(Duration::from_millis(1), run.next()).await.unwrap_err();
    let cancellation = seen.lock().unwrap().take().unwrap();
    assert!(!cancellation.is_cancelled());
    drop(run);
    assert!(cancellation.is_cancelled());
}

#[tokio::test]
async fn repeated_call_has_the_next_attempt_and_the_same_idempotency_key() {
    let effects = Effects::default();
    let seen = effects.clone();
    let tool = FnTool::new("try", any_object(), move |context, _| {
        seen.add(format!("{} {}", context.attempt(), context.idempotency_key()));
        let first = context.attempt() == 1;
        async move {
            if first {
                std::future::pending::<()>().await;
            }
            Ok("done".into())
        }
    })
    .with(|spec| spec.idempotent = true);
    let store = Arc::new(MemoryStore::new());
    let model =
        ScriptedModel::new([ScriptedReply::call("try", json!({})), ScriptedReply::text("Ok.")]);
    let agent = common::builder(model).tool(tool).build().unwrap();
    let agent = agent.with_store(store.clone());
    let chat = agent.conversation("c");
    let mut run = chat.send("Go.").stream();
    while !matches!(run.next().await, Some(Event::ToolCall(_))) {}
    let _ = tokio::time::timeout(Duration::from_millis(1), run.next()).await;
    // A killed process leaves no `Cancelled` entry.
    let kept = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    let after = MemoryStore::new();
    after.append(&"c".into(), 0, AppendId::random(), &kept).await.unwrap();
    drop(run);
    agent.with_store(after).conversation("c").resume().await.unwrap();
    let all = effects.all();
    assert!(all[0].starts_with("1 ") && all[1].starts_with("2 "), "{all:?}");
    assert_eq!(all[0][2..], all[1][2..], "the key stays the same");
}

#[tokio::test]
async fn model_call_of_a_tool_counts_toward_the_run() {
    let tool = FnTool::new("ask", any_object(), |context, _| async move {
        let reply = context.ask("What is it?").await.map_err(ToolError::private)?;
        Ok(reply.text().into())
    });
    let script = [
        ScriptedReply::call("ask", json!({})).usage(10, 1),
        ScriptedReply::text("A map.").usage(100, 20),
        ScriptedReply::text("It is a map.").usage(30, 3),
    ];
    let model = ScriptedModel::new(script);
    let agent = common::builder(model).tool(tool).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!(results(reply.messages())[0].content.text(), "A map.");
    assert_eq!(reply.usage().total_tokens(), 164);
    assert_eq!(reply.turns(), 2);
}
