//! A conversation that is handed over to another agent, and back.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use callsign_core::agent::builder::AgentBuilder;
use callsign_core::agent::handoff::Handoff;
use callsign_core::memory::MemoryStore;
use callsign_core::run::reply::Outcome;
use callsign_core::traits::context::Context;
use callsign_core::traits::policy::{ProposedCall, Verdict};
use callsign_core::words::event::Event;
use callsign_core::words::request::Request;
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel, check_sendable};
use common::{Effects, named, results, work};
use serde_json::json;

type Shared = Arc<MemoryStore>;

fn named_agent(name: &str, model: &ScriptedModel) -> AgentBuilder {
    common::builder(model.clone()).name(name).instructions(format!("You are {name}."))
}

fn model(script: impl IntoIterator<Item = Scripted>) -> ScriptedModel {
    ScriptedModel::new(script)
}

fn transfer(to: &str) -> Scripted {
    Scripted::call(format!("transfer_to_{to}"), json!({}))
}

fn tools(request: &Request) -> Vec<String> {
    request.tools.iter().map(|tool| tool.name.to_string()).collect()
}

fn said(request: &Request) -> Vec<String> {
    request.messages.iter().map(|message| message.text().into_owned()).collect()
}

#[tokio::test]
async fn the_other_agent_goes_on_in_this_run_in_later_ones_and_in_other_processes() {
    let (effects, store) = (Effects::default(), Shared::default());
    let ask = model([transfer("billing"), Scripted::text("Triage again.")]).ignore_rest();
    let bill = model([Scripted::text("Which bill?"), Scripted::text("Paid.")]);
    let billing = named_agent("billing", &bill).tool(work(&effects)).build().unwrap();
    let build = |model: &ScriptedModel| {
        let handoff = Handoff::to(&billing).with_description("It knows all bills.");
        named_agent("triage", model).handoff(handoff).store(store.clone()).build().unwrap()
    };
    let agent = build(&ask);
    let mut run = agent.conversation("c").send("My bill!").stream();
    let mut handed = Vec::new();
    while let Some(event) = run.next().await {
        if let Event::HandedOff { to } = event {
            handed.push(to.to_string());
        }
    }
    let reply = run.await.unwrap();
    assert_eq!((reply.text(), reply.agent()), ("Which bill?", Some("billing")));
    assert_eq!(handed, ["billing"]);
    let first = &ask.requests()[0];
    assert_eq!(tools(first), ["transfer_to_billing"]);
    assert!(first.tools[0].description.contains("It knows all bills."));
    let seen = &bill.requests()[0];
    assert_eq!(tools(seen), ["work"]);
    assert_eq!(seen.instructions.as_deref(), Some("You are billing."));
    assert_eq!(said(seen)[0], "My bill!", "it sees what was said before");
    check_sendable(&seen.messages).unwrap();
    // Another process.
    let reply = build(&model([])).conversation("c").send("The red one.").await.unwrap();
    assert_eq!((reply.text(), reply.agent()), ("Paid.", Some("billing")));
    // One that does not know the other agent says so.
    let stranger = common::builder(model([])).store(store.clone()).build().unwrap();
    let error = stranger.conversation("c").send("?").await.unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("`billing`"), "{error}");
}

#[tokio::test]
async fn without_history_the_other_agent_is_told_a_message() {
    let message = json!({"message": "Ada wants bill 7."});
    let ask = model([
        Scripted::call("transfer_to_billing", json!({"message": " "})),
        Scripted::call("transfer_to_billing", message),
    ]);
    let bill = model([Scripted::text("Here it is.")]);
    let billing = named_agent("billing", &bill).build().unwrap();
    let handoff = Handoff::to(&billing).without_history();
    let agent = named_agent("triage", &ask).handoff(handoff).build().unwrap();
    let reply = agent.run("A secret, and then bill 7.").await.unwrap();
    assert_eq!(reply.text(), "Here it is.");
    assert_eq!(said(&bill.requests()[0]), ["Ada wants bill 7."]);
}

#[tokio::test]
async fn a_message_that_came_meanwhile_is_not_lost_without_history() {
    // Whichever of the two calls is the last one to have its answer.
    for asked in ["pay", "transfer_to_billing"] {
        let (effects, store) = (Effects::default(), Shared::default());
        let call = Scripted::call("pay", json!({"name": "Ada"}))
            .and_call("transfer_to_billing", json!({"message": "Go on."}));
        let bill = model([Scripted::text("Yes.")]);
        let billing = named_agent("billing", &bill).build().unwrap();
        let policy = move |call: &ProposedCall, _: &Context| {
            let asks = call.tool.name() == asked;
            if asks { Verdict::Ask(String::new()) } else { Verdict::Allow }
        };
        let agent = named_agent("triage", &model([call]))
            .tool(named("pay", &effects))
            .policy(policy)
            .handoff(Handoff::to(&billing).without_history())
            .store(store.clone())
            .build()
            .unwrap();
        let chat = agent.conversation("c");
        let paused = chat.send("Pay, and go on.").await.unwrap();
        assert_eq!(paused.approvals()[0].tool, asked);
        chat.deliver("Quickly!").await.unwrap();
        chat.approve(&paused.approvals()[0]).await.unwrap();
        assert_eq!(chat.resume().await.unwrap().text(), "Yes.");
        assert_eq!(said(&bill.requests()[0]), ["Go on.", "Quickly!"], "{asked} was last");
        assert_eq!(effects.all(), ["Ada"]);
    }
}

#[tokio::test]
async fn calls_beside_a_transfer_are_the_first_agents() {
    let (effects, store) = (Effects::default(), Shared::default());
    let call = transfer("billing")
        .and_call("pay", json!({"name": "Ada"}))
        .and_call("work", json!({"name": "w"}));
    let bill = model([Scripted::text("Yes.")]);
    let billing = named_agent("billing", &bill).build().unwrap();
    let agent = named_agent("triage", &model([call]))
        .tool(named("pay", &effects).with(|spec| spec.approval = true))
        .tool(work(&effects))
        .handoff(&billing)
        .store(store)
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    let paused = chat.send("Go.").await.unwrap();
    assert_eq!(paused.agent(), None, "the conversation is not the other's yet");
    chat.approve(&paused.approvals()[0]).await.unwrap();
    let reply = chat.resume().await.unwrap();
    assert_eq!((reply.text(), reply.agent()), ("Yes.", Some("billing")));
    assert_eq!(effects.all(), ["w", "Ada"]);
    assert_eq!(bill.requests()[0].instructions.as_deref(), Some("You are billing."));
}

#[tokio::test]
async fn of_two_transfers_in_one_reply_the_first_counts() {
    let ask = model([transfer("sales").and_call("transfer_to_billing", json!({}))]);
    let sell = model([Scripted::text("Sold.")]);
    let sales = named_agent("sales", &sell).build().unwrap();
    let billing = named_agent("billing", &model([])).build().unwrap();
    let agent = named_agent("triage", &ask).handoff(&billing).handoff(&sales).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!((reply.text(), reply.agent()), ("Sold.", Some("sales")));
    let results = results(reply.messages());
    assert_eq!(results[0].outcome, CallOutcome::Answered);
    assert_eq!(results[1].outcome, CallOutcome::NotRun);
    assert!(results[1].content.text().starts_with("Not transferred"), "{results:?}");
}

#[tokio::test]
async fn a_conversation_comes_back_and_goes_further() {
    let ask = model([transfer("billing"), transfer("billing"), Scripted::text("Bye.")]);
    let bill = model([transfer("triage"), transfer("archive")]);
    let store = model([transfer("billing")]);
    // billing ⇄ archive, and triage ⇄ billing: the archive's way back leads to billing.
    let archive = named_agent("archive", &store).build().unwrap();
    let billing = named_agent("billing", &bill);
    let billing = billing.handoff(Handoff::to(&archive).returning()).build().unwrap();
    bill.push(transfer("triage"));
    let agent = named_agent("triage", &ask).handoff(Handoff::to(&billing).returning());
    let agent = agent.build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!((reply.text(), reply.agent()), ("Bye.", None), "it is the first agent's again");
    assert_eq!(tools(&bill.requests()[0]), ["transfer_to_archive", "transfer_to_triage"]);
    assert_eq!(tools(&store.requests()[0]), ["transfer_to_billing"]);
    assert_eq!(tools(&ask.requests()[2]), ["transfer_to_billing"]);
    assert_eq!(ask.requests()[2].instructions.as_deref(), Some("You are triage."));
    check_sendable(reply.messages()).unwrap();
}

#[tokio::test]
async fn the_other_agents_policies_count_once_it_has_the_conversation() {
    let effects = Effects::default();
    let bill = model([Scripted::call("work", json!({"name": "a"})), Scripted::text("No.")]);
    let billing = named_agent("billing", &bill)
        .tool(work(&effects))
        .policy(|_: &ProposedCall, _: &Context| Verdict::Deny("not here".to_owned()))
        .build()
        .unwrap();
    let agent = named_agent("triage", &model([transfer("billing")])).handoff(&billing);
    let reply = agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(results(reply.messages())[1].outcome, CallOutcome::Denied);
    assert!(effects.all().is_empty());
}

#[tokio::test]
async fn what_the_other_agent_asks_a_person_pauses_the_conversation() {
    let (effects, store) = (Effects::default(), Shared::default());
    let bill = model([Scripted::call("pay", json!({"name": "Ada"})), Scripted::text("Paid.")]);
    let pay = named("pay", &effects).with(|spec| spec.approval = true);
    let billing = named_agent("billing", &bill).tool(pay).build().unwrap();
    let agent = named_agent("triage", &model([transfer("billing")])).handoff(&billing);
    let chat = agent.store(store).build().unwrap().conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    assert!(matches!(paused.outcome(), Outcome::Paused(_)));
    chat.approve(&paused.approvals()[0]).await.unwrap();
    assert_eq!(chat.resume().await.unwrap().text(), "Paid.");
    assert_eq!(effects.all(), ["Ada"]);
}

struct Tenant;

#[tokio::test]
async fn what_the_other_agent_expects_the_first_run_is_given() {
    let bill = model([Scripted::text("Yes.")]);
    let billing = named_agent("billing", &bill).expects::<Tenant>().build().unwrap();
    let ask = model([transfer("billing")]);
    let agent = named_agent("triage", &ask).handoff(&billing).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert!(error.to_string().contains("Tenant"), "{error}");
    assert_eq!(agent.run("Go.").with(Tenant).await.unwrap().text(), "Yes.");
}

#[tokio::test]
async fn agents_are_told_apart_by_their_names() {
    let quiet = model([]);
    let error = |builder: AgentBuilder| builder.build().unwrap_err().to_string();
    let nameless = common::builder(quiet.clone()).build().unwrap();
    let message = error(named_agent("triage", &quiet).handoff(&nameless));
    assert!(message.contains("no name"), "{message}");
    let billing = || named_agent("billing", &quiet).build().unwrap();
    let message = error(named_agent("triage", &quiet).handoff(billing()).handoff(billing()));
    assert!(message.contains("two agents") && message.contains("`billing`"), "{message}");
    let back = named_agent("billing", &quiet);
    let back = back.handoff(named_agent("triage", &quiet).build().unwrap()).build().unwrap();
    let message = error(named_agent("triage", &quiet).handoff(&back));
    assert!(message.contains("`triage`") && message.contains("returning()"), "{message}");
    let message =
        error(common::builder(quiet.clone()).handoff(Handoff::to(&billing()).returning()));
    assert!(message.contains("no name"), "{message}");
    // A name that services don't take as it is.
    let odd = named_agent("Rechnungen & Mahnungen", &quiet).build().unwrap();
    let ask = model([transfer("Rechnungen___Mahnungen")]);
    let agent = named_agent("triage", &ask).handoff(odd.with_model(model([Scripted::text("Ja.")])));
    let reply = agent.build().unwrap().run("Los.").await.unwrap();
    assert_eq!((reply.text(), reply.agent()), ("Ja.", Some("Rechnungen & Mahnungen")));
}

#[tokio::test]
async fn a_tool_that_appears_after_the_handing_over_keeps_to_its_rules() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use callsign_core::traits::tool::Predicate;

    let effects = Effects::default();
    let asked = Arc::new(AtomicUsize::new(0));
    let pay = named("pay", &effects).with(|spec| {
        spec.approval = true;
        spec.when = Some(Predicate::new(move |_| asked.fetch_add(1, Ordering::SeqCst) > 0));
    });
    let script = [Scripted::call("pay", json!({"name": "Ada"})), Scripted::text("Paid.")];
    let b = common::builder(ScriptedModel::new(script).ignore_rest()).name("b").tool(pay);
    let b = b.build().unwrap();
    let script = [Scripted::call("transfer_to_b", json!({}))];
    let a = common::builder(ScriptedModel::new(script)).name("a").handoff(&b).build().unwrap();
    let reply = a.conversation("c").send("Go.").await.unwrap();
    assert!(effects.all().is_empty(), "nobody approved it");
    assert_eq!(reply.approvals().len(), 1);
}
