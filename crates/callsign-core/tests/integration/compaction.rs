//! Compaction: a compacted history can always be sent.

use std::sync::Arc;

use async_trait::async_trait;
use callsign_core::agent::agent::Agent;
use callsign_core::compaction::clear_results::ClearResults;
use callsign_core::compaction::keep_last::KeepLast;
use callsign_core::compaction::summarize::Summarize;
use callsign_core::journal::Journal;
use callsign_core::journal::compaction::apply;
use callsign_core::memory::MemoryStore;
use callsign_testkit::{ScriptedModel, ScriptedReply, check_sendable};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::Event;
use callsign_types::finish_reason::FinishReason;
use callsign_types::id::JournalKey;
use callsign_types::journal::compaction::Compaction;
use callsign_types::journal::entry::{Entry, OutputMode, RecordedReply, RunStarted};
use callsign_types::limits::Limits;
use callsign_types::message::{AssistantMessage, Message, ToolCall};
use callsign_types::messages::Messages;
use callsign_types::traits::compactor::Compactor;
use callsign_types::traits::metered_model::MeteredModel;
use callsign_types::usage::Usage;
use proptest::prelude::*;
use serde_json::json;

use crate::common;
use crate::common::{Effects, FnTool, any_object, texts, work};

/// Returns instructions followed by turns, where `turns` are the numbers of calls per turn.
fn history(turns: &[usize]) -> Messages {
    let mut messages = vec![Message::system("Be brief.")];
    for (turn, calls) in turns.iter().enumerate() {
        messages.push(Message::user(format!("Question {turn}.")));
        if *calls > 0 {
            let ids: Vec<_> = (0..*calls).map(|call| format!("t{turn}c{call}")).collect();
            let calls = ids.iter().map(|id| ToolCall::new(id, "list", "{}"));
            messages.push(AssistantMessage::default().with_tool_calls(calls).into());
            messages.extend(ids.iter().map(|id| Message::tool(id, "row ".repeat(50))));
        }
        messages.push(Message::assistant(format!("Answer {turn}.")));
    }
    messages.into()
}

proptest! {
    #[test]
    fn compacted_history_can_be_sent(
        turns in proptest::collection::vec(0_usize..4, 0..6),
        compactions in proptest::collection::vec((any::<bool>(), 0_u64..40), 1..4),
    ) {
        let whole = history(&turns);
        let mut messages = whole.clone();
        for (replace, before) in compactions {
            let compaction = if replace {
                Compaction::Replace { before, summary: String::new() }
            } else {
                Compaction::ClearResults { before }
            };
            let compacted = apply(&compaction, &messages);
            check_sendable(&compacted).unwrap();
            prop_assert!(compacted.len() <= messages.len() + 1);
            // The instructions and the last message stay.
            prop_assert_eq!(compacted.get(0), whole.get(0));
            if before < messages.len() as u64 {
                prop_assert_eq!(compacted.last(), messages.last());
            }
            // The compaction is serialized without loss.
            let json = serde_json::to_string(&compaction).unwrap();
            prop_assert_eq!(serde_json::from_str::<Compaction>(&json).unwrap(), compaction);
            messages = compacted;
        }
    }
}

proptest! {
    #[test]
    fn compaction_keeps_messages_without_a_response(
        turns in proptest::collection::vec(0_usize..4, 0..4),
        calls in 0_usize..3,
        user_messages in proptest::collection::vec(0_usize..3, 0..4),
        compactions in proptest::collection::vec((any::<bool>(), 0_u64..40), 1..4),
    ) {
        let mut messages = history(&turns);
        let mut waiting = Vec::new();
        // Responses with calls, and user messages that arrive meanwhile.
        for (reply, count) in user_messages.into_iter().enumerate() {
            for number in 0..count {
                waiting.push(format!("Waiting {reply} {number}."));
                messages.push(Message::user(waiting.last().unwrap().clone()));
            }
            let ids: Vec<_> = (0..calls).map(|call| format!("w{reply}c{call}")).collect();
            let tool_calls: Vec<_> = ids.iter().map(|id| ToolCall::new(id, "list", "{}")).collect();
            if calls > 0 {
                let message = AssistantMessage::default().with_tool_calls(tool_calls);
                messages.push(Message::Assistant(message));
            }
            for id in &ids {
                messages.push(Message::tool(id, "seen ".repeat(50)));
            }
        }
        let unseen = messages.iter().rev().take_while(|message| matches!(message, Message::Tool(_)));
        let unseen: Vec<_> = unseen.cloned().collect();
        for (replace, before) in compactions {
            let compaction = if replace {
                Compaction::Replace { before, summary: String::new() }
            } else {
                Compaction::ClearResults { before }
            };
            messages = apply(&compaction, &messages);
            check_sendable(&messages).unwrap();
            let left = messages.iter().map(|message| message.text().into_owned());
            let left: Vec<_> = left.filter(|text| text.starts_with("Waiting")).collect();
            prop_assert_eq!(&left, &waiting);
            let newest = messages.iter().rev().take(unseen.len()).cloned();
            prop_assert_eq!(newest.collect::<Vec<_>>(), unseen.clone());
        }
    }
}

/// Creates a conversation with several turns, each with a large result.
async fn long_conversation(store: &Arc<MemoryStore>, turns: usize) {
    let large = FnTool::new("list", any_object(), |_, _| async { Ok("row ".repeat(200).into()) });
    let script = (0..turns).flat_map(|turn| {
        [ScriptedReply::call("list", json!({})), ScriptedReply::text(format!("Answer {turn}."))]
    });
    let agent = common::agent(&ScriptedModel::new(script)).tool(large).store(store.clone()).build();
    let chat = agent.unwrap().conversation("c");
    for turn in 0..turns {
        chat.send(format!("Question {turn}.")).await.unwrap();
    }
}

#[tokio::test]
async fn long_history_is_compacted_and_the_journal_keeps_it() {
    let store = Arc::new(MemoryStore::new());
    long_conversation(&store, 6).await;
    let model = ScriptedModel::new([
        ScriptedReply::text("Six lists were made."),
        ScriptedReply::text("Fine."),
    ]);
    let agent = common::agent(&model)
        .limits(Limits::default().context_tokens(300))
        .compaction(ClearResults::keep_last(1))
        .compaction(Summarize::keep_last(2))
        .store(store.clone())
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    let before = chat.entries().await.unwrap().len() as u64;
    let mut run = chat.send("Continue.").stream();
    let mut compacted = None;
    while let Some(event) = run.next().await {
        if let Event::Compacted { before, after } = event {
            compacted = Some((before, after));
        }
    }
    let reply = run.await.unwrap();
    let (was, is) = compacted.unwrap();
    assert!(is < was / 2, "{was} {is}");
    check_sendable(reply.messages()).unwrap();
    let contents = texts(reply.messages());
    assert!(contents[0].contains("Six lists were made."), "{contents:?}");
    assert_eq!(contents[1], "Question 5.");
    assert_eq!(contents.last().unwrap(), "Fine.");
    // A fork from before the compaction has all messages.
    let beyond = chat.fork_at(1000, "beyond").await.unwrap_err();
    assert!(beyond.to_string().ends_with("entries, fewer than 1000"), "{beyond}");
    let whole = chat.fork_at(before, "whole").await.unwrap().messages().await.unwrap();
    assert_eq!(texts(&whole)[0], "Question 0.");
    assert_eq!(whole.len(), 24);
}

#[tokio::test]
async fn history_that_the_provider_rejects_is_compacted_once() {
    let too_long = || ScriptedReply::error(Error::new(ErrorKind::ContextLength, "too long"));
    let store = Arc::new(MemoryStore::new());
    long_conversation(&store, 3).await;
    let model = ScriptedModel::new([too_long(), ScriptedReply::text("Fine.")]);
    let build = |model: &ScriptedModel| {
        let builder = common::agent(model).compaction(KeepLast::messages(1)).store(store.clone());
        builder.build().unwrap().conversation("c")
    };
    let reply = build(&model).send("Continue.").await.unwrap();
    assert_eq!(texts(reply.messages()).len(), 3, "a note, the message, the answer");
    let model = ScriptedModel::new([too_long(), too_long()]);
    let error = build(&model).send("Continue.").await.unwrap_err();
    assert!(error.is_context_length(), "{error}");
}

/// A compaction after which the provider still rejects the conversation only loses information.
#[tokio::test]
async fn compaction_that_does_not_help_is_undone() {
    let too_long = || ScriptedReply::error(Error::new(ErrorKind::ContextLength, "too long"));
    let store = Arc::new(MemoryStore::new());
    long_conversation(&store, 3).await;
    let script = [too_long(), too_long(), too_long(), ScriptedReply::text("Fine.")];
    let model = ScriptedModel::new(script);
    let builder = common::agent(&model).compaction(KeepLast::messages(1)).store(store.clone());
    let chat = builder.build().unwrap().conversation("c");
    let before = texts(&chat.messages().await.unwrap());
    let error = chat.send("Too much.").await.unwrap_err();
    assert!(error.is_context_length(), "{error}");
    assert!(error.to_string().contains("compacting the history did not help"), "{error}");
    assert_eq!(requested(&model, 1).len(), 2, "the note and the message");
    let after = texts(&chat.messages().await.unwrap());
    assert_eq!(after[..before.len()], before[..]);
    assert_eq!(after[before.len()..], ["Too much."]);
    // The message that did not fit is replaced, and the whole history is sent again.
    chat.send("Continue.").await.unwrap();
    let sent = requested(&model, 2);
    assert_eq!(sent[..before.len()], before[..]);
    assert_eq!(sent[before.len()..], ["Continue."]);
    // This time compaction helped, so it stays.
    let after = texts(&chat.messages().await.unwrap());
    assert_eq!(after.len(), 3, "{after:?}");
    // A fork reads the same entries.
    let forked = chat.fork("copy").await.unwrap().messages().await.unwrap();
    assert_eq!(texts(&forked), after);
}

/// Several compactors of one attempt are undone together.
#[tokio::test]
async fn all_compactions_since_the_newest_response_are_undone() {
    let too_long = || ScriptedReply::error(Error::new(ErrorKind::ContextLength, "too long"));
    let store = Arc::new(MemoryStore::new());
    long_conversation(&store, 3).await;
    let model = ScriptedModel::new([too_long()]);
    let agent = common::agent(&model)
        .limits(Limits::default().context_tokens(1))
        .compaction(ClearResults::keep_last(1))
        .compaction(KeepLast::messages(1))
        .store(store.clone())
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    let before = texts(&chat.messages().await.unwrap());
    let error = chat.send("Too much.").await.unwrap_err();
    assert!(error.is_context_length(), "{error}");
    let entries = chat.entries().await.unwrap();
    let compactions = entries.iter().filter(|entry| matches!(entry, Entry::Compacted { .. }));
    assert_eq!(compactions.count(), 2);
    assert_eq!(texts(&chat.messages().await.unwrap())[..before.len()], before[..]);
}

#[tokio::test]
async fn long_history_without_a_compactor_is_sent_unchanged() {
    let store = Arc::new(MemoryStore::new());
    long_conversation(&store, 2).await;
    let model = ScriptedModel::new([ScriptedReply::text("Fine.")]);
    let limits = Limits::default().context_tokens(1);
    let agent = common::agent(&model).limits(limits).store(store).build().unwrap();
    agent.conversation("c").send("Continue.").await.unwrap();
    assert_eq!(model.last_request().unwrap().messages.len(), 9);
}

fn requested(model: &ScriptedModel, request: usize) -> Vec<String> {
    texts(&model.requests()[request].messages)
}

fn long_text(text: &str) -> String {
    format!("{text} {}", "x ".repeat(1000))
}

/// Returns an agent that compacts every history of more than 300 tokens.
fn compacting_agent(model: &ScriptedModel, compactor: impl Compactor) -> Agent {
    let builder = common::agent(model).limits(Limits::default().context_tokens(300));
    builder.compaction(compactor).build().unwrap()
}

#[tokio::test]
async fn compaction_keeps_the_question_of_a_rejected_output() {
    let model =
        ScriptedModel::new([ScriptedReply::text(long_text("No.")), ScriptedReply::text("[1, 2]")]);
    let chat = compacting_agent(&model, KeepLast::messages(1)).conversation("c");
    let stops: Vec<u32> = chat.send("Plan a trip.").output().await.unwrap();
    assert_eq!(stops, [1, 2]);
    let requested = requested(&model, 1);
    assert_eq!(requested[0], "Plan a trip.");
    assert!(requested[2].starts_with("Your answer is not what was asked for"), "{requested:?}");
}

#[tokio::test]
async fn compaction_keeps_all_messages_since_the_last_answer() {
    let model = ScriptedModel::new([
        ScriptedReply::text(long_text("Hello.")),
        ScriptedReply::text("Closed."),
    ]);
    let chat = compacting_agent(&model, KeepLast::messages(1)).conversation("c");
    chat.send("Hello.").await.unwrap();
    chat.enqueue("My account is 42.").await.unwrap();
    chat.send("Close it.").await.unwrap();
    let note = "[Earlier messages of this conversation are left out.]";
    assert_eq!(requested(&model, 1), [note, "My account is 42.", "Close it."]);
}

/// Compacts everything that may be compacted.
struct CompactEverything;

#[async_trait]
impl Compactor for CompactEverything {
    async fn compact(
        &self,
        _messages: &Messages,
        _budget: u64,
        _model: &MeteredModel,
    ) -> Result<Option<Compaction>, Error> {
        Ok(Some(Compaction::Replace { before: u64::MAX, summary: "All of it.".to_owned() }))
    }
}

#[tokio::test]
async fn compaction_keeps_results_that_were_not_sent_yet() {
    let calls = || {
        let call = |name: &str| json!({"name": long_text(name)});
        ScriptedReply::call("work", call("a")).and_call("work", call("b"))
    };
    let effects = Effects::default();
    let build = |model: &ScriptedModel| {
        common::agent(model).limits(Limits::default().context_tokens(300)).tool(work(&effects))
    };
    let model = ScriptedModel::new([calls(), ScriptedReply::text("Done.")]);
    let agent = build(&model).compaction(ClearResults::keep_last(1)).build().unwrap();
    agent.run("Go.").await.unwrap();
    let seen = requested(&model, 1);
    assert!(seen[2].starts_with("a x") && seen[3].starts_with("b x"), "{seen:?}");
    // All calls but the newest are compacted; the question stays.
    let model = ScriptedModel::new([
        ScriptedReply::text("Hi."),
        calls(),
        calls(),
        ScriptedReply::text("Done."),
    ]);
    let chat = build(&model).compaction(CompactEverything).build().unwrap().conversation("c");
    chat.send("Hello.").await.unwrap();
    let reply = chat.send("Go.").await.unwrap();
    let seen = requested(&model, 3);
    assert_eq!(seen[0], "[Summary of the conversation before this]\nAll of it.");
    assert_eq!((&*seen[1], seen.len()), ("Go.", 5), "{seen:?}");
    check_sendable(&model.requests()[3].messages).unwrap();
    assert_eq!(reply.text(), "Done.");
}

#[tokio::test]
async fn summary_is_not_summarized_again() {
    let small = ScriptedModel::new([ScriptedReply::text("They said hello.")]);
    let call = |_| ScriptedReply::call("work", json!({"name": long_text("a")}));
    let hello = ScriptedReply::text("Hello.");
    let script =
        std::iter::once(hello).chain((0..4).map(call)).chain([ScriptedReply::text("Done.")]);
    let model = ScriptedModel::new(script);
    let agent = common::agent(&model)
        .limits(Limits::default().context_tokens(300))
        .compaction(Summarize::keep_last(1).model(small.clone()))
        .tool(work(&Effects::default()))
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    chat.send(long_text("Hello.")).await.unwrap();
    chat.send("Continue.").await.unwrap();
    small.assert_done();
    assert!(requested(&model, 5)[0].ends_with("They said hello."));
}

#[tokio::test]
async fn usage_of_a_failed_summary_is_counted() {
    let small = ScriptedModel::new([ScriptedReply::text("").usage(50, 7)]);
    let hello = ScriptedReply::text(long_text("Hello.")).usage(1, 1);
    let model = ScriptedModel::new([hello, ScriptedReply::text("Fine.").usage(2, 1)]);
    let chat = compacting_agent(&model, Summarize::keep_last(1).model(small)).conversation("c");
    chat.send("Hello.").await.unwrap();
    let reply = chat.send("Continue.").await.unwrap();
    assert_eq!(reply.usage(), Usage::new(52, 8));
    let entries = chat.entries().await.unwrap();
    assert!(
        entries.iter().any(|entry| matches!(entry, Entry::UsageRecorded { .. })),
        "{entries:?}"
    );
}

struct PanickingCompactor;

#[async_trait]
impl Compactor for PanickingCompactor {
    async fn compact(
        &self,
        _messages: &Messages,
        _budget: u64,
        _model: &MeteredModel,
    ) -> Result<Option<Compaction>, Error> {
        panic!("on purpose")
    }
}

#[tokio::test]
async fn panicking_compactor_leaves_the_history_unchanged() {
    let model = ScriptedModel::new([ScriptedReply::text("Fine.")]);
    let question = long_text("Well?");
    let reply = compacting_agent(&model, PanickingCompactor).run(&*question).await.unwrap();
    assert_eq!(reply.text(), "Fine.");
    assert_eq!(requested(&model, 0), [question]);
}

/// Positions in a journal count messages by the rules of the version that wrote it.
#[test]
fn positions_in_older_journals_stay_right() {
    let message = |text: &str| Entry::User { message: text.into() };
    let said = |text: &str| {
        Entry::Assistant(RecordedReply::new(AssistantMessage::new(text), FinishReason::Stop))
    };
    let run = |output| {
        let mut started = RunStarted::new(0, Limits::default());
        (started.rules, started.output) = (0, output);
        Entry::RunStarted(started)
    };
    let rejected = || Entry::OutputRejected { reason: "bad".into() };
    let compaction = Compaction::Replace { before: 6, summary: "Q1 was answered".into() };
    let journal: Journal = [
        Entry::Created { format: 3, key: JournalKey::random() },
        run(Some(OutputMode::Schema)),
        message("Q1"),
        said("{1}"),
        rejected(),
        said("{2}"),
        rejected(),
        said("{}"),
        run(None),
        message("B"),
        said("\n"),
        run(None),
        message("C"),
        Entry::Compacted { compaction, spent: None },
        said("c"),
    ]
    .into_iter()
    .collect();
    let messages = journal.messages();
    let texts: Vec<_> = messages.iter().map(|message| message.text()).collect();
    assert!(texts[0].ends_with("Q1 was answered"), "{texts:?}");
    assert_eq!(texts[1..], ["B", "\n", "C", "c"]);
}
