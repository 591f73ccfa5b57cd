//! Middleware for tools.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callsign_core::middleware::tool::{
    NextTool, ToolInvocation, ToolMiddleware, ToolMiddlewareExt as _,
};
use callsign_core::toolset::toolset::Toolset;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::limits::Limits;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::context::Context;
use callsign_types::traits::extensions::Extensions;
use callsign_types::traits::policy::Verdict;
use callsign_types::traits::tool::{Arguments, Tool, ToolOutput};
use callsign_types::traits::tool_error::ToolError;
use serde_json::json;

use crate::common;
use crate::common::{Effects, FnTool, agent, any_object, call, named, results, work};

fn one_call() -> ScriptedModel {
    let call = ScriptedReply::call("work", json!({"name": "rose"}));
    ScriptedModel::new([call, ScriptedReply::text("So it is.")])
}

/// Returns the status and the text of the only result that the model received.
fn received(model: &ScriptedModel) -> (ToolCallStatus, String) {
    let results = results(&model.last_request().unwrap().messages);
    assert_eq!(results.len(), 1);
    (results[0].status, results[0].content.text().into_owned())
}

/// Returns middleware that records when a call enters and leaves it.
fn recording(
    effects: &Effects,
    name: &'static str,
) -> impl Fn(ToolInvocation, NextTool) -> callsign_types::traits::tool::ToolFuture + use<> {
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
async fn first_tool_middleware_is_the_outermost() {
    let (model, effects) = (one_call(), Effects::default());
    let tool = ToolMiddleware::new(work(&effects), recording(&effects, "tool's own"));
    let agent = agent(&model)
        .tool_middleware(recording(&effects, "first"))
        .tool(tool)
        .tool_middleware(recording(&effects, "second"));
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
async fn tool_middleware_changes_arguments_and_output() {
    let (model, effects) = (one_call(), Effects::default());
    let agent = agent(&model).tool(work(&effects)).tool_middleware(|call, next| async move {
        assert_eq!((call.name(), call.context().tool()), ("work", "work"));
        assert_eq!(call.arguments().as_str(), r#"{"name":"rose"}"#);
        let call = call.with_arguments(Arguments::new(r#"{"name":"tulip"}"#));
        let mut output = next.call(call).await?;
        output.content = format!("{}, really", output.content.text()).into();
        Ok(output)
    });
    let reply = agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(effects.all(), ["tulip"]);
    assert_eq!(received(&model), (ToolCallStatus::Success, "tulip done, really".to_owned()));
    // The model's own arguments stay in the messages.
    assert!(format!("{:?}", reply.messages()).contains("rose"));
}

/// Middleware that is a plain function.
async fn unavailable(call: ToolInvocation, _next: NextTool) -> Result<ToolOutput, ToolError> {
    Err(ToolError::visible(format!("No {} today.", call.spec().name())))
}

#[tokio::test]
async fn tool_middleware_replaces_the_tool() {
    let (model, effects) = (one_call(), Effects::default());
    let agent = agent(&model).tool(work(&effects)).tool_middleware(unavailable);
    agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(effects.all(), [""; 0]);
    assert_eq!(received(&model), (ToolCallStatus::Error, "No work today.".to_owned()));
}

#[tokio::test]
async fn tool_middleware_repeats_a_call() {
    let model = one_call();
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = attempts.clone();
    let flaky = FnTool::new("work", any_object(), move |_, _| {
        let attempt = counted.fetch_add(1, Ordering::Relaxed);
        async move { if attempt < 2 { Err(ToolError::private("flaky")) } else { Ok("done".into()) } }
    });
    let agent = agent(&model).tool(flaky).tool_middleware(async |call, next| {
        loop {
            match next.call(call.clone()).await {
                Err(error) if error.is_private() => {}
                output => return output,
            }
        }
    });
    agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(attempts.load(Ordering::Relaxed), 3);
    assert_eq!(received(&model), (ToolCallStatus::Success, "done".to_owned()));
}

#[tokio::test]
async fn panic_in_tool_middleware_becomes_the_result() {
    let (model, effects) = (one_call(), Effects::default());
    let agent = agent(&model).tool(work(&effects)).tool_middleware(|call, next| async move {
        next.call(call).await?;
        panic!("secret")
    });
    agent.build().unwrap().run("Go.").await.unwrap();
    let (outcome, text) = received(&model);
    assert_eq!(outcome, ToolCallStatus::Panicked);
    assert!(!text.contains("secret"));
    assert_eq!(effects.all(), ["rose"]);

    // The function may also panic before it returns a future.
    let model = one_call();
    fn panic_at_once(_: ToolInvocation, _: NextTool) -> callsign_types::traits::tool::ToolFuture {
        panic!("secret")
    }
    let agent = common::agent(&model).tool(work(&effects)).tool_middleware(panic_at_once);
    agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(received(&model).0, ToolCallStatus::Panicked);
}

#[tokio::test]
async fn tool_timeout_includes_its_middleware() {
    let (model, effects) = (one_call(), Effects::default());
    let agent = agent(&model)
        .tool(work(&effects).with(|spec| spec.read_only = true))
        .limits(Limits::default().tool_timeout(Duration::from_millis(5)))
        .tool_middleware(|_, _| std::future::pending());
    agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(received(&model).0, ToolCallStatus::TimedOut);
    assert_eq!(effects.all(), [""; 0]);
}

#[tokio::test]
async fn denied_call_does_not_reach_tool_middleware() {
    let (model, effects) = (one_call(), Effects::default());
    let agent = agent(&model)
        .tool(work(&effects))
        .tool_middleware(recording(&effects, "middleware"))
        .policy(|_, _| Verdict::Deny("not today".into()));
    agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(received(&model).0, ToolCallStatus::Denied);
    assert_eq!(effects.all(), [""; 0]);
}

#[tokio::test]
async fn middleware_wraps_toolsets() {
    let effects = Effects::default();
    let tools: Vec<Arc<dyn Tool>> = vec![Arc::new(work(&effects))];
    let set =
        Toolset::default().merge(tools.middleware(recording(&effects, "vector"))).prefix("my_");
    let set = set.middleware(recording(&effects, "set"));
    assert_eq!(set.names().collect::<Vec<_>>(), ["my_work"]);
    let tool = set.into_iter().next().unwrap();
    let arguments = Arguments::new(r#"{"name": "rose"}"#);
    tool.call(Context::detached(Extensions::default()), arguments).await.unwrap();
    assert_eq!(effects.all(), ["set in", "vector in", "rose", "vector out", "set out"]);
}

#[tokio::test]
async fn suspended_call_passes_through_middleware_that_replaces_outputs_and_errors() {
    for spawned in [false, true] {
        let effects = Effects::default();
        let paying = ScriptedModel::new([call("pay", "Ada"), ScriptedReply::text("Ada is paid.")]);
        let pay = named("pay", &effects).with(|spec| spec.approval = true);
        let child = agent(&paying).name("child").tool(pay).build().unwrap();
        let asks = ScriptedReply::call("ask", json!({"message": "Pay Ada."}));
        let model = ScriptedModel::new([asks, ScriptedReply::text("Done.")]);
        let failures = Effects::default();
        let recorded = failures.clone();
        let agent = agent(&model)
            .tool(child.as_tool("ask", "Asks."))
            .tool_middleware(|call, next| async move {
                let output = next.call(call).await?;
                Ok(ToolOutput::new(output.content.text().replace("Ada", "Ada L.")))
            })
            .tool_middleware(move |call, next| {
                let recorded = recorded.clone();
                async move {
                    let called = next.call(call);
                    let output = if spawned { tokio::spawn(called).await? } else { called.await };
                    output.or_else(|error| {
                        recorded.add(error.message());
                        Ok("It failed.".into())
                    })
                }
            })
            .build()
            .unwrap();
        let chat = agent.conversation("c");
        let paused = chat.send("Go.").await.unwrap();
        assert_eq!(paused.approvals().len(), 1, "{paused}");
        chat.approve(&paused.approvals()[0]).await.unwrap();
        let reply = chat.resume().await.unwrap();
        assert_eq!(reply.text(), "Done.");
        assert_eq!(results(reply.messages())[0].content.text(), "Ada L. is paid.");
        assert_eq!(effects.all(), ["Ada"]);
        assert!(failures.all().is_empty(), "a suspended call is no error");
    }
}
