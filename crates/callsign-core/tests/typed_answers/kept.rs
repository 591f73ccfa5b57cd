//! Typed answers of conversations that stop and go on: for approvals, after a crash, once more.

use callsign_core::agent::agent::Agent;
use callsign_core::agent::builder::AgentBuilder;
use callsign_core::agent::output::output_run::OutputEvent;
use callsign_core::journal::entry::{AnswerFormat, Entry};
use callsign_core::memory::MemoryStore;
use callsign_core::traits::store::Store;
use callsign_core::words::id::AppendId;
use callsign_core::words::limits::Limits;
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel};
use serde_json::json;

use super::common::{Effects, agent, results, work};
use super::{Trip, last_text, porto, porto_json};

/// An agent whose tool asks for approval, such as another process would make it.
fn booking(model: &ScriptedModel, store: &MemoryStore, effects: &Effects) -> Agent {
    let book = work(effects).with(|spec| spec.approval = true);
    agent(model).tool(book).store(store.clone()).build().unwrap()
}

fn plain(model: &ScriptedModel, store: &MemoryStore) -> AgentBuilder {
    agent(model).store(store.clone())
}

#[tokio::test]
async fn a_run_that_waits_for_approval_has_no_answer_yet() {
    for format in [AnswerFormat::Schema, AnswerFormat::Tool] {
        let (store, effects) = (MemoryStore::new(), Effects::default());
        let model = ScriptedModel::new([Scripted::call("work", json!({"name": "book"}))]);
        let chat = booking(&model, &store, &effects).conversation("ada");
        let error = chat.send("Plan it.").output::<Trip>().format(format).await.unwrap_err();
        assert!(error.is_paused(), "{error}");
        assert_eq!(error.progress().unwrap().messages.len(), 2);
        drop((chat, model));
        // Another process, later.
        let answer = match format {
            AnswerFormat::Tool => Scripted::call("final_answer", porto_json()),
            _ => Scripted::text(porto_json().to_string()),
        };
        let model = ScriptedModel::new([answer]);
        let chat = booking(&model, &store, &effects).conversation("ada");
        let error = chat.resume().output::<Trip>().format(format).await.unwrap_err();
        assert!(error.is_paused(), "{error}");
        chat.approve(&chat.approvals().await.unwrap()[0]).await.unwrap();
        let trip = chat.resume().output::<Trip>().format(format).await.unwrap();
        assert_eq!((trip, effects.all()), (porto(), vec!["book".to_owned()]));
    }
}

#[tokio::test]
async fn an_answer_that_was_given_beside_a_call_that_waits_is_kept() {
    let (store, effects) = (MemoryStore::new(), Effects::default());
    let reply =
        Scripted::call("final_answer", porto_json()).and_call("work", json!({"name": "book"}));
    let model = ScriptedModel::new([reply]);
    let chat = booking(&model, &store, &effects).conversation("ada");
    let output = chat.send("Plan it.").output::<Trip>().format(AnswerFormat::Tool);
    assert!(output.await.unwrap_err().is_paused());
    let model = ScriptedModel::new([]);
    let chat = booking(&model, &store, &effects).conversation("ada");
    chat.approve(&chat.approvals().await.unwrap()[0]).await.unwrap();
    assert_eq!(chat.resume().output::<Trip>().await.unwrap(), porto());
    assert_eq!(effects.all(), ["book"]);
}

#[tokio::test]
async fn a_standing_answer_is_not_asked_for_again() {
    for format in [AnswerFormat::Schema, AnswerFormat::Tool] {
        let store = MemoryStore::new();
        let answer = match format {
            AnswerFormat::Tool => Scripted::call("final_answer", porto_json()),
            _ => Scripted::text(porto_json().to_string()),
        };
        let model = ScriptedModel::new([answer]);
        let chat = plain(&model, &store).build().unwrap().conversation("ada");
        chat.send("Plan it.").output::<Trip>().format(format).await.unwrap();
        for _ in 0..2 {
            let silent = ScriptedModel::new([]);
            let chat = plain(&silent, &store).build().unwrap().conversation("ada");
            assert_eq!(chat.resume().output::<Trip>().format(format).await.unwrap(), porto());
            silent.assert_done();
        }
    }
}

#[tokio::test]
async fn a_standing_answer_that_does_not_fit_is_asked_for_again() {
    for format in [AnswerFormat::Schema, AnswerFormat::Tool] {
        let store = MemoryStore::new();
        let model = ScriptedModel::new([
            Scripted::text("Go to Porto, by Aveiro."),
            Scripted::text(porto_json().to_string()),
            Scripted::call("final_answer", json!({"value": ["Aveiro"]})),
        ]);
        let limits = Limits::default().answer_retries(0);
        let agent = plain(&model, &store).limits(limits).build().unwrap();
        let chat = agent.conversation("ada");
        assert_eq!(chat.send("Plan it.").await.unwrap().text(), "Go to Porto, by Aveiro.");
        let trip = chat.resume().output::<Trip>().format(format).await.unwrap();
        assert_eq!(trip, porto());
        assert!(last_text(&model.requests()[1]).starts_with("Your answer is not"));
        // Of another type.
        let stops: Vec<String> = chat.resume().output().format(AnswerFormat::Tool).await.unwrap();
        assert_eq!(stops, ["Aveiro"]);
        assert!(last_text(&model.requests()[2]).starts_with("Your answer is not"));
        // What a call gave is no text, and is the conversation's answer all the same.
        let (again, reply) = chat.resume().output::<Vec<String>>().with_reply().await.unwrap();
        assert_eq!((again, reply.text()), (stops, ""));
    }
}

#[tokio::test]
async fn what_was_rejected_before_a_crash_is_known_after_it() {
    let store = MemoryStore::new();
    let model = ScriptedModel::new([
        Scripted::text("Go to Porto."),
        Scripted::text("{\"to\": ").and_hang(),
    ]);
    let chat = plain(&model, &store).build().unwrap().conversation("ada");
    let mut run = chat.send("Plan it.").output::<Trip>().stream();
    // Until the second reply has begun.
    while !matches!(run.next().await, Some(OutputEvent::Partial(_))) {}
    drop(run);
    chat.settled().await.unwrap();
    let model = ScriptedModel::new([Scripted::text(porto_json().to_string())]);
    let chat = plain(&model, &store).build().unwrap().conversation("ada");
    assert_eq!(chat.resume().output::<Trip>().await.unwrap(), porto());
    assert!(last_text(&model.last_request().unwrap()).starts_with("Your answer is not"));
}

/// The journal of a process that died at each of its entries, taken over by another.
#[tokio::test]
async fn a_crash_between_an_answer_and_its_check_loses_neither() {
    for format in [AnswerFormat::Schema, AnswerFormat::Tool] {
        let store = MemoryStore::new();
        let (wrong, right) = match format {
            AnswerFormat::Tool => (
                Scripted::call("final_answer", json!({"to": "Porto"})),
                Scripted::call("final_answer", porto_json()),
            ),
            _ => (Scripted::text("No."), Scripted::text(porto_json().to_string())),
        };
        let model = ScriptedModel::new([wrong, right]);
        let chat = plain(&model, &store).build().unwrap().conversation("ada");
        chat.send("Plan it.").output::<Trip>().format(format).await.unwrap();
        let whole: Vec<Entry> = store.load(&"ada".into(), 0..u64::MAX).await.unwrap();
        assert!(whole.len() > 4, "{whole:?}");
        for length in 3..=whole.len() {
            let store = MemoryStore::new();
            let part = &whole[..length];
            store.append(&"ada".into(), 0, AppendId::random(), part).await.unwrap();
            let replies = part.iter().filter(|entry| matches!(entry, Entry::Assistant(_))).count();
            let left = [Scripted::text("No."), Scripted::text(porto_json().to_string())];
            let model = ScriptedModel::new(left.into_iter().skip(replies));
            let chat = plain(&model, &store).build().unwrap().conversation("ada");
            let (trip, reply) =
                chat.resume().output::<Trip>().format(format).with_reply().await.unwrap();
            assert_eq!(trip, porto(), "{format:?} at {length}");
            let results = results(reply.messages());
            let lost = results.iter().filter(|result| result.outcome == CallOutcome::Unknown);
            assert_eq!(lost.count(), 0, "{format:?} at {length}");
            model.assert_done();
        }
    }
}
