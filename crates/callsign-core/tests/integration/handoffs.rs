//! Handoffs of a conversation to another agent, and back.

use std::sync::Arc;

use callsign_core::agent::builder::AgentBuilder;
use callsign_core::agent::handoff::Handoff;
use callsign_core::memory::MemoryStore;
use callsign_core::run::reply::Outcome;
use callsign_testkit::{ScriptedModel, ScriptedReply, check_sendable};
use callsign_types::event::Event;
use callsign_types::request::Request;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::context::Context;
use callsign_types::traits::policy::{PendingToolCall, Verdict};
use serde_json::json;

use crate::common::{Effects, agent, builder, named, results, work};

type Shared = Arc<MemoryStore>;

fn named_agent(name: &str, model: &ScriptedModel) -> AgentBuilder {
    builder(model.clone()).name(name).instructions(format!("You are {name}."))
}

fn model(script: impl IntoIterator<Item = ScriptedReply>) -> ScriptedModel {
    ScriptedModel::new(script)
}

fn transfer(to: &str) -> ScriptedReply {
    ScriptedReply::call(format!("transfer_to_{to}"), json!({}))
}

fn tools(request: &Request) -> Vec<String> {
    request.tools.iter().map(|tool| tool.name.to_string()).collect()
}

fn contents(request: &Request) -> Vec<String> {
    request.messages.iter().map(|message| message.text().into_owned()).collect()
}

#[tokio::test]
async fn target_agent_continues_in_this_run_and_in_later_runs_of_every_process() {
    let (effects, store) = (Effects::default(), Shared::default());
    let triage_model =
        model([transfer("billing"), ScriptedReply::text("Triage again.")]).ignore_rest();
    let billing_model = model([ScriptedReply::text("Which bill?"), ScriptedReply::text("Paid.")]);
    let billing = named_agent("billing", &billing_model).tool(work(&effects)).build().unwrap();
    let build = |model: &ScriptedModel| {
        let handoff = Handoff::to(&billing).with_description("It knows all bills.");
        named_agent("triage", model).handoff(handoff).store(store.clone()).build().unwrap()
    };
    let agent = build(&triage_model);
    let mut run = agent.conversation("c").send("My bill!").stream();
    let mut targets = Vec::new();
    while let Some(event) = run.next().await {
        if let Event::HandedOff { to } = event {
            targets.push(to.to_string());
        }
    }
    let reply = run.await.unwrap();
    assert_eq!((reply.text(), reply.agent()), ("Which bill?", Some("billing")));
    assert_eq!(targets, ["billing"]);
    let first = &triage_model.requests()[0];
    assert_eq!(tools(first), ["transfer_to_billing"]);
    assert!(first.tools[0].description.contains("It knows all bills."));
    let seen = &billing_model.requests()[0];
    assert_eq!(tools(seen), ["work"]);
    assert_eq!(seen.instructions.as_deref(), Some("You are billing."));
    assert_eq!(contents(seen)[0], "My bill!", "it receives the earlier messages");
    check_sendable(&seen.messages).unwrap();
    // Another process continues with the same agent.
    let reply = build(&model([])).conversation("c").send("The red one.").await.unwrap();
    assert_eq!((reply.text(), reply.agent()), ("Paid.", Some("billing")));
    // A process whose agent does not know the target agent reports it.
    let stranger = builder(model([])).store(store.clone()).build().unwrap();
    let error = stranger.conversation("c").send("?").await.unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("`billing`"), "{error}");
}

#[tokio::test]
async fn handoff_without_history_passes_only_the_message() {
    let message = json!({"message": "Ada wants bill 7."});
    let triage_model = model([
        ScriptedReply::call("transfer_to_billing", json!({"message": " "})),
        ScriptedReply::call("transfer_to_billing", message),
    ]);
    let billing_model = model([ScriptedReply::text("Here it is.")]);
    let billing = named_agent("billing", &billing_model).build().unwrap();
    let handoff = Handoff::to(&billing).without_history();
    let agent = named_agent("triage", &triage_model).handoff(handoff).build().unwrap();
    let reply = agent.run("A secret, and then bill 7.").await.unwrap();
    assert_eq!(reply.text(), "Here it is.");
    assert_eq!(contents(&billing_model.requests()[0]), ["Ada wants bill 7."]);
}

#[tokio::test]
async fn message_enqueued_during_a_handoff_without_history_is_kept() {
    // Either of the two calls may be the last one to get its result.
    for asked in ["pay", "transfer_to_billing"] {
        let (effects, store) = (Effects::default(), Shared::default());
        let call = ScriptedReply::call("pay", json!({"name": "Ada"}))
            .and_call("transfer_to_billing", json!({"message": "Continue."}));
        let billing_model = model([ScriptedReply::text("Yes.")]);
        let billing = named_agent("billing", &billing_model).build().unwrap();
        let policy = move |call: &PendingToolCall, _: &Context| {
            let is_asked = call.tool.name() == asked;
            if is_asked { Verdict::Ask(String::new()) } else { Verdict::Allow }
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
        chat.enqueue("Quickly!").await.unwrap();
        chat.approve(&paused.approvals()[0]).await.unwrap();
        assert_eq!(chat.resume().await.unwrap().text(), "Yes.");
        assert_eq!(
            contents(&billing_model.requests()[0]),
            ["Continue.", "Quickly!"],
            "{asked} was last"
        );
        assert_eq!(effects.all(), ["Ada"]);
    }
}

#[tokio::test]
async fn other_calls_of_a_handoff_response_use_the_first_agent() {
    let (effects, store) = (Effects::default(), Shared::default());
    let call = transfer("billing")
        .and_call("pay", json!({"name": "Ada"}))
        .and_call("work", json!({"name": "w"}));
    let billing_model = model([ScriptedReply::text("Yes.")]);
    let billing = named_agent("billing", &billing_model).build().unwrap();
    let agent = named_agent("triage", &model([call]))
        .tool(named("pay", &effects).with(|spec| spec.approval = true))
        .tool(work(&effects))
        .handoff(&billing)
        .store(store)
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    let paused = chat.send("Go.").await.unwrap();
    assert_eq!(paused.agent(), None, "the handoff has not happened yet");
    chat.approve(&paused.approvals()[0]).await.unwrap();
    let reply = chat.resume().await.unwrap();
    assert_eq!((reply.text(), reply.agent()), ("Yes.", Some("billing")));
    assert_eq!(effects.all(), ["w", "Ada"]);
    assert_eq!(billing_model.requests()[0].instructions.as_deref(), Some("You are billing."));
}

#[tokio::test]
async fn first_of_two_handoffs_in_one_response_counts() {
    let triage_model = model([transfer("sales").and_call("transfer_to_billing", json!({}))]);
    let sales_model = model([ScriptedReply::text("Sold.")]);
    let sales = named_agent("sales", &sales_model).build().unwrap();
    let billing = named_agent("billing", &model([])).build().unwrap();
    let agent =
        named_agent("triage", &triage_model).handoff(&billing).handoff(&sales).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!((reply.text(), reply.agent()), ("Sold.", Some("sales")));
    let results = results(reply.messages());
    assert_eq!(results[0].status, ToolCallStatus::Success);
    assert_eq!(results[1].status, ToolCallStatus::NotRun);
    assert!(results[1].content.text().starts_with("Not transferred"), "{results:?}");
}

#[tokio::test]
async fn conversation_can_return_and_be_handed_over_again() {
    let triage_model =
        model([transfer("billing"), transfer("billing"), ScriptedReply::text("Bye.")]);
    let billing_model = model([transfer("triage"), transfer("archive")]);
    let archive_model = model([transfer("billing")]);
    // billing ⇄ archive, and triage ⇄ billing: the archive returns to billing.
    let archive = named_agent("archive", &archive_model).build().unwrap();
    let billing = named_agent("billing", &billing_model);
    let billing = billing.handoff(Handoff::to(&archive).allow_return()).build().unwrap();
    billing_model.push(transfer("triage"));
    let agent = named_agent("triage", &triage_model).handoff(Handoff::to(&billing).allow_return());
    let agent = agent.build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!((reply.text(), reply.agent()), ("Bye.", None), "it is back at the first agent");
    assert_eq!(tools(&billing_model.requests()[0]), ["transfer_to_archive", "transfer_to_triage"]);
    assert_eq!(tools(&archive_model.requests()[0]), ["transfer_to_billing"]);
    assert_eq!(tools(&triage_model.requests()[2]), ["transfer_to_billing"]);
    assert_eq!(triage_model.requests()[2].instructions.as_deref(), Some("You are triage."));
    check_sendable(reply.messages()).unwrap();
}

#[tokio::test]
async fn policies_of_the_target_agent_apply_after_the_handoff() {
    let effects = Effects::default();
    let billing_model =
        model([ScriptedReply::call("work", json!({"name": "a"})), ScriptedReply::text("No.")]);
    let billing = named_agent("billing", &billing_model)
        .tool(work(&effects))
        .policy(|_, _| Verdict::Deny("not here".to_owned()))
        .build()
        .unwrap();
    let agent = named_agent("triage", &model([transfer("billing")])).handoff(&billing);
    let reply = agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(results(reply.messages())[1].status, ToolCallStatus::Denied);
    assert!(effects.all().is_empty());
}

#[tokio::test]
async fn approval_of_the_target_agent_pauses_the_conversation() {
    let (effects, store) = (Effects::default(), Shared::default());
    let billing_model =
        model([ScriptedReply::call("pay", json!({"name": "Ada"})), ScriptedReply::text("Paid.")]);
    let pay = named("pay", &effects).with(|spec| spec.approval = true);
    let billing = named_agent("billing", &billing_model).tool(pay).build().unwrap();
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
async fn context_required_by_the_target_agent_is_required_for_the_run() {
    let billing_model = model([ScriptedReply::text("Yes.")]);
    let billing =
        named_agent("billing", &billing_model).requires_context::<Tenant>().build().unwrap();
    let triage_model = model([transfer("billing")]);
    let agent = named_agent("triage", &triage_model).handoff(&billing).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert!(error.to_string().contains("Tenant"), "{error}");
    assert_eq!(agent.run("Go.").context(Tenant).await.unwrap().text(), "Yes.");
}

#[tokio::test]
async fn team_requires_unique_names() {
    let unused = model([]);
    let error = |builder: AgentBuilder| builder.build().unwrap_err().to_string();
    let nameless = builder(unused.clone()).build().unwrap();
    let message = error(named_agent("triage", &unused).handoff(&nameless));
    assert!(message.contains("no name"), "{message}");
    let billing = || named_agent("billing", &unused).build().unwrap();
    let message = error(named_agent("triage", &unused).handoff(billing()).handoff(billing()));
    assert!(message.contains("two agents") && message.contains("`billing`"), "{message}");
    let back = named_agent("billing", &unused);
    let back = back.handoff(named_agent("triage", &unused).build().unwrap()).build().unwrap();
    let message = error(named_agent("triage", &unused).handoff(&back));
    assert!(message.contains("`triage`") && message.contains("allow_return()"), "{message}");
    let message = error(builder(unused.clone()).handoff(Handoff::to(&billing()).allow_return()));
    assert!(message.contains("no name"), "{message}");
    // A name that is not valid in a tool name is replaced there.
    let odd = named_agent("Rechnungen & Mahnungen", &unused).build().unwrap();
    let triage_model = model([transfer("Rechnungen___Mahnungen")]);
    let agent = named_agent("triage", &triage_model)
        .handoff(odd.with_model(model([ScriptedReply::text("Ja.")])));
    let reply = agent.build().unwrap().run("Los.").await.unwrap();
    assert_eq!((reply.text(), reply.agent()), ("Ja.", Some("Rechnungen & Mahnungen")));
}

#[tokio::test]
async fn tool_enabled_after_the_handoff_still_requires_approval() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use callsign_types::traits::tool::Predicate;

    let effects = Effects::default();
    let asked = Arc::new(AtomicUsize::new(0));
    let pay = named("pay", &effects).with(|spec| {
        spec.approval = true;
        spec.enabled_if = Some(Predicate::new(move |_| asked.fetch_add(1, Ordering::SeqCst) > 0));
    });
    let script = [ScriptedReply::call("pay", json!({"name": "Ada"})), ScriptedReply::text("Paid.")];
    let b = builder(ScriptedModel::new(script).ignore_rest()).name("b").tool(pay);
    let b = b.build().unwrap();
    let script = [ScriptedReply::call("transfer_to_b", json!({}))];
    let a = builder(ScriptedModel::new(script)).name("a").handoff(&b).build().unwrap();
    let reply = a.conversation("c").send("Go.").await.unwrap();
    assert!(effects.all().is_empty(), "it was not approved");
    assert_eq!(reply.approvals().len(), 1);
}

#[tokio::test]
async fn with_models_replaces_the_models_of_the_whole_team() {
    let real = ScriptedModel::new([]);
    let billing = builder(real.clone()).name("billing").build().unwrap();
    let handoff = Handoff::to(&billing).allow_return();
    let triage = builder(real.clone()).name("triage").handoff(handoff).build().unwrap();
    let model = ScriptedModel::new([
        ScriptedReply::call("transfer_to_billing", json!({})),
        ScriptedReply::text("Billing here."),
    ]);
    let requested = Effects::default();
    let tested = triage.with_models(|name| {
        requested.add(name);
        model.clone()
    });
    let reply = tested.run("Bill me.").await.unwrap();
    assert_eq!((reply.text(), reply.agent()), ("Billing here.", Some("billing")));
    assert_eq!(requested.all(), ["billing", "triage"]);
    assert_eq!(real.requests().len(), 0);
}

#[tokio::test]
async fn tool_of_the_team_named_like_the_output_tool_is_an_error() {
    let model = ScriptedModel::new([]);
    let final_answer = named("final_answer", &Effects::default());
    let billing = agent(&model).name("billing").tool(final_answer).build().unwrap();
    let triage = agent(&model).name("triage").handoff(&billing).build().unwrap();
    let chat = triage.conversation("c");
    let error = chat.send("Go.").output::<Vec<u32>>().await.unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("`billing`"), "{error}");
    assert_eq!(chat.entries().await.unwrap(), []);
}
