//! Approvals of calls in sub-agents.

use std::future::IntoFuture as _;
use std::sync::Arc;
use std::time::Duration;

use callsign_core::memory::MemoryStore;
use callsign_core::run::reply::Outcome;
use callsign_testkit::{ScriptedReply, check_sendable};
use callsign_types::id::AppendId;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::store::Store;
use serde_json::json;

use super::{Shared, child_of, parent, received, research};
use crate::common::{Effects, FnTool, any_object, ask, call, outcomes, payer, scripted, texts};

#[tokio::test]
async fn approval_in_a_nested_sub_agent_pauses_the_parent_in_every_process() {
    let (effects, store) = (Effects::default(), Shared::default());
    // Each process has its own agents, and all share one store.
    let process =
        |boss: Vec<ScriptedReply>, middle: Vec<ScriptedReply>, inner: Vec<ScriptedReply>| {
            let inner = payer(inner, &effects);
            let middle = scripted(middle).name("middle").tool(inner.as_tool("dig", "Digs."));
            let middle = middle.build().unwrap();
            parent(boss, &middle, &store).conversation("c")
        };
    let both = call("pay", "Ada").and_call("pay", json!({"name": "Bob"}));
    let dig = ScriptedReply::call("dig", json!({"message": "Pay them."}));
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
    assert_eq!(first.resume().await.unwrap().approvals(), requests, "no decision yet");

    // Another process approves one call and resumes. The other call still waits.
    let second = process(vec![], vec![], vec![]);
    second.approve(ada).await.unwrap();
    second.approve(ada).await.unwrap(); // a repeated decision counts once
    assert!(second.deny(ada, "no").await.unwrap_err().is_approval_stale());
    let paused = second.resume().await.unwrap();
    assert_eq!(paused.approvals(), std::slice::from_ref(bob));
    assert_eq!(effects.all(), ["Ada"]);

    let third = process(
        vec![ScriptedReply::text("All done.")],
        vec![ScriptedReply::text("One was paid.")],
        vec![ScriptedReply::text("Ada was paid, Bob was not.")],
    );
    third.deny(bob, "Not Bob.").await.unwrap();
    let reply = third.resume().await.unwrap();
    assert_eq!((reply.outcome(), reply.text()), (&Outcome::Answered, "All done."));
    assert_eq!(received(&reply), [(ToolCallStatus::Success, "One was paid.".to_owned())]);
    assert_eq!(effects.all(), ["Ada"]);
    assert!(third.deny(bob, "Not Bob.").await.unwrap_err().is_approval_stale());
    check_sendable(reply.messages()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn remaining_approval_can_be_decided_while_the_sub_agent_runs() {
    let (effects, store) = (Effects::default(), Shared::default());
    let both = ScriptedReply::call("pay", json!({"name": "Ada", "ms": 50}));
    let both = both.and_call("pay", json!({"name": "Bob"}));
    let child = payer([both, ScriptedReply::text("Paid.")], &effects);
    let chat = parent([research(), ScriptedReply::text("Done.")], &child, &store).conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    let (ada, bob) = (&paused.approvals()[0], &paused.approvals()[1]);
    chat.approve(ada).await.unwrap();
    let approve_second = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(chat.approvals().await.unwrap(), std::slice::from_ref(bob));
        chat.approve(bob).await.unwrap();
        assert!(effects.all().is_empty(), "the first call still runs");
    };
    let (reply, ()) = tokio::join!(chat.resume().into_future(), approve_second);
    assert_eq!(reply.unwrap().text(), "Done.");
    assert_eq!(effects.all(), ["Ada", "Bob"]);
}

#[tokio::test]
async fn decision_delivered_only_to_the_sub_agent_can_be_repeated() {
    use callsign_types::approval::{ApprovalDecision, Decision};
    use callsign_types::traits::store::InboxItem;
    let (effects, store) = (Effects::default(), Shared::default());
    let child = payer([call("pay", "Ada"), ScriptedReply::text("Paid.")], &effects);
    let chat = parent([research(), ScriptedReply::text("Done.")], &child, &store).conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    let request = &paused.approvals()[0];
    // The approving process has ended between the two deliveries.
    let answer = ApprovalDecision::Approved { arguments: None };
    let decision = Decision::new(request.call, &*request.fingerprint, answer);
    let item = InboxItem::Decision { decision };
    store.deliver(&request.conversation, AppendId::random(), item).await.unwrap();
    assert_eq!(chat.resume().await.unwrap().approvals(), paused.approvals());
    assert!(
        chat.deny(request, "no").await.unwrap_err().is_approval_stale(),
        "the first decision counts"
    );
    chat.approve(request).await.unwrap();
    assert_eq!(chat.resume().await.unwrap().text(), "Done.");
    assert_eq!(effects.all(), ["Ada"]);
}

#[tokio::test]
async fn new_message_supersedes_pending_calls_of_sub_agents() {
    let (effects, store) = (Effects::default(), Shared::default());
    let child = payer([call("pay", "Ada")], &effects);
    let chat =
        parent([research(), ScriptedReply::text("All right.")], &child, &store).conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    let reply = chat.send("No, leave it.").await.unwrap();
    assert_eq!(received(&reply)[0].0, ToolCallStatus::Superseded);
    assert!(chat.approve(&paused.approvals()[0]).await.unwrap_err().is_approval_stale());
    assert!(chat.approvals().await.unwrap().is_empty());
    assert!(effects.all().is_empty());
}

#[tokio::test]
async fn rename_during_a_pause_repeats_no_call_of_a_sub_agent() {
    let effects = Effects::default();
    let both = call("work", "mail").and_call("pay", json!({"name": "Ada"}));
    let inner = payer([both, ScriptedReply::text("Paid.")], &effects);
    let middle = [ask("pay_them"), ScriptedReply::text("All paid.")];
    let middle = scripted(middle).tool(inner.as_tool("pay_them", "Pays.")).build().unwrap();
    let agent = scripted([ask("ask"), ScriptedReply::text("Done.")])
        .tool(middle.as_tool("ask", "Asks."))
        .build()
        .unwrap();
    let chat = agent.conversation("draft");
    let paused = chat.send("Go.").await.unwrap();
    let chat = chat.rename("final").await.unwrap();
    let requests = chat.approvals().await.unwrap();
    assert_eq!(requests[0].via[0].conversation.as_str(), "final", "the current id");
    assert_eq!(requests[0].via[1..], paused.approvals()[0].via[1..]);
    assert_eq!(requests[0].conversation, paused.approvals()[0].conversation);
    chat.approve(&requests[0]).await.unwrap();
    let reply = chat.resume().await.unwrap();
    assert_eq!((reply.text(), effects.all()), ("Done.", vec!["mail".to_owned(), "Ada".to_owned()]));
}

#[tokio::test]
async fn superseded_call_cannot_be_approved_in_a_sub_agent() {
    let (effects, store) = (Effects::default(), Arc::new(MemoryStore::new()));
    let inner = payer([call("pay", "Ada"), ScriptedReply::text("I did not pay.")], &effects);
    let middle = scripted([ask("pay_them")]).tool(inner.as_tool("pay_them", "Pays."));
    let middle = middle.build().unwrap();
    let agent = scripted([ask("ask"), ScriptedReply::text("Fine.")])
        .tool(middle.as_tool("ask", "Asks."))
        .store(store.clone())
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    let request = chat.send("Go.").await.unwrap().approvals()[0].clone();
    let reply = chat.send("No, do not.").await.unwrap();
    assert_eq!(
        (reply.text(), outcomes(reply.messages())),
        ("Fine.", vec![ToolCallStatus::Superseded])
    );
    // The request is withdrawn in the conversation of each agent.
    let inner_chat = inner.with_store(store.clone()).conversation(request.conversation.clone());
    let middle_chat = middle.with_store(store).conversation(request.via[1].conversation.clone());
    for nested_chat in [&middle_chat, &inner_chat] {
        assert_eq!(nested_chat.approvals().await.unwrap(), []);
        let mut own = request.clone();
        own.via.retain(|site| site.conversation == *nested_chat.id());
        let error = nested_chat.approve(&own).await.unwrap_err();
        assert!(error.is_approval_stale(), "{error}");
    }
    let reply = inner_chat.resume().await.unwrap();
    assert_eq!(
        (reply.text(), outcomes(reply.messages())),
        ("I did not pay.", vec![ToolCallStatus::Superseded])
    );
    assert!(inner_chat.approvals().await.unwrap().is_empty());
    assert_eq!(effects.all(), Vec::<String>::new());
}

#[tokio::test]
async fn run_inside_a_tool_call_that_needs_approval_fails_with_a_remedy() {
    let effects = Effects::default();
    let inner = payer([call("pay", "Ada")], &effects);
    let tool = FnTool::new("ask", any_object(), move |context, _| {
        let inner = inner.clone();
        async move {
            let error = inner.run_in(&context, "Pay Ada.").await.unwrap_err();
            assert!(error.is_paused(), "{error}");
            assert!(error.partial_run().unwrap().messages.len() > 1, "{error:?}");
            Ok(error.to_string().into())
        }
    });
    let agent = scripted([ask("ask"), ScriptedReply::text("So.")]).tool(tool).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!(
        texts(reply.messages())[2],
        "a call of `pay` needs approval, and a run inside a tool call cannot wait for it: make the \
         agent a sub-agent with `.as_tool(…)`, so that the approval pauses the parent run"
    );
    assert_eq!(effects.all(), Vec::<String>::new());
}
