//! What once went wrong, named after what was seen.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::future::IntoFuture as _;
use std::time::Duration;

use callsign_core::agent::conversation::Conversation;
use callsign_core::journal::entry::Entry;
use callsign_core::journal::repair::repair;
use callsign_core::memory::MemoryStore;
use callsign_core::traits::store::Store;
use callsign_core::traits::tool_error::ToolError;
use callsign_core::words::content::Part;
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::event::Event;
use callsign_core::words::finish::FinishReason;
use callsign_core::words::id::AppendId;
use callsign_core::words::limits::Limits;
use callsign_core::words::message::{AssistantMessage, Message, ToolCall};
use callsign_core::words::messages::Messages;
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel, check_sendable};
use common::slow_store::SlowStore;
use common::{Effects, FnTool, agent, any_object, results, work};
use serde_json::json;

fn texts(messages: &Messages) -> Vec<String> {
    messages.iter().map(|message| format!("{}: {}", message.role(), message.text())).collect()
}

fn chat(model: &ScriptedModel, effects: &Effects) -> Conversation {
    agent(model).tool(work(effects)).build().unwrap().conversation("c")
}

/// Sends, and drops the run after this time.
async fn send_and_drop(chat: &Conversation, ms: u64) {
    let run = tokio::time::timeout(Duration::from_millis(ms), chat.send("Go.").into_future());
    assert!(run.await.is_err(), "the run ended in time");
    chat.settled().await.unwrap();
}

#[tokio::test]
async fn an_invented_name_goes_back_in_a_form_that_services_take() {
    for name in ["multi_tool_use.parallel", "", "größte Suche"] {
        let call = Scripted::empty().and_call_raw("a", name, "{}");
        let model = ScriptedModel::new([call, Scripted::text("Well.")]);
        let chat = chat(&model, &Effects::default());
        let reply = chat.send("Go.").await.unwrap();
        check_sendable(&model.last_request().unwrap().messages).unwrap();
        let heard = results(reply.messages())[0].content.text().into_owned();
        assert!(heard.contains(&format!("`{name}`")), "{heard}");
    }
}

#[tokio::test]
async fn json_that_no_service_reads_is_not_sent_back() {
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    for arguments in [r#"{"a":"\ud800"}"#, r#"{"a":1e999}"#, &deep] {
        let call = Scripted::empty().and_call_raw("a", "work", arguments);
        let model = ScriptedModel::new([call, Scripted::text("Well.")]);
        let reply = chat(&model, &Effects::default()).send("Go.").await.unwrap();
        check_sendable(reply.messages()).unwrap();
        assert_eq!(results(reply.messages())[0].outcome, CallOutcome::InvalidArguments);
    }
}

#[tokio::test]
async fn a_delivered_message_is_heard_before_what_is_sent_after_it() {
    let model = ScriptedModel::new([Scripted::text("One."), Scripted::text("Both.")]);
    let chat = chat(&model, &Effects::default());
    chat.send("first").await.unwrap();
    chat.deliver("second").await.unwrap();
    chat.send("third").await.unwrap();
    let seen = texts(&model.last_request().unwrap().messages);
    assert_eq!(seen, ["user: first", "assistant: One.", "user: second", "user: third"]);
}

#[tokio::test]
async fn resuming_hears_what_was_delivered() {
    let model = ScriptedModel::new([Scripted::text("One."), Scripted::text("Two.")]);
    let chat = chat(&model, &Effects::default());
    chat.send("first").await.unwrap();
    chat.deliver("second").await.unwrap();
    assert_eq!(chat.resume().await.unwrap().text(), "Two.");
    // Nothing new since: the answer stands, and the journal does not grow.
    let again = chat.resume().await.unwrap();
    assert_eq!((again.text(), again.turns()), ("Two.", 1));
}

#[tokio::test(start_paused = true)]
async fn the_faults_of_a_run_that_was_cancelled_are_not_the_next_runs() {
    let call = Scripted::call("work", json!({"ms": 1000}));
    let model = ScriptedModel::new([call, Scripted::text("Never mind.")]);
    let effects = Effects::default();
    let limits = Limits::default().tool_faults(1);
    let agent = agent(&model).tool(work(&effects)).limits(limits).build().unwrap();
    let chat = agent.conversation("c");
    send_and_drop(&chat, 10).await;
    assert_eq!(chat.send("Never mind.").await.unwrap().text(), "Never mind.");
}

#[tokio::test]
async fn calls_that_are_not_run_do_not_make_good_for_faults() {
    let fails = FnTool::new("t", any_object(), |_, _| async { Err(ToolError::private("no")) });
    let twice = || Scripted::call("t", json!({}));
    let model = ScriptedModel::new([twice(), twice()]);
    let limits = Limits::default().tool_faults(2);
    let error = agent(&model).tool(fails).limits(limits).build().unwrap().run("Go.").await;
    assert!(error.unwrap_err().is_tool());
}

#[tokio::test(start_paused = true)]
async fn text_is_kept_when_the_time_is_over() {
    let model = ScriptedModel::new([Scripted::text("Half an").and_hang(), Scripted::text("Yes.")]);
    let limits = Limits::default().time(Duration::from_millis(50));
    let chat = agent(&model).limits(limits).build().unwrap().conversation("c");
    let error = chat.send("Tell me.").await.unwrap_err();
    assert!(error.is_limit());
    assert_eq!(error.partial_text(), "Half an");
    chat.send("Go on.").await.unwrap();
    let seen = texts(&model.last_request().unwrap().messages);
    assert_eq!(seen, ["user: Tell me.", "assistant: Half an", "user: Go on."]);
}

#[tokio::test]
async fn text_beside_calls_is_kept_when_the_reply_was_cut() {
    let reply = Scripted::text("Let me see").and_call("work", json!({}));
    let model = ScriptedModel::new([reply.finish(FinishReason::Length)]);
    let error = chat(&model, &Effects::default()).send("Go.").await.unwrap_err();
    assert_eq!(error.partial_text(), "Let me see");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_fragment_is_no_answer_and_no_end_of_a_request() {
    let model = ScriptedModel::new([Scripted::text("Half an").and_hang(), Scripted::empty()]);
    let chat = chat(&model, &Effects::default());
    send_and_drop(&chat, 10).await;
    assert_eq!(chat.resume().await.unwrap().text(), "");
    assert_eq!(texts(&model.last_request().unwrap().messages), ["user: Go."]);
}

#[tokio::test(start_paused = true)]
async fn the_messages_of_an_interrupted_conversation_can_be_sent() {
    let script = Scripted::call("work", json!({"ms": 1000})).and_call("work", json!({}));
    let model = ScriptedModel::new([script]);
    let chat = chat(&model, &Effects::default());
    send_and_drop(&chat, 10).await;
    let messages = chat.messages().await.unwrap();
    check_sendable(&messages).unwrap();
    let outcomes: Vec<_> = results(&messages).iter().map(|result| result.outcome).collect();
    assert_eq!(outcomes, [CallOutcome::Unknown, CallOutcome::Answered]);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_another_run_takes_none_of_the_time() {
    let slow = Scripted::text("Slow.").and_wait(Duration::from_millis(500));
    let model =
        ScriptedModel::new([slow, Scripted::text("Quick.").and_wait(Duration::from_millis(300))]);
    let agent = agent(&model).build().unwrap();
    let first = tokio::spawn(agent.conversation("c").send("One.").into_future());
    tokio::time::sleep(Duration::from_millis(1)).await;
    // Waiting and working take longer than this together, and each for itself does not.
    let limits = Limits::default().time(Duration::from_millis(600));
    let reply = agent.conversation("c").send("Two.").limits(limits).await.unwrap();
    assert_eq!(reply.text(), "Quick.");
    first.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_is_not_repeated_when_its_tool_is_no_longer_declared_to_be() {
    let store = MemoryStore::new();
    let effects = Effects::default();
    let model = ScriptedModel::new([
        Scripted::call("work", json!({"ms": 1000, "name": "a"})),
        Scripted::text("Who knows."),
    ]);
    let before = agent(&model).tool(work(&effects).with(|spec| spec.idempotent = true));
    let before = before.store(store.clone()).build().unwrap();
    send_and_drop(&before.conversation("c"), 10).await;
    // The process ended, and did not cancel: what `Drop` wrote is not there.
    let entries = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    let entries: Vec<_> =
        entries.into_iter().filter(|e| !matches!(e, Entry::Cancelled { .. })).collect();
    let crashed = MemoryStore::new();
    crashed.append(&"c".into(), 0, AppendId::random(), &entries).await.unwrap();
    let after = agent(&model).tool(work(&effects)).store(crashed).build().unwrap();
    let reply = after.conversation("c").resume().await.unwrap();
    assert_eq!(results(reply.messages())[0].outcome, CallOutcome::Unknown);
    assert!(effects.all().is_empty());
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "on purpose");
    }
}

#[tokio::test(start_paused = true)]
async fn a_destructor_that_panics_is_contained() {
    let tool = FnTool::new("t", any_object(), |_, _| async {
        let _guard = PanicsWhenDropped;
        std::future::pending().await
    });
    let model = ScriptedModel::new([Scripted::call("t", json!({})), Scripted::text("Well.")]);
    let reply = agent(&model).tool(tool).build().unwrap().run("Go.").await.unwrap();
    assert_eq!(results(reply.messages())[0].outcome, CallOutcome::Panicked);
}

#[tokio::test(start_paused = true)]
async fn of_two_fatal_calls_the_first_in_the_calls_order_is_told_with_its_own_error() {
    let fatal = |name: &str, ms| {
        let text = format!("error of {name}");
        FnTool::new(name, any_object(), move |_, _| {
            let text = text.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Err(ToolError::fatal(text))
            }
        })
    };
    let script = Scripted::call("a", json!({})).and_call("b", json!({}));
    let model = ScriptedModel::new([script]);
    let agent = agent(&model).tool(fatal("a", 20)).tool(fatal("b", 5)).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert!(error.to_string().contains("`a`"), "{error}");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "error of a");
}

#[tokio::test]
async fn calls_that_are_answered_without_being_run_are_events_too() {
    let reply = Scripted::call("work", json!({})).finish(FinishReason::Length);
    let model = ScriptedModel::new([reply]);
    let mut run = chat(&model, &Effects::default()).send("Go.").stream();
    let mut heard = Vec::new();
    while let Some(event) = run.next().await {
        if let Event::ToolResult(result) = event {
            heard.push((result.name.to_string(), result.outcome));
        }
    }
    assert_eq!(heard, [("work".to_owned(), CallOutcome::NotRun)]);
    assert!(run.await.unwrap_err().is_length());
}

#[tokio::test(start_paused = true)]
async fn a_run_can_be_cancelled_from_beside_it() {
    let effects = Effects::default();
    let store = SlowStore::default();
    let script = Scripted::text("Both. ")
        .and_call("work", json!({"name": "quick", "ms": 1}))
        .and_call("work", json!({"name": "slow", "ms": 1000}));
    let model = ScriptedModel::new([script.usage(7, 2), Scripted::text("Half").and_hang()]);
    let agent = agent(&model).tool(work(&effects)).store(store).build().unwrap();
    let chat = agent.conversation("c");
    let run = chat.send("Go.").stream();
    let canceller = run.canceller();
    let run = tokio::spawn(run);
    tokio::time::sleep(Duration::from_millis(100)).await;
    canceller.cancel();
    let error = run.await.unwrap().unwrap_err();
    assert!(error.is_cancelled());
    let progress = error.progress().unwrap();
    check_sendable(&progress.messages).unwrap();
    assert_eq!(progress.usage.total_tokens(), 9);
    let outcomes: Vec<_> =
        results(&progress.messages).iter().map(|result| result.outcome).collect();
    assert_eq!(outcomes, [CallOutcome::Answered, CallOutcome::Unknown]);

    let run = chat.send("Again.").stream();
    let canceller = run.canceller();
    let run = tokio::spawn(run);
    tokio::time::sleep(Duration::from_millis(100)).await;
    canceller.cancel();
    let error = run.await.unwrap().unwrap_err();
    assert_eq!(error.partial_text(), "Half");
}

#[tokio::test]
async fn a_run_that_has_ended_cannot_be_cancelled_any_more() {
    let model = ScriptedModel::new([Scripted::text("Done.")]);
    let mut run = chat(&model, &Effects::default()).send("Go.").stream();
    while run.next().await.is_some() {}
    assert_eq!(run.cancel().await.unwrap().text(), "Done.");
}

#[test]
fn results_that_come_later_are_found() {
    let call = |id: &str| {
        let tool_calls = vec![ToolCall::new(id, "t", "{}")];
        Message::Assistant(AssistantMessage { tool_calls, ..AssistantMessage::default() })
    };
    let mended = repair([
        call("1"),
        call("2"),
        Message::tool("2", "second"),
        Message::tool("1", "first"),
        Message::user("And?"),
        Message::tool("2", "too late"),
    ]);
    let mended = Messages::from(mended);
    check_sendable(&mended).unwrap();
    let said = texts(&mended);
    assert_eq!(said, ["assistant: ", "tool: first", "assistant: ", "tool: second", "user: And?"]);
}

#[tokio::test]
async fn a_run_has_instructions_and_options_of_its_own() {
    use callsign_core::words::request::Options;
    let model = ScriptedModel::new([Scripted::text("a"), Scripted::text("b"), Scripted::text("c")]);
    let agent = agent(&model).instructions("Be kind.").build().unwrap();
    let chat = agent.conversation("c");
    chat.send("1").instructions("Be brief.").options(Options::new().seed(7)).await.unwrap();
    chat.send("2").await.unwrap();
    chat.send("3").instructions("").await.unwrap();
    let seen: Vec<_> = model
        .requests()
        .iter()
        .map(|request| (request.instructions.as_deref().map(str::to_owned), request.options.seed))
        .collect();
    let expected = [
        (Some("Be brief.".to_owned()), Some(7)),
        (Some("Be kind.".to_owned()), None),
        (None, None),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_message_that_was_refused_does_not_spoil_the_conversation() {
    for kind in [ErrorKind::InvalidRequest, ErrorKind::ContentFiltered, ErrorKind::ContextLength] {
        let refused = || Scripted::error(Error::new(kind, "refused"));
        let script = [Scripted::text("Hello."), refused(), refused(), Scripted::text("Fine.")];
        let model = ScriptedModel::new(script);
        let chat = chat(&model, &Effects::default());
        chat.send("Hi.").await.unwrap();
        chat.send("Something bad.").await.unwrap_err();
        // Resumed, it is tried again; said in other words, it is left out.
        chat.resume().await.unwrap_err();
        let again = texts(&model.last_request().unwrap().messages);
        assert_eq!(again, ["user: Hi.", "assistant: Hello.", "user: Something bad."]);
        chat.send("Something good.").await.unwrap();
        let seen = texts(&model.last_request().unwrap().messages);
        assert_eq!(seen, ["user: Hi.", "assistant: Hello.", "user: Something good."]);
    }
    // What failed for another reason stays.
    let gone = Scripted::error(Error::new(ErrorKind::Transport, "gone"));
    let model = ScriptedModel::new([gone, Scripted::text("Both.")]);
    let chat = chat(&model, &Effects::default());
    chat.send("One.").await.unwrap_err();
    chat.send("Two.").await.unwrap();
    assert_eq!(texts(&model.last_request().unwrap().messages), ["user: One.", "user: Two."]);
}

#[tokio::test]
async fn nothing_is_kept_of_a_message_that_is_empty() {
    let model = ScriptedModel::new([Scripted::text("Hello.")]);
    let chat = chat(&model, &Effects::default());
    assert!(chat.send("").await.unwrap_err().is_configuration());
    assert!(chat.send(Vec::<Part>::new()).await.unwrap_err().is_configuration());
    chat.send("Hi.").await.unwrap();
    assert_eq!(texts(&model.last_request().unwrap().messages), ["user: Hi."]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_nobody_polls_is_not_waited_for_for_ever() {
    let model = ScriptedModel::new([Scripted::text("One two three.")]).ignore_rest();
    let limits = Limits::default().time(Duration::from_secs(5));
    let agent = agent(&model).limits(limits).build().unwrap();
    let chat = agent.conversation("c");
    let mut unread = chat.send("Go.").stream();
    unread.next().await;
    let error = chat.send("Hello?").await.unwrap_err();
    assert!(error.is_held(), "{error:?}");
    assert!(error.to_string().contains("another run of this process"), "{error}");
}
