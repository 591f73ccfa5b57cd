//! What a run is given, and what its calls know, report and ask.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callsign_core::agent::builder::AgentBuilder;
use callsign_core::journal::entry::Entry;
use callsign_core::memory::MemoryStore;
use callsign_core::traits::cancellation::Cancellation;
use callsign_core::traits::model::{Model, ModelStream};
use callsign_core::traits::run_context::RunContext;
use callsign_core::traits::store::Store;
use callsign_core::traits::tool::{Predicate, StateType, ToolOutput, ToolSpec};
use callsign_core::traits::tool_error::ToolError;
use callsign_core::words::error::Error;
use callsign_core::words::event::Event;
use callsign_core::words::id::AppendId;
use callsign_core::words::limits::Limits;
use callsign_core::words::request::{Request, ToolDefinition};
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel};
use common::{Effects, FnTool, any_object, results};
use serde_json::{Value, json};

struct Tenant(&'static str);

fn tenant() -> StateType {
    StateType { id: std::any::TypeId::of::<Tenant>(), name: "Tenant" }
}

/// A tool that says which tenant it was called for.
fn whose() -> FnTool {
    FnTool::new("whose", any_object(), |context, _| async move {
        Ok(context.given::<Tenant>().unwrap().0.into())
    })
    .with(|spec| spec.given.push(tenant()))
}

#[tokio::test]
async fn a_run_is_given_what_its_tools_and_instructions_need() {
    let script = || [Scripted::call("whose", json!({})), Scripted::text("Done.")];
    let model = ScriptedModel::new(script().into_iter().chain(script()));
    let agent = common::builder(model.clone())
        .instructions(|run: &RunContext| format!("For {}.", run.given::<Tenant>().unwrap().0))
        .tool(whose())
        .expects::<Tenant>()
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    for name in ["Ada", "Bob"] {
        let reply = chat.send("Whose?").with(Tenant(name)).await.unwrap();
        assert_eq!(results(reply.messages()).last().unwrap().content.text(), name);
        let request = model.last_request().unwrap();
        assert_eq!(request.instructions.as_deref(), Some(&*format!("For {name}.")));
    }
}

#[tokio::test]
async fn what_is_missing_is_told_before_anything_runs() {
    let model = ScriptedModel::new([]);
    let error = common::builder(model.clone()).tool(whose()).build().unwrap_err();
    let text = error.to_string();
    assert!(text.contains("`whose`") && text.contains(".expects::<Tenant>()"), "{text}");
    let agent = common::builder(model.clone()).tool(whose()).expects::<Tenant>().build().unwrap();
    let chat = agent.conversation("c");
    for turn in [agent.run("Hi."), chat.send("Hi."), chat.resume()] {
        let error = turn.await.unwrap_err();
        assert!(error.is_configuration() && error.to_string().contains("Tenant"), "{error}");
    }
    assert!(chat.messages().await.unwrap().is_empty());
    assert!(model.requests().is_empty());
}

trait Clock: Send + Sync {}

struct Sundial;

impl Clock for Sundial {}

#[tokio::test]
async fn what_is_missing_is_told_with_what_to_do_instead() {
    fn needs<T: ?Sized + 'static>(change: fn(&mut ToolSpec, StateType)) -> AgentBuilder {
        let (id, name) = (std::any::TypeId::of::<T>(), std::any::type_name::<T>());
        let tool = whose().with(|spec| {
            spec.given.clear();
            change(spec, StateType { id, name });
        });
        common::builder(ScriptedModel::new([])).tool(tool)
    }
    fn state<T: ?Sized + 'static>() -> AgentBuilder {
        needs::<T>(|spec, needed| spec.states.push(needed))
    }
    fn given<T: ?Sized + 'static>() -> AgentBuilder {
        needs::<T>(|spec, needed| spec.given.push(needed))
    }
    for (builder, instead) in [
        (state::<Tenant>(), "add `.state(…)` to its builder"),
        (state::<dyn Clock>(), "add `.shared_state::<dyn contexts::Clock>(Arc::new(…))` to its"),
        (state::<Tenant>().state(Arc::new(Tenant("Ada"))), "add that by `.shared_state(…)`"),
        (state::<Tenant>().expects::<Tenant>(), "which tools take as `#[context]`"),
        (given::<Tenant>(), "`.with(…)` to its runs"),
        (given::<dyn Clock>(), "`.with_shared(…)` to its runs"),
        (given::<Tenant>().state(Tenant("Ada")), "take the agent's state of that type as"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.is_configuration() && error.to_string().contains(instead), "{error}");
    }
    let clock: Arc<dyn Clock> = Arc::new(Sundial);
    state::<dyn Clock>().shared_state(clock).build().unwrap();
    let agent = given::<Tenant>().expects::<Tenant>().build().unwrap();
    let error = agent.run("Hi.").with(Arc::new(Tenant("Ada"))).await.unwrap_err();
    assert!(error.to_string().contains("add that by `.with_shared(…)`"), "{error}");
    let agent = given::<dyn Clock>().expects::<dyn Clock>().build().unwrap();
    let error = agent.run("Hi.").await.unwrap_err();
    let instead = "add `.with_shared::<dyn contexts::Clock>(Arc::new(…))` to it";
    assert!(error.to_string().contains(instead), "{error}");
}

/// A model that can't be told of any tool.
struct NoTools(ScriptedModel);

impl Model for NoTools {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        self.0.stream(request)
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn check_tools(&self, tools: &[ToolDefinition]) -> Result<(), Error> {
        match tools.first() {
            None => Ok(()),
            Some(tool) => Err(Error::configuration(format!("no tools: `{}`", tool.name))),
        }
    }
}

#[tokio::test]
async fn a_model_that_comes_later_is_asked_about_the_tools_before_anything_runs() {
    let script = || ScriptedModel::new([Scripted::text("Hello.")]).ignore_rest();
    let builder = common::builder(NoTools(script())).tool(whose()).expects::<Tenant>();
    let error = builder.build().unwrap_err();
    assert_eq!(error.to_string(), "no tools: `whose`");
    let agent = common::builder(script()).tool(whose()).expects::<Tenant>().build().unwrap();
    let later = script();
    let chat = agent.with_model(NoTools(later.clone())).conversation("c");
    let error = chat.send("Hi.").with(Tenant("Ada")).await.unwrap_err();
    assert_eq!(error.to_string(), "no tools: `whose`");
    assert!(error.is_configuration() && later.requests().is_empty());
    assert!(chat.messages().await.unwrap().is_empty());
    let without = common::builder(script()).build().unwrap().with_model(NoTools(later));
    assert_eq!(without.run("Hi.").await.unwrap().text(), "Hello.");
}

#[tokio::test]
async fn a_predicate_decides_which_tools_a_run_has() {
    let tool = whose().with(|spec| {
        spec.when = Some(Predicate::new(|run| run.given::<Tenant>().unwrap().0 == "Ada"));
    });
    let script = [Scripted::text("a"), Scripted::call("whose", json!({})), Scripted::text("b")];
    let model = ScriptedModel::new(script);
    let agent = common::builder(model.clone()).tool(tool).expects::<Tenant>().build().unwrap();
    let chat = agent.conversation("c");
    chat.send("Hi.").with(Tenant("Ada")).await.unwrap();
    assert_eq!(model.last_request().unwrap().tools.len(), 1);
    let reply = chat.send("Hi.").with(Tenant("Bob")).await.unwrap();
    assert_eq!(model.last_request().unwrap().tools.len(), 0);
    assert_eq!(results(reply.messages())[0].outcome, CallOutcome::UnknownTool);
}

#[tokio::test]
async fn progress_comes_while_the_call_is_at_work_also_from_another_thread() {
    let tool = FnTool::new("slow", any_object(), |context, _| async move {
        context.progress("half");
        let (told, hears) = tokio::sync::oneshot::channel();
        let reporter = context.clone();
        std::thread::spawn(move || {
            reporter.progress("almost");
            told.send(()).unwrap();
        });
        hears.await.unwrap();
        Ok("done".into())
    });
    let model = ScriptedModel::new([Scripted::call("slow", json!({})), Scripted::text("Ok.")]);
    let agent = common::builder(model).tool(tool).build().unwrap();
    let mut run = agent.run("Go.").stream();
    let mut heard = Vec::new();
    while let Some(event) = run.next().await {
        match event {
            Event::ToolProgress(progress) => heard.push(progress.content.text().into_owned()),
            Event::ToolResult(_) => heard.push("result".to_owned()),
            _ => {}
        }
    }
    assert_eq!(heard, ["half", "almost", "result"]);
}

/// A tool that hands its cancellation out, and then hangs.
fn hangs(seen: &Arc<Mutex<Option<Cancellation>>>) -> FnTool {
    let seen = seen.clone();
    FnTool::new("hangs", any_object(), move |context, _| {
        *seen.lock().unwrap() = Some(context.cancellation().clone());
        std::future::pending()
    })
}

#[tokio::test(start_paused = true)]
async fn work_hears_when_nobody_waits_for_it() {
    let script = || {
        let calls = [Scripted::call("hangs", json!({})), Scripted::text("Ok.")];
        ScriptedModel::new(calls).ignore_rest()
    };
    let seen = Arc::default();
    let limits = Limits::default().tool_timeout(Duration::from_secs(1));
    let agent = common::builder(script()).tool(hangs(&seen)).limits(limits).build().unwrap();
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
async fn a_call_that_is_repeated_knows_which_try_it_is() {
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
    let model = ScriptedModel::new([Scripted::call("try", json!({})), Scripted::text("Ok.")]);
    let agent = common::builder(model).tool(tool).build().unwrap();
    let agent = agent.with_store(store.clone());
    let chat = agent.conversation("c");
    let mut run = chat.send("Go.").stream();
    while !matches!(run.next().await, Some(Event::ToolCall(_))) {}
    let _ = tokio::time::timeout(Duration::from_millis(1), run.next()).await;
    // A process that is killed has no time to say that it was cancelled.
    let kept = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    let after = MemoryStore::new();
    after.append(&"c".into(), 0, AppendId::random(), &kept).await.unwrap();
    drop(run);
    agent.with_store(after).conversation("c").resume().await.unwrap();
    let all = effects.all();
    assert!(all[0].starts_with("1 ") && all[1].starts_with("2 "), "{all:?}");
    assert_eq!(all[0][2..], all[1][2..], "the key stays");
}

#[tokio::test]
async fn a_call_asks_the_model_at_the_runs_expense() {
    let tool = FnTool::new("ask", any_object(), |context, _| async move {
        let reply = context.ask("What is it?").await.map_err(ToolError::private)?;
        Ok(reply.text().into())
    });
    let script = [
        Scripted::call("ask", json!({})).usage(10, 1),
        Scripted::text("A map.").usage(100, 20),
        Scripted::text("It is a map.").usage(30, 3),
    ];
    let model = ScriptedModel::new(script);
    let agent = common::builder(model).tool(tool).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!(results(reply.messages())[0].content.text(), "A map.");
    assert_eq!(reply.usage().total_tokens(), 164);
    assert_eq!(reply.turns(), 2);
}

#[tokio::test]
async fn a_private_part_reaches_the_caller_and_no_model() {
    let tool = FnTool::new("pay", any_object(), |_, _| async {
        ToolOutput::new("Paid.").with_private(&json!({"card": "4242"}))
    });
    let model = ScriptedModel::new([Scripted::call("pay", json!({})), Scripted::text("Ok.")]);
    let agent = common::builder(model.clone()).tool(tool).build().unwrap();
    let reply = agent.run("Pay.").await.unwrap();
    assert_eq!(reply.private_results()[0].private, Some(json!({"card": "4242"})));
    let requests = format!("{:?}", model.requests());
    assert!(requests.contains("Paid.") && !requests.contains("4242"));
}

#[tokio::test]
async fn a_large_result_is_cut_for_the_model_and_kept_whole() {
    let large = format!("[{}\"end\"]", "\"row\",".repeat(1_000));
    let said = large.clone();
    let tool = FnTool::new("list", any_object(), move |_, _| {
        let said = said.clone();
        async move { Ok(said.into()) }
    });
    let small = tool.with(|spec| spec.max_result_bytes = Some(500));
    let model = ScriptedModel::new([Scripted::call("list", json!({})), Scripted::text("Ok.")]);
    let store = Arc::new(MemoryStore::new());
    let agent = common::builder(model).tool(small).store(store.clone()).build().unwrap();
    let reply = agent.conversation("c").send("Go.").await.unwrap();
    let shown = results(reply.messages())[0].content.text().into_owned();
    assert!(shown.len() < 800 && !shown.contains("end"), "{shown}");
    assert!(serde_json::from_str::<Value>(&shown).unwrap().is_array());
    let entries = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    let whole = entries.iter().find_map(|entry| match entry {
        Entry::Result { content, .. } => Some(content.text().into_owned()),
        _ => None,
    });
    assert_eq!(whole, Some(large));
}

#[tokio::test(start_paused = true)]
async fn a_sequential_call_runs_beside_no_other() {
    let (running, most) = (Arc::new(Mutex::new(0_i32)), Arc::new(Mutex::new(Vec::new())));
    let tool = |name: &str| {
        let (running, most) = (running.clone(), most.clone());
        FnTool::new(name, any_object(), move |context, _| {
            let (running, most) = (running.clone(), most.clone());
            async move {
                *running.lock().unwrap() += 1;
                tokio::time::sleep(Duration::from_millis(5)).await;
                most.lock().unwrap().push((context.tool().to_owned(), *running.lock().unwrap()));
                *running.lock().unwrap() -= 1;
                Ok("done".into())
            }
        })
    };
    let reply = ["any", "any", "alone", "any", "any"]
        .into_iter()
        .fold(Scripted::empty(), |reply, name| reply.and_call(name, json!({})));
    let agent = common::builder(ScriptedModel::new([reply, Scripted::text("Ok.")]))
        .tool(tool("any"))
        .tool(tool("alone").with(|spec| spec.sequential = true))
        .build()
        .unwrap();
    agent.run("Go.").await.unwrap();
    let most = most.lock().unwrap().clone();
    let alone = most.iter().position(|(name, _)| name == "alone").unwrap();
    assert_eq!(alone, 2, "those before it come first: {most:?}");
    assert_eq!(most[alone].1, 1, "{most:?}");
    assert_eq!(most[0].1, 2, "the others run side by side: {most:?}");
}

#[tokio::test(start_paused = true)]
async fn sixty_four_calls_take_the_time_of_one_and_a_panic_takes_no_other_along() {
    for (concurrency, rounds) in [(64, 1), (8, 8)] {
        let tool = FnTool::new("wait", any_object(), |_, arguments| async move {
            let arguments: Value = arguments.decode()?;
            tokio::time::sleep(Duration::from_millis(50)).await;
            if arguments["n"] == 7 {
                std::panic::resume_unwind(Box::new("on purpose"));
            }
            Ok("done".into())
        });
        let calls =
            (0..64).fold(Scripted::empty(), |reply, n| reply.and_call("wait", json!({"n": n})));
        let limits = Limits::default().tool_concurrency(concurrency);
        let agent = common::builder(ScriptedModel::new([calls, Scripted::text("Ok.")]))
            .tool(tool)
            .limits(limits)
            .build()
            .unwrap();
        let began = tokio::time::Instant::now();
        let reply = agent.run("Go.").await.unwrap();
        // The clock stands still but for what is waited for.
        assert_eq!(began.elapsed().as_millis() / 50, rounds);
        let results = results(reply.messages());
        let answered = results.iter().filter(|result| result.outcome.is_answered()).count();
        assert_eq!((answered, results[7].outcome), (63, CallOutcome::Panicked));
    }
}
