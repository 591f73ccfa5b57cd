//! The middleware of one run, and runs that middleware or a policy cancels.

use std::future::IntoFuture as _;

use callsign_core::agent::handoff::Handoff;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::Event;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::policy::Verdict;
use callsign_types::traits::tool::ToolOutput;
use serde_json::json;

use crate::common::{
    Effects, FnTool, agent, any_object, call, named, outcomes, payer, scripted, work,
};

#[tokio::test]
async fn middleware_of_a_run_wraps_that_of_the_agent() {
    let effects = Effects::default();
    let model = ScriptedModel::new([
        call("work", "a"),
        ScriptedReply::text("One."),
        call("work", "b"),
        ScriptedReply::text("Two."),
    ]);
    let (model_log, tool_log) = (effects.clone(), effects.clone());
    let agent = agent(&model)
        .tool(work(&effects))
        .model_middleware(move |request, next| {
            model_log.add("agent's model");
            async move { Ok(next.stream(request)) }
        })
        .tool_middleware(move |call, next| {
            tool_log.add("agent's tool");
            next.call(call)
        })
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    let (model_log, tool_log) = (effects.clone(), effects.clone());
    let (first, events) = (effects.clone(), effects.clone());
    let run = chat
        .send("Go.")
        .model_middleware(move |request, next| {
            first.add("first model");
            async move { Ok(next.stream(request.instructions("Only now."))) }
        })
        .model_middleware(move |request, next| {
            model_log.add("second model");
            async move { Ok(next.stream(request)) }
        })
        .tool_middleware(move |call, next| {
            tool_log.add("run's tool");
            next.call(call)
        })
        .on_event(move |run, event| {
            if let Event::ToolResult(result) = event {
                events.add(format!("{} in {}", result.name, run.conversation()));
            }
        });
    run.await.unwrap();
    let models = ["first model", "second model", "agent's model"];
    let tools = ["run's tool", "agent's tool", "a", "work in c"];
    assert_eq!(effects.all(), [&models[..], &tools, &models].concat());
    assert_eq!(model.last_request().unwrap().instructions.as_deref(), Some("Only now."));

    // The next run has none of it.
    chat.send("Again.").await.unwrap();
    assert_eq!(effects.all()[10..], ["agent's model", "agent's tool", "b", "agent's model"]);
    assert_eq!(model.last_request().unwrap().instructions, None);
}

#[tokio::test]
async fn middleware_of_a_run_covers_agents_that_take_over() {
    let effects = Effects::default();
    let billing_script = [call("pay", "a"), ScriptedReply::text("Paid.")];
    let billing = scripted(billing_script).name("billing").tool(named("pay", &effects));
    let billing = billing.build().unwrap();
    let triage = scripted([ScriptedReply::call("transfer_to_billing", json!({}))])
        .name("triage")
        .handoff(Handoff::to(&billing))
        .build()
        .unwrap();
    let log = effects.clone();
    let run = triage.run("Pay.").tool_middleware(move |call, next| {
        log.add(call.name());
        next.call(call)
    });
    assert_eq!(run.await.unwrap().text(), "Paid.");
    assert_eq!(effects.all(), ["transfer_to_billing", "pay", "a"]);
}

#[tokio::test]
async fn paused_run_keeps_its_middleware() {
    let effects = Effects::default();
    let agent = payer([call("pay", "a"), ScriptedReply::text("Paid.")], &effects);
    let run =
        agent.run("Pay.").tool_middleware(|_, _| async { Ok(ToolOutput::new("Not really.")) });
    let paused = run.await.unwrap();
    let chat = paused.conversation().unwrap();
    chat.approve(&paused.approvals()[0]).await.unwrap();
    let reply = chat.resume().await.unwrap();
    assert_eq!(reply.calls().next().unwrap().result.unwrap().content.text(), "Not really.");
    assert!(effects.all().is_empty());
}

#[tokio::test]
async fn tool_middleware_cancels_the_run() {
    let effects = Effects::default();
    let script = [call("work", "a"), ScriptedReply::text("Good.")];
    let agent = scripted(script).tool(work(&effects)).build().unwrap();
    let chat = agent.conversation("c");
    let run = chat.send("Go.").tool_middleware(|call, _| async move {
        call.context().cancel_run();
        std::future::pending().await
    });
    let error = run.await.unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    assert_eq!(error.to_string(), "the run was cancelled");
    let reply = chat.send("Continue.").await.unwrap();
    assert_eq!(outcomes(reply.messages()), [ToolCallStatus::Unknown]);
}

#[tokio::test]
async fn no_call_starts_after_the_run_is_cancelled() {
    let effects = Effects::default();
    let calls = call("work", "a").and_call("work", json!({"name": "b"}));
    let agent = scripted([calls, ScriptedReply::text("Good.")])
        .tool(work(&effects).with(|spec| spec.sequential = true))
        .tool_middleware(|call, next| async move {
            let output = next.call(call.clone()).await;
            call.context().cancel_run();
            output
        })
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    assert!(chat.send("Go.").await.unwrap_err().is_cancelled());
    assert_eq!(effects.all(), ["a"]);
    let reply = chat.send("Continue.").await.unwrap();
    let statuses = [ToolCallStatus::Success, ToolCallStatus::Cancelled];
    assert_eq!(outcomes(reply.messages()), statuses);
}

#[tokio::test]
async fn tool_cancels_the_run_and_keeps_its_result() {
    let stop = FnTool::new("stop", any_object(), |context, _| async move {
        context.cancel_run();
        Ok("Stopped.".into())
    });
    let script = [ScriptedReply::call("stop", json!({})), ScriptedReply::text("Good.")];
    let chat = scripted(script).tool(stop).build().unwrap().conversation("c");
    assert!(chat.send("Go.").await.unwrap_err().is_cancelled());
    let reply = chat.send("Continue.").await.unwrap();
    assert_eq!(outcomes(reply.messages()), [ToolCallStatus::Success]);
}

#[tokio::test]
async fn policy_cancels_the_run_before_the_call_runs() {
    let effects = Effects::default();
    let script = [call("work", "a"), ScriptedReply::text("Good.")];
    let agent = scripted(script)
        .tool(work(&effects))
        .policy(|_, context| {
            context.cancel_run();
            Verdict::Deny("The run is cancelled.".to_owned())
        })
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    assert!(chat.send("Go.").await.unwrap_err().is_cancelled());
    assert!(effects.all().is_empty());
    let reply = chat.send("Continue.").await.unwrap();
    assert_eq!(outcomes(reply.messages()), [ToolCallStatus::Superseded]);
    assert!(effects.all().is_empty());
}

#[tokio::test]
async fn model_middleware_cancels_the_run() {
    let model = ScriptedModel::new([ScriptedReply::text("Good.")]);
    let agent = agent(&model).build().unwrap();
    let chat = agent.conversation("c");
    let run = chat.send("Go.").model_middleware(|_, _| async move {
        Err(Error::new(ErrorKind::Cancelled, "the budget of the day is spent"))
    });
    let error = run.into_future().await.unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    assert_eq!(error.to_string(), "the budget of the day is spent");
    assert_eq!(error.partial_run().unwrap().messages.len(), 1);
    assert_eq!(chat.resume().await.unwrap().text(), "Good.");
}

#[tokio::test]
async fn tool_of_a_sub_agent_cancels_the_run_of_the_sub_agent() {
    let stop = FnTool::new("stop", any_object(), |context, _| async move {
        context.cancel_run();
        std::future::pending().await
    });
    let inner = scripted([ScriptedReply::call("stop", json!({}))]).tool(stop).build().unwrap();
    let ask = FnTool::new("ask", any_object(), move |context, _| {
        let inner = inner.clone();
        async move {
            let error = inner.run_in(&context, "Go.").await.unwrap_err();
            Ok(format!("cancelled: {}", error.is_cancelled()).into())
        }
    });
    let script = [ScriptedReply::call("ask", json!({})), ScriptedReply::text("Done.")];
    let reply = scripted(script).tool(ask).build().unwrap().run("Go.").await.unwrap();
    assert_eq!(reply.calls().next().unwrap().result.unwrap().content.text(), "cancelled: true");
}
