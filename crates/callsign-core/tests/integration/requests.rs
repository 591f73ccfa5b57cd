//! Limits, usage and cost count for a whole request: across pauses, cancellations and crashes.

use std::sync::Arc;

use callsign_core::agent::builder::AgentBuilder;
use callsign_core::agent::conversation::Conversation;
use callsign_core::memory::MemoryStore;
use callsign_core::run::reply::Reply;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::id::AppendId;
use callsign_types::journal::entry::{Entry, RunStarted};
use callsign_types::limits::{LimitKind, Limits};
use callsign_types::pricing::{Cost, Price, PriceTable};
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::context::Context;
use callsign_types::traits::conversation_index::ConversationQuery;
use callsign_types::traits::store::Store;
use serde_json::json;

use crate::common;
use crate::common::{Effects, FnTool, any_object, call, named, send_and_drop, work};

fn pay(name: &str) -> ScriptedReply {
    call("pay", name).usage(100, 10)
}

fn done() -> ScriptedReply {
    ScriptedReply::text("Done.").usage(100, 10)
}

/// An agent with the tool `pay`, which requires approval, and the tool `work`, which does not.
fn payer(script: impl IntoIterator<Item = ScriptedReply>) -> AgentBuilder {
    let pay = named("pay", &Effects::default()).with(|spec| spec.approval = true);
    let prices = PriceTable::new().with("", Price::per_million(1_000.0, 1_000.0));
    common::scripted(script).tool(pay).tool(work(&Effects::default())).prices(prices)
}

fn chat(builder: AgentBuilder) -> Conversation {
    builder.build().unwrap().conversation("c")
}

/// Approves what waits, and resumes until the run ends.
async fn approve_all(chat: &Conversation, mut reply: Reply) -> Result<Reply, Error> {
    while !reply.approvals().is_empty() {
        for request in reply.approvals() {
            chat.approve(request).await?;
        }
        reply = chat.resume().await?;
    }
    Ok(reply)
}

#[tokio::test]
async fn reply_after_pauses_counts_the_whole_request() {
    let chat = chat(payer([pay("a"), pay("b"), done()]));
    let paused = chat.send("Pay.").await.unwrap();
    assert_eq!((paused.turns(), paused.tool_calls()), (1, 1));
    let reply = approve_all(&chat, paused).await.unwrap();
    assert_eq!((reply.turns(), reply.tool_calls()), (3, 2));
    assert_eq!(reply.usage().total_tokens(), 330);
    assert_eq!(reply.cost(), Cost::new(0.33));
}

#[tokio::test]
async fn new_message_counts_anew() {
    let chat = chat(payer([call("work", "a").usage(100, 10), done(), done()]));
    assert_eq!(chat.send("Go.").await.unwrap().turns(), 2);
    let reply = chat.send("Again.").await.unwrap();
    assert_eq!((reply.turns(), reply.tool_calls()), (1, 0));
    assert_eq!(reply.usage().total_tokens(), 110);
}

#[tokio::test]
async fn limits_of_turns_and_calls_hold_across_pauses() {
    let chat = chat(payer([pay("a"), pay("b"), done()]).limits(Limits::default().max_turns(2)));
    let paused = chat.send("Pay.").await.unwrap();
    let reply = approve_all(&chat, paused).await.unwrap();
    assert_eq!(reply.limit_reached(), Some(LimitKind::Turns));

    let limits = Limits::default().max_tool_calls(1);
    let chat = self::chat(payer([pay("a"), pay("b"), done()]).limits(limits));
    let paused = chat.send("Pay.").await.unwrap();
    let reply = approve_all(&chat, paused).await.unwrap();
    assert_eq!(reply.limit_reached(), Some(LimitKind::ToolCalls));
    assert_eq!(reply.tool_calls(), 2, "the second one did not run");
}

#[tokio::test]
async fn limits_of_tokens_and_cost_hold_across_pauses() {
    let tokens = (Limits::default().max_total_tokens(200), LimitKind::Tokens);
    let cost = (Limits::default().max_cost(0.2), LimitKind::Cost);
    for (limits, kind) in [tokens, cost] {
        let chat = chat(payer([pay("a"), pay("b")]).limits(limits));
        let paused = chat.send("Pay.").await.unwrap();
        let error = approve_all(&chat, paused).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit(kind));
        assert_eq!(error.partial_run().unwrap().usage.total_tokens(), 220);
        // Resuming does not get around the limit.
        assert_eq!(chat.resume().await.unwrap_err().kind(), ErrorKind::Limit(kind));
    }
}

#[tokio::test]
async fn tools_of_a_resumed_run_have_what_is_left_of_its_budget() {
    let asks = FnTool::new("ask", any_object(), |context: Context, _| async move {
        Ok(context
            .ask("What is it?")
            .await
            .map_or_else(|error| error.to_string(), |_| "asked".into())
            .into())
    });
    let asks = asks.with(|spec| spec.approval = true);
    let script = [ScriptedReply::call("ask", json!({})).usage(100, 10)];
    let chat = chat(payer(script).tool(asks).limits(Limits::default().max_total_tokens(105)));
    let paused = chat.send("Go.").await.unwrap();
    let error = approve_all(&chat, paused).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(LimitKind::Tokens));
    let messages = chat.messages().await.unwrap();
    assert_ne!(common::results(&messages)[0].content.text(), "asked");
}

#[tokio::test]
async fn run_with_a_higher_limit_continues() {
    let chat = chat(payer([pay("a"), pay("b"), done()]));
    let low = || Limits::default().max_total_tokens(200);
    let paused = chat.send("Pay.").limits(low()).await.unwrap();
    chat.approve(&paused.approvals()[0]).await.unwrap();
    let paused = chat.resume().limits(low()).await.unwrap();
    chat.approve(&paused.approvals()[0]).await.unwrap();
    assert!(chat.resume().limits(low()).await.is_err());
    let reply = chat.resume().await.unwrap();
    assert_eq!((reply.text(), reply.turns()), ("Done.", 3));
}

#[tokio::test]
async fn limits_hold_across_cancellations() {
    let slow = ScriptedReply::call("work", json!({"ms": 60_000})).usage(100, 10);
    let chat = chat(payer([slow]).limits(Limits::default().max_total_tokens(100)));
    send_and_drop(&chat, 20).await;
    let error = chat.resume().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(LimitKind::Tokens));
}

#[tokio::test]
async fn counts_continue_after_a_crash_at_any_entry() {
    let script = || [call("work", "a").usage(100, 10), call("work", "b").usage(100, 10), done()];
    let store = Arc::new(MemoryStore::new());
    chat(payer(script()).store(store.clone())).send("Go.").await.unwrap();
    let whole = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    // The first commit is atomic.
    let first = whole.iter().position(|entry| matches!(entry, Entry::User { .. })).unwrap() + 1;
    for length in first..whole.len() {
        let (kept, store) = (&whole[..length], Arc::new(MemoryStore::new()));
        store.append(&"c".into(), 0, AppendId::random(), kept).await.unwrap();
        let received = kept.iter().filter(|entry| matches!(entry, Entry::Assistant(_))).count();
        let rest = script().into_iter().skip(received);
        let reply = chat(payer(rest).store(store)).resume().await.unwrap();
        assert_eq!((reply.turns(), reply.tool_calls()), (3, 2), "after {length} entries");
        assert_eq!(reply.usage().total_tokens(), 330, "after {length} entries");
    }
}

#[tokio::test]
async fn message_that_arrives_during_a_run_joins_its_request() {
    let slow = ScriptedReply::call("work", json!({"ms": 50})).usage(100, 10);
    let chat = chat(payer([slow, done()]));
    let other = chat.clone();
    let (reply, ()) = tokio::join!(chat.send("Go."), async move {
        other.enqueue("And more.").await.unwrap();
    });
    assert_eq!(reply.unwrap().usage().total_tokens(), 220);
}

#[tokio::test]
async fn message_that_arrives_with_an_approval_joins_the_request() {
    let chat = chat(payer([pay("Ada"), done()]));
    let paused = chat.send("Pay.").await.unwrap();
    chat.enqueue("By the way, be quick.").await.unwrap();
    chat.approve(&paused.approvals()[0]).await.unwrap();
    let reply = chat.resume().await.unwrap();
    assert_eq!((reply.calls().count(), reply.tool_calls(), reply.turns()), (1, 1, 2));
    assert_eq!(reply.usage().total_tokens(), 220);
}

#[tokio::test]
async fn message_that_supersedes_calls_begins_a_request() {
    let chat = chat(payer([pay("Ada"), done()]));
    chat.send("Pay.").await.unwrap();
    chat.enqueue("Wait.").await.unwrap();
    let reply = chat.send("No.").await.unwrap();
    assert_eq!((reply.calls().count(), reply.tool_calls(), reply.turns()), (0, 0, 1));
}

#[tokio::test]
async fn limit_of_a_tool_that_a_later_run_sets_counts_earlier_calls() {
    let two = call("work", "a").and_call("work", json!({"name": "b"}));
    let chat = chat(payer([two, pay("Ada"), call("work", "c"), done()]));
    let paused = chat.send("Go.").await.unwrap();
    chat.approve(&paused.approvals()[0]).await.unwrap();
    let limits = Limits::default().max_calls_of("work", 2);
    let reply = chat.resume().limits(limits).await.unwrap();
    let refused = common::outcomes(reply.messages());
    assert_eq!(refused.last(), Some(&ToolCallStatus::NotRun));
}

/// A parent with a sub-agent. In its first process the sub-agent spends 1,000 tokens and hangs; if
/// it is resumed, it spends 600.
fn slow_family(store: &Arc<MemoryStore>, is_resumed: bool) -> AgentBuilder {
    let begin = [call("work", "w").usage(1000, 0), ScriptedReply::text("never").and_hang()];
    let rest = ScriptedReply::text("x").usage(600, 0);
    let script = begin.into_iter().chain([rest]).skip(if is_resumed { 2 } else { 0 });
    let child = ScriptedModel::new(script).ignore_rest();
    let child = common::agent(&child).tool(work(&Effects::default())).build().unwrap();
    let script = [common::ask("child").usage(10, 0), ScriptedReply::text("Done.").usage(10, 0)];
    let script = script.into_iter().skip(usize::from(is_resumed));
    let parent = common::builder(ScriptedModel::new(script).ignore_rest());
    parent.tool(child.as_tool("child", "A child.")).store(store.clone())
}

#[tokio::test(start_paused = true)]
async fn spending_of_a_sub_agent_is_counted_after_a_cancellation() {
    let chat = chat(slow_family(&Arc::default(), false));
    send_and_drop(&chat, 100).await;
    assert_eq!(chat.resume().await.unwrap().usage().input_tokens, 1020);
}

#[tokio::test(start_paused = true)]
async fn spending_of_a_sub_agent_is_counted_after_a_crash() {
    for (limit, ends) in [(1500, false), (5000, true)] {
        let store = Arc::new(MemoryStore::new());
        send_and_drop(&chat(slow_family(&store, false)), 100).await;
        // A crash: the same journals without what the dropped runs have written.
        let copy = Arc::new(MemoryStore::new());
        let mut query = ConversationQuery::new();
        query.agents = true;
        for conversation in store.index().unwrap().list(&query).await.unwrap().conversations {
            let mut entries = store.load(&conversation.id, 0..u64::MAX).await.unwrap();
            entries.retain(|entry| {
                !matches!(entry, Entry::Cancelled { .. } | Entry::UsageRecorded { .. })
            });
            copy.append(&conversation.id, 0, AppendId::random(), &entries).await.unwrap();
        }
        let limits = Limits::default().max_total_tokens(limit);
        let resumed = slow_family(&copy, true).limits(limits).build().unwrap();
        let outcome = resumed.conversation("c").resume().await;
        assert_eq!(outcome.is_ok(), ends, "{outcome:?}");
        if let Ok(reply) = outcome {
            assert_eq!(reply.usage().input_tokens, 10 + 1000 + 600 + 10);
        }
    }
}

#[tokio::test]
async fn call_that_ends_its_process_is_not_started_forever() {
    let store = Arc::new(MemoryStore::new());
    let effects = Effects::default();
    let work = || work(&effects).with(|spec| spec.read_only = true);
    let agent = |script: Vec<ScriptedReply>| {
        common::scripted(script).tool(work()).store(store.clone()).build().unwrap()
    };
    let script = vec![call("work", "a"), done()];
    agent(script).conversation("whole").send("Go.").await.unwrap();
    let whole = store.load(&"whole".into(), 0..u64::MAX).await.unwrap();
    let at = whole.iter().position(|entry| matches!(entry, Entry::Assistant(_))).unwrap();
    for (crashes, runs) in [(1, true), (2, true), (3, false), (7, false)] {
        // The process ends in the call, and so does each one that resumes the conversation.
        let mut entries = whole[..=at].to_vec();
        for _ in 1..crashes {
            entries.push(Entry::RunStarted(RunStarted::unchanged(0)));
        }
        let conversation = format!("crashed {crashes} times");
        let id = conversation.as_str().into();
        store.append(&id, 0, AppendId::random(), &entries).await.unwrap();
        let before = effects.all().len();
        let reply = agent(vec![done()]).conversation(conversation).resume().await.unwrap();
        assert_eq!(effects.all().len() > before, runs, "{crashes} crashes");
        let expected = if runs { ToolCallStatus::Success } else { ToolCallStatus::Unknown };
        assert_eq!(common::outcomes(reply.messages()), [expected]);
    }
}
