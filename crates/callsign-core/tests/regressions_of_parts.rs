//! What a reviewer found around runs: imports that could not be sent, approvals that were checked
//! against another agent's tool, hooks that lost a pause, private parts in logs.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use callsign_core::agent::handoff::Handoff;
use callsign_core::journal::entry::Entry;
use callsign_core::traits::tool::ToolOutput;
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel, check_sendable};
use common::{Effects, FnTool, any_object, named, results, work};
use serde_json::json;

fn call(tool: &str, name: &str) -> Scripted {
    Scripted::call(tool, json!({"name": name}))
}

/// A conversation of two calls and an answer, as JSON Lines without the lines that have this.
async fn exported_without(what: &str) -> String {
    let reply = call("work", "a").and_call("work", json!({"name": "b"}));
    let model = ScriptedModel::new([reply, call("work", "c"), Scripted::text("Done.")]);
    let agent = common::agent(&model).tool(work(&Effects::default())).build().unwrap();
    let chat = agent.conversation("c");
    chat.send("Go.").await.unwrap();
    let lines = chat.export().await.unwrap();
    lines.lines().filter(|line| !line.contains(what)).map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn an_import_settles_calls_whose_results_are_lost() {
    for (lost, outcomes) in [
        (r#""entry":"result","call":0"#, [CallOutcome::NotCarriedOver, CallOutcome::Answered]),
        (r#""entry":"result""#, [CallOutcome::NotCarriedOver; 2]),
    ] {
        let lines = exported_without(lost).await;
        let model = ScriptedModel::new([Scripted::text("Yes.")]);
        let agent = common::agent(&model).build().unwrap();
        let chat = agent.import("d", &lines).await.unwrap();
        let reply = chat.send("And?").await.unwrap();
        check_sendable(&model.last_request().unwrap().messages).unwrap();
        let found: Vec<_> = results(reply.messages()).iter().map(|r| r.outcome).collect();
        assert_eq!(found[..2], outcomes);
        // So does a fork of it.
        let fork = chat.fork("e").await.unwrap().messages().await.unwrap();
        check_sendable(&fork).unwrap();
    }
}

#[tokio::test]
async fn an_import_mends_a_history() {
    let lines = r#"{"entry":"created","format":2,"key":"k"}
{"entry":"history","messages":[{"role":"tool","call_id":"x","content":"orphan"},{"role":"user","content":"Hi."}]}"#;
    let agent = common::agent(&ScriptedModel::new([])).build().unwrap();
    let chat = agent.import("c", lines).await.unwrap();
    let messages = chat.messages().await.unwrap();
    assert_eq!(messages.len(), 1);
    check_sendable(&messages).unwrap();
}

#[tokio::test]
async fn an_import_refuses_what_cannot_be_mended_with_its_line() {
    let lines = exported_without("nothing is without this").await;
    // The second reply has an id that the first one had.
    let ids: Vec<String> = lines
        .lines()
        .filter_map(|line| match serde_json::from_str(line).unwrap() {
            Entry::Assistant(reply) => Some(reply.message.tool_calls.first()?.id.clone()),
            _ => None,
        })
        .collect();
    let (first, second) = (format!(r#""id":"{}""#, ids[0]), format!(r#""id":"{}""#, ids[1]));
    assert!(lines.contains(&second));
    let broken = lines.replace(&second, &first);
    let line = 1 + broken.lines().zip(lines.lines()).position(|(one, other)| one != other).unwrap();
    let agent = common::agent(&ScriptedModel::new([])).build().unwrap();
    let error = agent.import("c", &broken).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("line {line} does not go")), "{error}");
    assert!(agent.import("c", &lines).await.is_ok());
}

#[cfg(feature = "validate")]
fn strict(argument: &str) -> serde_json::Value {
    json!({
        "type": "object",
        "properties": {argument: {"type": "string"}},
        "required": [argument],
        "additionalProperties": false,
    })
}

#[cfg(feature = "validate")]
#[tokio::test]
async fn other_arguments_are_checked_against_the_tool_of_the_agent_that_calls_it() {
    let pay =
        |argument: &str| {
            FnTool::new("pay", strict(argument), |_, arguments| async move {
                Ok(arguments.as_str().into())
            })
            .with(|spec| spec.approval = true)
        };
    let paying =
        ScriptedModel::new([Scripted::call("pay", json!({"iban": "1"})), Scripted::text("Paid.")]);
    let billing = common::agent(&paying).name("billing").tool(pay("iban")).build().unwrap();
    let model = ScriptedModel::new([Scripted::call("transfer_to_billing", json!({}))]);
    let builder = common::agent(&model).name("triage").tool(pay("name"));
    let chat = builder.handoff(&billing).build().unwrap().conversation("c");
    let asked = chat.send("Pay.").await.unwrap().approvals()[0].clone();
    let error = chat.approve_with(&asked, &json!({"name": "2"})).await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
    chat.approve_with(&asked, &json!({"iban": "2"})).await.unwrap();
    let reply = chat.resume().await.unwrap();
    let paid = &results(reply.messages())[1];
    assert!(paid.content.text().ends_with(r#"{"iban":"2"}"#), "{paid:?}");
}

#[tokio::test]
async fn what_a_tool_waits_for_passes_around_hooks() {
    for spawned in [false, true] {
        let effects = Effects::default();
        let paying = ScriptedModel::new([call("pay", "Ada"), Scripted::text("Ada is paid.")]);
        let pay = named("pay", &effects).with(|spec| spec.approval = true);
        let child = common::agent(&paying).name("child").tool(pay).build().unwrap();
        let asks = Scripted::call("ask", json!({"message": "Pay Ada."}));
        let model = ScriptedModel::new([asks, Scripted::text("Done.")]);
        let heard = Effects::default();
        let hears = heard.clone();
        let agent = common::agent(&model)
            .tool(child.as_tool("ask", "Asks."))
            .around_tools(|call, next| async move { next.call(call).await })
            .around_tools(move |call, next| {
                let hears = hears.clone();
                async move {
                    let called = next.call(call);
                    let output = if spawned { tokio::spawn(called).await? } else { called.await };
                    output.or_else(|error| {
                        hears.add(error.message());
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
        assert_eq!(results(reply.messages())[0].content.text(), "Ada is paid.");
        assert_eq!(effects.all(), ["Ada"]);
        assert_eq!(heard.all().is_empty(), !spawned);
    }
}

#[tokio::test]
async fn a_test_replaces_the_models_of_a_whole_team() {
    let real = ScriptedModel::new([]);
    let billing = common::builder(real.clone()).name("billing").build().unwrap();
    let handoff = Handoff::to(&billing).returning();
    let triage = common::builder(real.clone()).name("triage").handoff(handoff).build().unwrap();
    let model = ScriptedModel::new([
        Scripted::call("transfer_to_billing", json!({})),
        Scripted::text("Billing here."),
    ]);
    let asked = Effects::default();
    let tested = triage.with_models(|name| {
        asked.add(name);
        model.clone()
    });
    let reply = tested.run("Bill me.").await.unwrap();
    assert_eq!((reply.text(), reply.agent()), ("Billing here.", Some("billing")));
    assert_eq!(asked.all(), ["billing", "triage"]);
    assert_eq!(real.requests().len(), 0);
}

#[tokio::test]
async fn private_parts_are_in_no_debug_text() {
    let output = || ToolOutput::new("Paid.").with_private(&json!({"card": "4111"}));
    let tool = FnTool::new("pay", any_object(), move |_, _| async move { output() });
    let model = ScriptedModel::new([call("pay", "Ada"), Scripted::text("Done.")]);
    let chat = common::agent(&model).tool(tool).build().unwrap().conversation("c");
    let reply = chat.send("Pay.").await.unwrap();
    assert_eq!(reply.private_results()[0].private, Some(json!({"card": "4111"})));
    let entries = chat.entries().await.unwrap();
    let output = output().unwrap();
    for shown in [format!("{reply:?}"), format!("{entries:?}"), format!("{output:#?}")] {
        assert!(!shown.contains("4111"), "{shown}");
        assert!(shown.contains("private: Some("), "{shown}");
    }
    // All else is shown as before.
    let shown = format!("{:?}", &entries[2]);
    assert_eq!(shown, r#"User { message: UserMessage { content: Text("Pay.") } }"#);
}

#[tokio::test]
async fn a_tool_in_the_team_in_the_way_of_the_answer_is_told_at_once() {
    let model = ScriptedModel::new([]);
    let final_answer = named("final_answer", &Effects::default());
    let billing = common::agent(&model).name("billing").tool(final_answer).build().unwrap();
    let triage = common::agent(&model).name("triage").handoff(&billing).build().unwrap();
    let chat = triage.conversation("c");
    let error = chat.send("Go.").output::<Vec<u32>>().await.unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("`billing`"), "{error}");
    assert_eq!(chat.entries().await.unwrap(), []);
}
