//! Hooks around tools and models, and observers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callsign_core::around::model::{AroundModel, NextModel};
use callsign_core::around::tool::{AroundTool, AroundTools as _, NextTool, ToolInvocation};
use callsign_core::toolset::toolset::Toolset;
use callsign_core::traits::context::Context;
use callsign_core::traits::model::{Model, ModelExt as _, ModelIdentity, ModelStream};
use callsign_core::traits::policy::{ProposedCall, Verdict};
use callsign_core::traits::states::States;
use callsign_core::traits::tool::{Arguments, Tool, ToolOutput};
use callsign_core::traits::tool_error::ToolError;
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::event::{Event, ModelEvent};
use callsign_core::words::limits::Limits;
use callsign_core::words::request::Request;
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel};
use common::{Effects, FnTool, agent, any_object, results, work};
use futures_util::StreamExt as _;
use serde_json::json;

fn one_call() -> ScriptedModel {
    let call = Scripted::call("work", json!({"name": "rose"}));
    ScriptedModel::new([call, Scripted::text("So it is.")])
}

/// What the model heard of the call, and how it went.
fn heard(model: &ScriptedModel) -> (CallOutcome, String) {
    let results = results(&model.last_request().unwrap().messages);
    assert_eq!(results.len(), 1);
    (results[0].outcome, results[0].content.text().into_owned())
}

/// A hook that notes when it is passed.
fn noting(
    effects: &Effects,
    name: &'static str,
) -> impl Fn(ToolInvocation, NextTool) -> callsign_core::traits::tool::ToolFuture + use<> {
    let effects = effects.clone();
    move |call, next| {
        let effects = effects.clone();
        Box::pin(async move {
            effects.add(format!("{name} in"));
            let output = next.call(call).await;
            effects.add(format!("{name} out"));
            output
        })
    }
}

#[tokio::test]
async fn the_first_hook_is_the_outermost() {
    let (model, effects) = (one_call(), Effects::default());
    let tool = AroundTool::new(work(&effects), noting(&effects, "tool's own"));
    let agent = agent(&model)
        .around_tools(noting(&effects, "first"))
        .tool(tool)
        .around_tools(noting(&effects, "second"));
    agent.build().unwrap().run("Go.").await.unwrap();
    let expected = [
        "first in",
        "second in",
        "tool's own in",
        "rose",
        "tool's own out",
        "second out",
        "first out",
    ];
    assert_eq!(effects.all(), expected);
}

#[tokio::test]
async fn a_hook_changes_arguments_and_output() {
    let (model, effects) = (one_call(), Effects::default());
    let agent = agent(&model).tool(work(&effects)).around_tools(|call, next| async move {
        assert_eq!((call.name(), call.context().tool()), ("work", "work"));
        assert_eq!(call.arguments().as_str(), r#"{"name":"rose"}"#);
        let call = call.with_arguments(Arguments::new(r#"{"name":"tulip"}"#));
        let mut output = next.call(call).await?;
        output.content = format!("{}, really", output.content.text()).into();
        Ok(output)
    });
    let reply = agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(effects.all(), ["tulip"]);
    assert_eq!(heard(&model), (CallOutcome::Answered, "tulip done, really".to_owned()));
    // What the model wrote stays what it wrote.
    assert!(format!("{:?}", reply.messages()).contains("rose"));
}

/// A hook that is a plain function.
async fn in_its_place(call: ToolInvocation, _next: NextTool) -> Result<ToolOutput, ToolError> {
    Err(ToolError::tell(format!("No {} today.", call.spec().name())))
}

#[tokio::test]
async fn a_hook_answers_in_a_tools_place() {
    let (model, effects) = (one_call(), Effects::default());
    let agent = agent(&model).tool(work(&effects)).around_tools(in_its_place);
    agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(effects.all(), [""; 0]);
    assert_eq!(heard(&model), (CallOutcome::Told, "No work today.".to_owned()));
}

#[tokio::test]
async fn a_hook_calls_again() {
    let model = one_call();
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = tries.clone();
    let flaky = FnTool::new("work", any_object(), move |_, _| {
        let try_ = counted.fetch_add(1, Ordering::Relaxed);
        async move { if try_ < 2 { Err(ToolError::private("flaky")) } else { Ok("done".into()) } }
    });
    let agent = agent(&model).tool(flaky).around_tools(async |call, next| {
        loop {
            match next.call(call.clone()).await {
                Err(error) if error.is_private() => {}
                output => return output,
            }
        }
    });
    agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(tries.load(Ordering::Relaxed), 3);
    assert_eq!(heard(&model), (CallOutcome::Answered, "done".to_owned()));
}

#[tokio::test]
async fn panics_in_hooks_are_contained() {
    let (model, effects) = (one_call(), Effects::default());
    let agent = agent(&model).tool(work(&effects)).around_tools(|call, next| async move {
        next.call(call).await?;
        panic!("secret")
    });
    agent.build().unwrap().run("Go.").await.unwrap();
    let (outcome, text) = heard(&model);
    assert_eq!(outcome, CallOutcome::Panicked);
    assert!(!text.contains("secret"));
    assert_eq!(effects.all(), ["rose"]);

    // Also one that comes before there is a future.
    let model = one_call();
    fn at_once(_: ToolInvocation, _: NextTool) -> callsign_core::traits::tool::ToolFuture {
        panic!("secret")
    }
    let agent = common::agent(&model).tool(work(&effects)).around_tools(at_once);
    agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(heard(&model).0, CallOutcome::Panicked);
}

#[tokio::test]
async fn a_calls_time_counts_for_its_hooks() {
    let (model, effects) = (one_call(), Effects::default());
    let agent = agent(&model)
        .tool(work(&effects).with(|spec| spec.read_only = true))
        .limits(Limits::default().tool_timeout(Duration::from_millis(5)))
        .around_tools(|_, _| std::future::pending());
    agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(heard(&model).0, CallOutcome::TimedOut);
    assert_eq!(effects.all(), [""; 0]);
}

#[tokio::test]
async fn policies_come_before_hooks() {
    let (model, effects) = (one_call(), Effects::default());
    let agent = agent(&model)
        .tool(work(&effects))
        .around_tools(noting(&effects, "hook"))
        .policy(|_: &ProposedCall, _: &Context| Verdict::Deny("not today".into()));
    agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(heard(&model).0, CallOutcome::Denied);
    assert_eq!(effects.all(), [""; 0]);
}

#[tokio::test]
async fn hooks_go_around_sets_of_tools() {
    let effects = Effects::default();
    let tools: Vec<Arc<dyn Tool>> = vec![Arc::new(work(&effects))];
    let set = Toolset::new().and(tools.around(noting(&effects, "vector"))).prefix("my_");
    let set = set.around(noting(&effects, "set"));
    assert_eq!(set.names().collect::<Vec<_>>(), ["my_work"]);
    let tool = set.into_iter().next().unwrap();
    let arguments = Arguments::new(r#"{"name": "rose"}"#);
    tool.call(Context::detached(States::default()), arguments).await.unwrap();
    assert_eq!(effects.all(), ["set in", "vector in", "rose", "vector out", "set out"]);
}

#[tokio::test]
async fn a_hook_changes_a_request_and_not_the_conversation() {
    let model = ScriptedModel::new([Scripted::text("Yes."), Scripted::text("Yes.")]);
    let agent = agent(&model)
        .instructions("Be kind.")
        .tool(work(&Effects::default()))
        .around_model(|mut request, next| async move {
            assert_eq!(request.tools.len(), 1);
            request.tools = Arc::default();
            Ok(next.stream(request.instructions("Be short.")))
        })
        .around_model(|request, next| async move {
            // The first hook is the outermost: this one sees what it changed.
            assert_eq!(request.instructions.as_deref(), Some("Be short."));
            Ok(next.stream(request))
        })
        .build()
        .unwrap();
    let conversation = agent.conversation("c-1");
    for _ in 0..2 {
        conversation.send("Is it?").await.unwrap();
        let request = model.last_request().unwrap();
        assert_eq!(request.instructions.as_deref(), Some("Be short."));
        assert!(request.tools.is_empty());
    }
    assert!(!format!("{:?}", conversation.messages().await.unwrap()).contains("short"));
}

#[tokio::test]
async fn replies_stream_through_hooks() {
    let model = ScriptedModel::new([Scripted::text("One two").and_hang()]);
    let effects = Effects::default();
    let (seen, replied) = (effects.clone(), effects.clone());
    let agent = agent(&model)
        .around_model(move |request, next| {
            let replied = replied.clone();
            async move { Ok(next.inspect_reply(request, move |_| replied.add("replied"))) }
        })
        .around_model(move |request, next| {
            let seen = seen.clone();
            async move {
                Ok(next.inspect(request, move |event| match event {
                    Ok(ModelEvent::TextDelta(text)) => seen.add(text.clone()),
                    other => panic!("{other:?}"),
                }))
            }
        })
        .build()
        .unwrap();
    let mut run = agent.run("Count.").stream();
    let mut texts = Vec::new();
    while texts.len() < 2 {
        if let Event::TextDelta(text) = run.next().await.unwrap() {
            texts.push(text);
        }
    }
    // The reply never ends, so that nobody has waited for its end.
    assert_eq!(texts, ["One ", "two"]);
    assert_eq!(effects.all(), texts);
}

#[tokio::test]
async fn a_hook_sees_the_whole_reply() {
    let broken = || Error::new(ErrorKind::Server, "the service broke");
    let model = ScriptedModel::new([
        Scripted::text("One two.").usage(3, 4),
        Scripted::text("Half").and_fail(broken()),
        Scripted::text("Half").cut_off(),
    ]);
    let effects = Effects::default();
    let noted = effects.clone();
    let hooked = AroundModel::new(model, move |request, next| {
        let noted = noted.clone();
        async move {
            Ok(next.inspect_reply(request, move |reply| {
                noted.add(match reply {
                    Ok(reply) => {
                        format!("{} {}", reply.text(), reply.usage.unwrap().total_tokens())
                    }
                    Err(error) => error.to_string(),
                });
            }))
        }
    });
    hooked.complete("Count.").await.unwrap();
    assert_eq!(hooked.complete("Count.").await.unwrap_err().kind(), ErrorKind::Server);
    assert_eq!(hooked.complete("Count.").await.unwrap_err().kind(), ErrorKind::Unfinished);
    assert_eq!(effects.all()[..2], ["One two. 7", "the service broke"]);
    assert!(effects.all()[2].contains("cut off"), "{:?}", effects.all());
}

/// A hook that asks once more where the service broke.
async fn once_more(request: Request, next: NextModel) -> Result<ModelStream<'static>, Error> {
    let mut first = next.stream(request.clone()).peekable();
    match std::pin::Pin::new(&mut first).peek().await {
        Some(Err(_)) => Ok(next.stream(request)),
        _ => Ok(first.boxed()),
    }
}

#[tokio::test]
async fn a_hook_asks_again() {
    let broken = || Error::new(ErrorKind::Server, "the service broke");
    let model = ScriptedModel::new([Scripted::error(broken()), Scripted::text("So it is.")]);
    let agent = agent(&model).around_model(once_more).build().unwrap();
    assert_eq!(agent.run("Is it?").await.unwrap().text(), "So it is.");
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn a_hook_answers_in_the_models_place() {
    let model = ScriptedModel::new([]);
    let other = ScriptedModel::new([Scripted::text("From elsewhere.")]);
    let agent = agent(&model)
        .around_model(move |request, _| {
            let other = other.clone();
            async move { Ok(NextModel::of(other).stream(request)) }
        })
        .build()
        .unwrap();
    assert_eq!(agent.run("Is it?").await.unwrap().text(), "From elsewhere.");
    assert_eq!(model.requests().len(), 0);
    // An error of the hook is one of the request.
    let agent = common::agent(&model)
        .around_model(async |_, _| Err(Error::new(ErrorKind::QuotaExhausted, "not today")));
    let error = agent.build().unwrap().run("Is it?").await.unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::QuotaExhausted, "not today".into()));
}

#[tokio::test]
async fn a_hook_that_panics_fails_its_request() {
    let model = ScriptedModel::new([Scripted::text("Half an answer")]);
    let agent = agent(&model).around_model(|request, next| async move {
        Ok(next.inspect(request, |event| {
            if matches!(event, Ok(ModelEvent::TextDelta(text)) if text == "an ") {
                panic!("secret");
            }
        }))
    });
    let error = agent.build().unwrap().run("Is it?").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(
        error.to_string(),
        "a hook around the model `scripted model` panicked, or the model did"
    );
    assert_eq!(error.progress().unwrap().partial_text, "Half ");
}

#[tokio::test]
async fn a_stream_that_has_ended_stays_so() {
    let model = ScriptedModel::new([Scripted::text("Yes.")]);
    let next = NextModel::of(model);
    let mut events = next.stream("Is it?".into());
    assert!(matches!(events.next().await, Some(Ok(ModelEvent::TextDelta(_)))));
    assert!(matches!(events.next().await, Some(Ok(ModelEvent::Finished(_)))));
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none());
}

#[test]
fn a_model_with_a_hook_says_who_it_is() {
    struct Known;
    impl Model for Known {
        fn stream(&self, _: Request) -> ModelStream<'_> {
            futures_util::stream::empty().boxed()
        }
        fn name(&self) -> &str {
            "known"
        }
        fn identity(&self) -> ModelIdentity<'_> {
            ModelIdentity::new(Some("gpt-4o"), None)
        }
    }
    let hooked = AroundModel::new(Known, |request, next| async move { Ok(next.stream(request)) });
    assert_eq!((hooked.name(), hooked.identity().model), ("known", Some("gpt-4o")));
}

fn script() -> ScriptedModel {
    let call = Scripted::call("work", json!({"name": "rose"}));
    ScriptedModel::new([call, Scripted::text("So it is.")])
}

fn reporting() -> FnTool {
    FnTool::new("work", any_object(), |context, _| async move {
        context.progress("half");
        Ok("done".into())
    })
}

/// An event without what differs each time.
fn plain(event: &Event) -> String {
    match event {
        Event::ToolResult(result) => format!("{} {:?}", result.name, result.content),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn an_observer_sees_what_a_listener_hears() {
    let effects = Effects::default();
    let noted = effects.clone();
    let build = |model: &ScriptedModel| {
        let noted = noted.clone();
        agent(model).tool(reporting()).observe(move |run, event| {
            noted.add(format!("{} {}", run.conversation(), plain(event)));
        })
    };
    // Nobody listens.
    build(&script()).build().unwrap().conversation("c-1").send("Go.").await.unwrap();
    let observed = effects.all();
    assert!(observed.iter().any(|event| event.contains("half")), "{observed:?}");

    let agent = build(&script()).build().unwrap();
    let conversation = agent.conversation("c-1");
    let mut run = conversation.send("Go.").stream();
    let mut heard = Vec::new();
    while let Some(event) = run.next().await {
        heard.push(format!("c-1 {}", plain(&event)));
    }
    assert_eq!(effects.all()[..observed.len()], observed);
    assert_eq!(effects.all()[observed.len()..], heard);
    assert_eq!(observed, heard);
}

#[tokio::test]
async fn an_observer_that_panics_changes_nothing() {
    let effects = Effects::default();
    let noted = effects.clone();
    let agent = agent(&script())
        .tool(work(&Effects::default()))
        .observe(|_, _| panic!("secret"))
        .observe(move |_, event| noted.add(plain(event)))
        .build()
        .unwrap();
    assert_eq!(agent.run("Go.").await.unwrap().text(), "So it is.");
    assert!(effects.all().len() > 4, "{:?}", effects.all());
}
