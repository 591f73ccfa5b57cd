//! Agents as tools of agents: their conversations, their approvals, their errors, their drops.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::future::IntoFuture as _;
use std::sync::Arc;
use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::agent::builder::AgentBuilder;
use callsign_core::journal::entry::Entry;
use callsign_core::memory::MemoryStore;
use callsign_core::run::reply::{Outcome, Reply};
use callsign_core::traits::context::Context;
use callsign_core::traits::states::States;
use callsign_core::traits::store::Store;
use callsign_core::traits::tool::{Arguments, Tool};
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::finish::FinishReason;
use callsign_core::words::id::{AppendId, ConversationId};
use callsign_core::words::limits::Limits;
use callsign_core::words::message::UserMessage;
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel, check_sendable};
use common::slow_store::SlowStore;
use common::{Effects, FnTool, any_object, named, poll_times, results, work};
use serde::Deserialize;
use serde_json::json;

type Shared = Arc<MemoryStore>;

fn builder(script: impl IntoIterator<Item = Scripted>) -> AgentBuilder {
    common::builder(ScriptedModel::new(script))
}

/// `research` is an agent of this script, with the tool `work` and the tool `pay`, which has to be
/// approved.
fn researcher(script: impl IntoIterator<Item = Scripted>, effects: &Effects) -> Agent {
    let pay = named("pay", effects).with(|spec| spec.approval = true);
    builder(script).name("researcher").tool(work(effects)).tool(pay).build().unwrap()
}

fn parent(script: impl IntoIterator<Item = Scripted>, child: &Agent, store: &Shared) -> Agent {
    let tool = child.as_tool("research", "Finds out.");
    builder(script).name("boss").tool(tool).store(store.clone()).build().unwrap()
}

fn research() -> Scripted {
    Scripted::call("research", json!({"message": "What is it?"}))
}

fn call(tool: &str, name: &str) -> Scripted {
    Scripted::call(tool, json!({ "name": name }))
}

fn heard(reply: &Reply) -> Vec<(CallOutcome, String)> {
    let results = results(reply.messages());
    results.iter().map(|result| (result.outcome, result.content.text().into_owned())).collect()
}

/// The name of the conversation behind the first call of the conversation `c`.
async fn child_of(store: &Shared, parent: &str, tool: &str) -> ConversationId {
    let entries = store.load(&parent.into(), 0..1).await.unwrap();
    let Entry::Created { key, .. } = &entries[0] else { unreachable!("it comes first") };
    format!("callsign:{}-0/{tool}", key.as_str()).into()
}

#[tokio::test]
async fn an_agent_answers_as_a_tool() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [call("work", "a"), Scripted::text("It is a fish.")];
    let child = researcher(script, &effects);
    let model = ScriptedModel::new([research(), Scripted::text("A fish.")]);
    let agent = common::builder(model.clone())
        .tool(child.as_tool("research", "Finds out."))
        .store(store.clone())
        .build()
        .unwrap();
    let reply = agent.conversation("c").send("Well?").await.unwrap();
    assert_eq!(reply.text(), "A fish.");
    assert_eq!(heard(&reply), [(CallOutcome::Answered, "It is a fish.".to_owned())]);
    let tool = &model.requests()[0].tools[0];
    assert_eq!((&*tool.name, &*tool.description), ("research", "Finds out."));
    assert_eq!(tool.parameters["required"], json!(["message"]));
    // Its conversation is beside the parent's, in the parent's store.
    let id = child_of(&store, "c", "research").await;
    let kept = store.load(&id, 0..u64::MAX).await.unwrap();
    let asked = kept.iter().any(
        |entry| matches!(entry, Entry::User { message } if message.content.text() == "What is it?"),
    );
    assert!(asked, "{kept:?}");
}

#[derive(Deserialize, schemars::JsonSchema)]
struct Topic {
    /// What it is about.
    topic: String,
    depth: Option<u32>,
}

#[cfg_attr(not(feature = "validate"), ignore = "only with `validate` unknown keys are refused")]
#[tokio::test]
async fn an_agent_takes_arguments_of_a_type() {
    let child_model = ScriptedModel::new([Scripted::text("Deep.")]);
    let child = common::builder(child_model.clone()).build().unwrap();
    let tool = child.as_tool("dig", "Digs.").arguments(|Topic { topic, depth }| {
        UserMessage::from(format!("Dig for {topic}, {} deep.", depth.unwrap_or(1)))
    });
    let dig = |arguments| Scripted::call("dig", arguments);
    let script = [
        dig(json!({"topic": "gold", "far": 1})),
        dig(json!({"topic": "gold", "depth": 3})),
        Scripted::text("So."),
    ];
    let reply = builder(script).tool(tool).build().unwrap().run("Go.").await.unwrap();
    let heard = heard(&reply);
    assert_eq!(heard[0].0, CallOutcome::InvalidArguments);
    assert!(heard[0].1.contains("far"), "{heard:?}");
    assert_eq!(heard[1], (CallOutcome::Answered, "Deep.".to_owned()));
    let asked = &child_model.last_request().unwrap().messages;
    assert_eq!(asked.last().unwrap().text(), "Dig for gold, 3 deep.");
}

#[tokio::test]
async fn an_approval_inside_pauses_the_parent_also_two_deep_and_in_another_process() {
    let (effects, store) = (Effects::default(), Shared::default());
    // Each process has its own agents, on one store.
    let process = |boss: Vec<Scripted>, middle: Vec<Scripted>, inner: Vec<Scripted>| {
        let inner = researcher(inner, &effects);
        let middle = builder(middle).name("middle").tool(inner.as_tool("dig", "Digs."));
        let middle = middle.build().unwrap();
        parent(boss, &middle, &store).conversation("c")
    };
    let both = call("pay", "Ada").and_call("pay", json!({"name": "Bob"}));
    let dig = Scripted::call("dig", json!({"message": "Pay them."}));
    let first = process(vec![research()], vec![dig], vec![both]);
    let paused = first.send("Pay them.").await.unwrap();
    let requests = paused.approvals().to_vec();
    assert_eq!(requests.len(), 2);
    let (ada, bob) = (&requests[0], &requests[1]);
    assert_eq!(ada.arguments_value(), json!({"name": "Ada"}));
    let via: Vec<_> = ada.via.iter().map(|site| site.conversation.as_str()).collect();
    let middle = child_of(&store, "c", "research").await;
    assert_eq!(via, ["c", middle.as_str()]);
    assert_eq!(ada.conversation, child_of(&store, middle.as_str(), "dig").await);
    assert_eq!(first.resume().await.unwrap().approvals(), requests, "nobody has decided");

    // Another process approves one, and goes on: the other one still waits.
    let second = process(vec![], vec![], vec![]);
    second.approve(ada).await.unwrap();
    assert!(second.approve(ada).await.unwrap_err().is_settled(), "an approval is used once");
    assert!(second.deny(ada, "no").await.unwrap_err().is_settled());
    let paused = second.resume().await.unwrap();
    assert_eq!(paused.approvals(), std::slice::from_ref(bob));
    assert_eq!(effects.all(), ["Ada"]);

    let third = process(
        vec![Scripted::text("All done.")],
        vec![Scripted::text("One was paid.")],
        vec![Scripted::text("Ada was paid, Bob was not.")],
    );
    third.deny(bob, "Not Bob.").await.unwrap();
    let reply = third.resume().await.unwrap();
    assert_eq!((reply.outcome(), reply.text()), (&Outcome::Answered, "All done."));
    assert_eq!(heard(&reply), [(CallOutcome::Answered, "One was paid.".to_owned())]);
    assert_eq!(effects.all(), ["Ada"]);
    assert!(third.deny(bob, "Not Bob.").await.unwrap_err().is_settled());
    check_sendable(reply.messages()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_left_can_be_decided_while_the_agent_goes_on() {
    let (effects, store) = (Effects::default(), Shared::default());
    let both = Scripted::call("pay", json!({"name": "Ada", "ms": 50}));
    let both = both.and_call("pay", json!({"name": "Bob"}));
    let child = researcher([both, Scripted::text("Paid.")], &effects);
    let chat = parent([research(), Scripted::text("Done.")], &child, &store).conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    let (ada, bob) = (&paused.approvals()[0], &paused.approvals()[1]);
    chat.approve(ada).await.unwrap();
    let beside = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(chat.approvals().await.unwrap(), std::slice::from_ref(bob));
        chat.approve(bob).await.unwrap();
        assert!(effects.all().is_empty(), "Ada is being paid");
    };
    let (reply, ()) = tokio::join!(chat.resume().into_future(), beside);
    assert_eq!(reply.unwrap().text(), "Done.");
    assert_eq!(effects.all(), ["Ada", "Bob"]);
}

#[tokio::test]
async fn a_decision_that_reached_the_agent_alone_is_repeated_to_the_end() {
    use callsign_core::traits::store::InboxItem;
    use callsign_core::words::approval::{Decision, DecisionAnswer};
    let (effects, store) = (Effects::default(), Shared::default());
    let child = researcher([call("pay", "Ada"), Scripted::text("Paid.")], &effects);
    let chat = parent([research(), Scripted::text("Done.")], &child, &store).conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    let request = &paused.approvals()[0];
    // The process that approved has ended between the two deliveries.
    let answer = DecisionAnswer::Approved { arguments: None };
    let decision = Decision::new(request.call, &*request.fingerprint, answer);
    let item = InboxItem::Decision { decision };
    store.deliver(&request.conversation, AppendId::random(), item).await.unwrap();
    assert_eq!(chat.resume().await.unwrap().approvals(), paused.approvals());
    assert!(chat.deny(request, "no").await.unwrap_err().is_settled(), "who decides first, decides");
    chat.approve(request).await.unwrap();
    assert_eq!(chat.resume().await.unwrap().text(), "Done.");
    assert_eq!(effects.all(), ["Ada"]);
}

#[tokio::test]
async fn saying_something_else_withdraws_what_waits_inside() {
    let (effects, store) = (Effects::default(), Shared::default());
    let child = researcher([call("pay", "Ada")], &effects);
    let chat = parent([research(), Scripted::text("All right.")], &child, &store).conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    let reply = chat.send("No, leave it.").await.unwrap();
    assert_eq!(heard(&reply)[0].0, CallOutcome::Withdrawn);
    assert!(chat.approve(&paused.approvals()[0]).await.unwrap_err().is_settled());
    assert!(chat.approvals().await.unwrap().is_empty());
    assert!(effects.all().is_empty());
}

/// The conversations of a run in which a researcher worked twice: the parent's, and its own.
async fn worked(repeatable: bool) -> (Shared, ConversationId) {
    let (effects, store) = (Effects::default(), Shared::default());
    let chat = crashing(0, 0, repeatable, &effects, &store);
    chat.conversation("c").send("Well?").await.unwrap();
    let id = child_of(&store, "c", "research").await;
    (store, id)
}

/// The agents of a process that finds so many replies in the journals of the two.
fn crashing(
    boss: usize,
    inner: usize,
    repeatable: bool,
    effects: &Effects,
    store: &Shared,
) -> Agent {
    let script = [call("work", "0"), call("work", "1"), Scripted::text("It is a fish.")];
    let child = builder(script.into_iter().skip(inner))
        .tool(work(effects).with(|spec| spec.idempotent = repeatable))
        .build()
        .unwrap();
    parent([research(), Scripted::text("A fish.")].into_iter().skip(boss), &child, store)
}

fn replies(entries: &[Entry]) -> usize {
    entries.iter().filter(|entry| matches!(entry, Entry::Assistant(_))).count()
}

fn numbers(entries: &[Entry], of: fn(&Entry) -> Option<u64>) -> Vec<String> {
    entries.iter().filter_map(of).map(|number| number.to_string()).collect()
}

fn begun(entry: &Entry) -> Option<u64> {
    match entry {
        Entry::Started { call } => Some(call.0),
        _ => None,
    }
}

fn finished(entry: &Entry) -> Option<u64> {
    match entry {
        Entry::Result { call, .. } => Some(call.0),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_after_any_entry_of_the_agent_can_be_resumed() {
    for repeatable in [false, true] {
        let (whole, child) = worked(repeatable).await;
        let mut outer = whole.load(&"c".into(), 0..u64::MAX).await.unwrap();
        let at = outer.iter().position(|entry| finished(entry).is_some()).unwrap();
        outer.truncate(at);
        let inner = whole.load(&child, 0..u64::MAX).await.unwrap();
        // Its first commit is whole, or there is none.
        let first = inner.iter().position(|entry| matches!(entry, Entry::User { .. })).unwrap() + 1;
        for length in std::iter::once(0).chain(first..=inner.len()) {
            let kept = &inner[..length];
            let (effects, store) = (Effects::default(), Shared::default());
            store.append(&"c".into(), 0, AppendId::random(), &outer).await.unwrap();
            store.append(&child, 0, AppendId::random(), kept).await.unwrap();
            let agent = crashing(1, replies(kept), repeatable, &effects, &store);
            let reply = agent.conversation("c").resume().await.unwrap();
            assert_eq!(reply.text(), "A fish.", "after {length} entries");
            assert_eq!(heard(&reply), [(CallOutcome::Answered, "It is a fish.".to_owned())]);
            let done = effects.all();
            let never = numbers(kept, finished).into_iter();
            let never = never.chain(numbers(kept, begun).into_iter().filter(|_| !repeatable));
            for number in never {
                assert!(!done.contains(&number), "call {number} was begun again, {length} kept");
            }
        }
    }
}

/// Drops the parent after so many polls, and says something else then or resumes it; answers
/// whether it had ended before.
async fn drop_after(polls: usize, resumes: bool) -> bool {
    let (effects, store) = (Effects::default(), SlowStore::default());
    let work_for = |name: &str, ms: u64| Scripted::call("work", json!({"name": name, "ms": ms}));
    let script = [work_for("0", 5), work_for("1", 50), Scripted::text("A fish.")];
    let child = common::builder(ScriptedModel::new(script).ignore_rest());
    let child = child.tool(work(&effects)).build().unwrap();
    let agent = |model| {
        let tool = child.as_tool("research", "Finds out.");
        common::builder(model).tool(tool).store(store.clone()).build().unwrap()
    };
    let first = agent(ScriptedModel::new([research(), Scripted::text("A fish.")]).ignore_rest());
    let run = first.conversation("c").send("Well?").stream();
    let ended = poll_times(run, polls).await.map(Result::unwrap).is_some();
    // Whoever waits for the parent has waited for the agent, too.
    first.conversation("c").settled().await.unwrap();
    let done = effects.all();
    let outer = store.memory.load(&"c".into(), 0..u64::MAX).await.unwrap();
    if !outer.is_empty() {
        let child = child_of(&Arc::new(store.memory.clone()), "c", "research").await;
        let inner = store.memory.load(&child, 0..u64::MAX).await.unwrap();
        assert_eq!(numbers(&inner, finished), done, "after {polls} polls");
        let cancelled = inner.iter().any(|entry| matches!(entry, Entry::Cancelled { .. }));
        let answered = replies(&inner) == 3;
        assert!(inner.is_empty() || cancelled || answered, "after {polls} polls");
    }
    let next = ScriptedModel::new([Scripted::text("Good.")]).ignore_rest();
    let chat = agent(next.clone()).conversation("c");
    let reply = if resumes && !outer.is_empty() {
        chat.resume().await.unwrap()
    } else {
        chat.send("And now?").await.unwrap()
    };
    check_sendable(reply.messages()).unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(effects.all(), done, "nothing goes on that nobody waits for, nor is begun again");
    ended
}

#[tokio::test(start_paused = true)]
async fn a_parent_that_is_dropped_anywhere_drops_the_agent_and_keeps_what_it_had_finished() {
    for resumes in [false, true] {
        let mut polls = 0;
        while !drop_after(polls, resumes).await {
            polls += 1;
        }
        assert!(polls > 15, "only {polls} awaits were found");
    }
}

#[tokio::test]
async fn the_model_hears_in_a_line_that_an_agent_did_not_finish() {
    let secret = || Error::new(ErrorKind::Authentication, "the key sk-12345 is not accepted");
    let looping = [call("work", "a"), call("work", "b")];
    let cases = [
        (vec![Scripted::text("Half").finish(FinishReason::Length)], CallOutcome::Told, "was cut"),
        (
            vec![Scripted::text("Ha").finish(FinishReason::ContentFilter)],
            CallOutcome::Told,
            "withheld",
        ),
        (looping.into(), CallOutcome::Told, "limit of turns"),
        (vec![Scripted::error(secret())], CallOutcome::Failed, "The tool `research` failed."),
        (vec![Scripted::empty()], CallOutcome::Answered, "without saying anything"),
    ];
    for (script, outcome, text) in cases {
        let effects = Effects::default();
        let child = builder(script).tool(work(&effects)).limits(Limits::default().turns(1));
        let child = child.build().unwrap();
        let reply = parent([research(), Scripted::text("Well.")], &child, &Shared::default());
        let reply = reply.run("Go.").await.unwrap();
        let heard = heard(&reply);
        assert_eq!(heard[0].0, outcome, "{heard:?}");
        assert!(heard[0].1.contains(text), "{heard:?}");
        assert!(!heard[0].1.contains("sk-12345"), "{heard:?}");
    }
}

struct Tenant(&'static str);

#[tokio::test]
async fn what_a_run_is_given_is_handed_down_and_has_to_be_expected() {
    let tool = FnTool::new("whose", any_object(), |context: Context, _| async move {
        Ok(context.given::<Tenant>().unwrap().0.into())
    });
    let script = [Scripted::call("whose", json!({})), Scripted::text("Theirs.")];
    let child_model = ScriptedModel::new(script);
    let child =
        common::builder(child_model.clone()).expects::<Tenant>().tool(tool).build().unwrap();
    let tool = || child.as_tool("research", "Finds out.");
    let error = builder([]).tool(tool()).build().unwrap_err();
    assert!(error.to_string().contains("`research`"), "{error}");
    assert!(error.to_string().contains("Tenant"), "{error}");
    let script = [research(), Scripted::text("So.")];
    let agent = builder(script).tool(tool()).expects::<Tenant>().build().unwrap();
    agent.run("Whose is it?").with(Tenant("acme")).await.unwrap();
    let told = results(&child_model.last_request().unwrap().messages);
    assert_eq!(told[0].content.text(), "acme");
}

#[tokio::test]
async fn an_agent_that_would_be_a_tool_of_itself_is_refused_with_the_way() {
    let named = |name: &str| builder([]).name(name);
    let inner = named("triage").build().unwrap();
    let billing = named("billing").tool(inner.as_tool("ask_triage", "Asks.")).build().unwrap();
    let error = named("triage").tool(billing.as_tool("bill", "Bills.")).build().unwrap_err();
    assert!(error.is_configuration());
    let message = error.to_string();
    assert!(message.contains("`triage` → `billing` → `triage`"), "{message}");
    // Agents without a name can't be told apart, and each is another one.
    let one = builder([]).build().unwrap();
    let two = builder([]).tool(one.as_tool("one", "One.")).build().unwrap();
    builder([]).tool(two.as_tool("two", "Two.")).build().unwrap();
}

#[tokio::test]
async fn an_agent_can_be_asked_from_within_a_tool() {
    let child_model = ScriptedModel::new([Scripted::text("A fish.").usage(3, 4)]);
    let child = common::builder(child_model.clone()).expects::<Tenant>().build().unwrap();
    let tool = FnTool::new("ask", any_object(), move |context: Context, _| {
        let child = child.clone();
        async move { Ok(child.run_within(&context, "What is it?").await?.text().into()) }
    });
    let script =
        [Scripted::call("ask", json!({})).usage(10, 1), Scripted::text("So.").usage(20, 2)];
    let agent = builder(script).tool(tool).expects::<Tenant>().build().unwrap();
    let reply = agent.run("Ask.").with(Tenant("acme")).await.unwrap();
    assert_eq!(heard(&reply), [(CallOutcome::Answered, "A fish.".to_owned())]);
    assert_eq!(reply.usage().total_tokens(), 33 + 7);
}

#[tokio::test]
async fn an_agent_can_be_called_by_hand() {
    let child = builder([Scripted::text("A fish.")]).build().unwrap();
    let context = Context::detached(States::default());
    let tool = child.as_tool("research", "Finds out.");
    let output = tool.call(context.clone(), Arguments::new(r#"{"message":"?"}"#)).await;
    assert_eq!(output.unwrap().content.text(), "A fish.");
    let empty = tool.call(context, Arguments::new(r#"{"message":""}"#)).await.unwrap_err();
    assert!(empty.is_retry(), "{empty:?}");
}
