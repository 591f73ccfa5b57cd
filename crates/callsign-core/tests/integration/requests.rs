//! Limits, usage and cost count for a whole request: across pauses, cancellations and crashes.

use std::sync::Arc;

use callsign_core::agent::builder::AgentBuilder;
use callsign_core::agent::conversation::Conversation;
use callsign_core::memory::MemoryStore;
use callsign_core::run::reply::Reply;
use callsign_testkit::ScriptedReply;
use callsign_types::error::{Error, ErrorKind};
use callsign_types::id::AppendId;
use callsign_types::journal::entry::Entry;
use callsign_types::limits::{LimitKind, Limits};
use callsign_types::pricing::{Cost, Price, PriceTable};
use callsign_types::traits::context::Context;
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
