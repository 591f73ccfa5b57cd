//! Structured output of conversations that are resumed: after approvals, crashes and answers.

use callsign_core::agent::agent::Agent;
use callsign_core::agent::builder::AgentBuilder;
use callsign_core::agent::output::output_run::OutputEvent;
use callsign_core::agent::paused::Paused;
use callsign_core::memory::MemoryStore;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::Error;
use callsign_types::id::AppendId;
use callsign_types::journal::entry::{Entry, OutputMode};
use callsign_types::limits::Limits;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::store::Store;
use serde_json::json;

use super::{Trip, last_text, porto, porto_json};
use crate::common::{Effects, agent, call, payer, results, work};

/// Returns an agent whose tool requires approval, as a new process would build it.
fn booking_agent(model: &ScriptedModel, store: &MemoryStore, effects: &Effects) -> Agent {
    let book = work(effects).with(|spec| spec.approval = true);
    agent(model).tool(book).store(store.clone()).build().unwrap()
}

fn plain_agent(model: &ScriptedModel, store: &MemoryStore) -> AgentBuilder {
    agent(model).store(store.clone())
}

#[tokio::test]
async fn paused_run_has_no_output_yet() {
    for mode in [OutputMode::Schema, OutputMode::Tool] {
        let (store, effects) = (MemoryStore::new(), Effects::default());
        let model = ScriptedModel::new([ScriptedReply::call("work", json!({"name": "book"}))]);
        let chat = booking_agent(&model, &store, &effects).conversation("ada");
        let error = chat.send("Plan it.").output::<Trip>().mode(mode).await.unwrap_err();
        assert!(error.is_paused(), "{error}");
        assert_eq!(error.partial_run().unwrap().messages.len(), 2);
        drop((chat, model));
        // Another process, later.
        let answer = match mode {
            OutputMode::Tool => ScriptedReply::call("final_answer", porto_json()),
            _ => ScriptedReply::text(porto_json().to_string()),
        };
        let model = ScriptedModel::new([answer]);
        let chat = booking_agent(&model, &store, &effects).conversation("ada");
        let error = chat.resume().output::<Trip>().mode(mode).await.unwrap_err();
        assert!(error.is_paused(), "{error}");
        chat.approve(&chat.approvals().await.unwrap()[0]).await.unwrap();
        let trip = chat.resume().output::<Trip>().mode(mode).await.unwrap();
        assert_eq!((trip, effects.all()), (porto(), vec!["book".to_owned()]));
    }
}

#[tokio::test]
async fn output_given_alongside_a_pending_call_is_kept() {
    let (store, effects) = (MemoryStore::new(), Effects::default());
    let reply =
        ScriptedReply::call("final_answer", porto_json()).and_call("work", json!({"name": "book"}));
    let model = ScriptedModel::new([reply]);
    let chat = booking_agent(&model, &store, &effects).conversation("ada");
    let output = chat.send("Plan it.").output::<Trip>().mode(OutputMode::Tool);
    assert!(output.await.unwrap_err().is_paused());
    let model = ScriptedModel::new([]);
    let chat = booking_agent(&model, &store, &effects).conversation("ada");
    chat.approve(&chat.approvals().await.unwrap()[0]).await.unwrap();
    assert_eq!(chat.resume().output::<Trip>().await.unwrap(), porto());
    assert_eq!(effects.all(), ["book"]);
}

#[tokio::test]
async fn resuming_with_a_valid_output_sends_no_request() {
    for mode in [OutputMode::Schema, OutputMode::Tool] {
        let store = MemoryStore::new();
        let answer = match mode {
            OutputMode::Tool => ScriptedReply::call("final_answer", porto_json()),
            _ => ScriptedReply::text(porto_json().to_string()),
        };
        let model = ScriptedModel::new([answer]);
        let chat = plain_agent(&model, &store).build().unwrap().conversation("ada");
        chat.send("Plan it.").output::<Trip>().mode(mode).await.unwrap();
        for _ in 0..2 {
            let unused = ScriptedModel::new([]);
            let chat = plain_agent(&unused, &store).build().unwrap().conversation("ada");
            assert_eq!(chat.resume().output::<Trip>().mode(mode).await.unwrap(), porto());
            unused.assert_done();
        }
    }
}

#[tokio::test]
async fn resuming_with_another_type_requests_the_output_again() {
    for mode in [OutputMode::Schema, OutputMode::Tool] {
        let store = MemoryStore::new();
        let model = ScriptedModel::new([
            ScriptedReply::text("Go to Porto, by Aveiro."),
            ScriptedReply::text(porto_json().to_string()),
            ScriptedReply::call("final_answer", json!({"value": ["Aveiro"]})),
        ]);
        let limits = Limits::default().output_retries(0);
        let agent = plain_agent(&model, &store).limits(limits).build().unwrap();
        let chat = agent.conversation("ada");
        assert_eq!(chat.send("Plan it.").await.unwrap().text(), "Go to Porto, by Aveiro.");
        let trip = chat.resume().output::<Trip>().mode(mode).await.unwrap();
        assert_eq!(trip, porto());
        assert!(last_text(&model.requests()[1]).starts_with("Your answer is not"));
        // The output is now of another type.
        let stops: Vec<String> = chat.resume().output().mode(OutputMode::Tool).await.unwrap();
        assert_eq!(stops, ["Aveiro"]);
        assert!(last_text(&model.requests()[2]).starts_with("Your answer is not"));
        // Output given by a call is the answer too, although it has no text.
        let (again, reply) =
            chat.resume().output::<Vec<String>>().with_reply().await.unwrap().into_parts();
        assert_eq!((again, reply.text()), (stops, ""));
    }
}

#[tokio::test]
async fn rejection_survives_a_crash() {
    let store = MemoryStore::new();
    let model = ScriptedModel::new([
        ScriptedReply::text("Go to Porto."),
        ScriptedReply::text("{\"to\": ").and_hang(),
    ]);
    let chat = plain_agent(&model, &store).build().unwrap().conversation("ada");
    let mut run = chat.send("Plan it.").output::<Trip>().stream();
    // Wait until the second response has started.
    while !matches!(run.next().await, Some(OutputEvent::Partial(_))) {}
    drop(run);
    chat.wait_idle().await.unwrap();
    let model = ScriptedModel::new([ScriptedReply::text(porto_json().to_string())]);
    let chat = plain_agent(&model, &store).build().unwrap().conversation("ada");
    assert_eq!(chat.resume().output::<Trip>().await.unwrap(), porto());
    assert!(last_text(&model.last_request().unwrap()).starts_with("Your answer is not"));
}

#[tokio::test]
async fn crash_at_any_entry_loses_no_output() {
    for mode in [OutputMode::Schema, OutputMode::Tool] {
        let store = MemoryStore::new();
        let (wrong, right) = match mode {
            OutputMode::Tool => (
                ScriptedReply::call("final_answer", json!({"to": "Porto"})),
                ScriptedReply::call("final_answer", porto_json()),
            ),
            _ => (ScriptedReply::text("No."), ScriptedReply::text(porto_json().to_string())),
        };
        let model = ScriptedModel::new([wrong, right]);
        let chat = plain_agent(&model, &store).build().unwrap().conversation("ada");
        chat.send("Plan it.").output::<Trip>().mode(mode).await.unwrap();
        let whole: Vec<Entry> = store.load(&"ada".into(), 0..u64::MAX).await.unwrap();
        assert!(whole.len() > 4, "{whole:?}");
        for length in 3..=whole.len() {
            let store = MemoryStore::new();
            let part = &whole[..length];
            store.append(&"ada".into(), 0, AppendId::random(), part).await.unwrap();
            let replies = part.iter().filter(|entry| matches!(entry, Entry::Assistant(_))).count();
            let left = [ScriptedReply::text("No."), ScriptedReply::text(porto_json().to_string())];
            let model = ScriptedModel::new(left.into_iter().skip(replies));
            let chat = plain_agent(&model, &store).build().unwrap().conversation("ada");
            let (trip, reply) =
                chat.resume().output::<Trip>().mode(mode).with_reply().await.unwrap().into_parts();
            assert_eq!(trip, porto(), "{mode:?} at {length}");
            let results = results(reply.messages());
            let lost = results.iter().filter(|result| result.status == ToolCallStatus::Unknown);
            assert_eq!(lost.count(), 0, "{mode:?} at {length}");
            model.assert_done();
        }
    }
}

#[tokio::test]
async fn paused_run_with_structured_output_can_be_continued_from_its_error() {
    let effects = Effects::default();
    let script = [call("pay", "Ada"), ScriptedReply::text(r#"{"value": ["paid"]}"#)];
    let agent = payer(script, &effects);
    // The conversation of `Agent::run` exists only in memory, and the error keeps it.
    let error = agent.run("Pay Ada.").output::<Vec<String>>().await.unwrap_err();
    assert!(error.is_paused(), "{error}");
    let shown = r#"waiting for approval: `pay` {"name":"Ada"}"#;
    assert!(error.to_string().contains(shown), "{error}");
    assert_eq!(error.approvals()[0].tool, "pay");
    let paused = Paused::of(&error).unwrap();
    assert_eq!((paused.approvals(), paused.to_string()), (error.approvals(), shown.to_owned()));
    let chat = paused.conversation();
    chat.approve(&paused.approvals()[0]).await.unwrap();
    let paid = chat.resume().output::<Vec<String>>().await.unwrap();
    assert_eq!((paid, effects.all()), (vec!["paid".to_owned()], vec!["Ada".to_owned()]));
    assert!(Paused::of(&Error::configuration("another error")).is_none());
}
