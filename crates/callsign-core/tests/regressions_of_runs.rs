//! What a reviewer found in runs: what models had not answered was left out, panics of closures
//! unwound through runs, what was paid for was not counted.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use async_trait::async_trait;
use callsign_core::agent::agent::Agent;
use callsign_core::compaction::clear_results::ClearResults;
use callsign_core::compaction::keep_last::KeepLast;
use callsign_core::compaction::summarise::Summarise;
use callsign_core::journal::compact::Compaction;
use callsign_core::journal::entry::Entry;
use callsign_core::traits::asking::Asking;
use callsign_core::traits::compactor::Compactor;
use callsign_core::traits::model::{Model, ModelStream};
use callsign_core::traits::run_context::RunContext;
use callsign_core::traits::tool::Predicate;
use callsign_core::words::error::Error;
use callsign_core::words::event::{Finished, ModelEvent};
use callsign_core::words::finish::FinishReason;
use callsign_core::words::limits::Limits;
use callsign_core::words::messages::Messages;
use callsign_core::words::money::{Money, Price, Prices};
use callsign_core::words::request::Request;
use callsign_core::words::result::CallOutcome;
use callsign_core::words::usage::Usage;
use callsign_testkit::{Scripted, ScriptedModel, check_sendable};
use common::{Effects, results, work};
use serde_json::json;

fn texts(messages: &Messages) -> Vec<String> {
    messages.iter().map(|message| message.text().into_owned()).collect()
}

fn asked(model: &ScriptedModel, request: usize) -> Vec<String> {
    texts(&model.requests()[request].messages)
}

fn long(text: &str) -> String {
    format!("{text} {}", "x ".repeat(1000))
}

/// An agent that makes every history of more than 300 tokens shorter in this way.
fn short(model: &ScriptedModel, compactor: impl Compactor) -> Agent {
    let builder = common::agent(model).limits(Limits::default().context_tokens(300));
    builder.compaction(compactor).build().unwrap()
}

#[tokio::test]
async fn an_answer_that_was_rejected_leaves_its_question_there() {
    let model = ScriptedModel::new([Scripted::text(long("No.")), Scripted::text("[1, 2]")]);
    let chat = short(&model, KeepLast::messages(1)).conversation("c");
    let stops: Vec<u32> = chat.send("Plan a trip.").output().await.unwrap();
    assert_eq!(stops, [1, 2]);
    let asked = asked(&model, 1);
    assert_eq!(asked[0], "Plan a trip.");
    assert!(asked[2].starts_with("Your answer is not what was asked for"), "{asked:?}");
}

#[tokio::test]
async fn all_that_was_said_since_the_answer_stays() {
    let model = ScriptedModel::new([Scripted::text(long("Hello.")), Scripted::text("Closed.")]);
    let chat = short(&model, KeepLast::messages(1)).conversation("c");
    chat.send("Hello.").await.unwrap();
    chat.deliver("My account is 42.").await.unwrap();
    chat.send("Close it.").await.unwrap();
    let note = "[Earlier messages of this conversation are left out.]";
    assert_eq!(asked(&model, 1), [note, "My account is 42.", "Close it."]);
}

/// Leaves out whatever it can.
struct Everything;

#[async_trait]
impl Compactor for Everything {
    async fn compact(
        &self,
        _messages: &Messages,
        _budget: u64,
        _asking: &Asking,
    ) -> Result<Option<Compaction>, Error> {
        Ok(Some(Compaction::Replace { before: u64::MAX, summary: "All of it.".to_owned() }))
    }
}

#[tokio::test]
async fn results_that_the_model_has_not_seen_stay() {
    let calls = || {
        let call = |name: &str| json!({"name": long(name)});
        Scripted::call("work", call("a")).and_call("work", call("b"))
    };
    let effects = Effects::default();
    let build = |model: &ScriptedModel| {
        common::agent(model).limits(Limits::default().context_tokens(300)).tool(work(&effects))
    };
    let model = ScriptedModel::new([calls(), Scripted::text("Done.")]);
    let agent = build(&model).compaction(ClearResults::keep_last(1)).build().unwrap();
    agent.run("Go.").await.unwrap();
    let seen = asked(&model, 1);
    assert!(seen[2].starts_with("a x") && seen[3].starts_with("b x"), "{seen:?}");
    // A whole run of calls is left out but for the newest, and the question is not.
    let model =
        ScriptedModel::new([Scripted::text("Hi."), calls(), calls(), Scripted::text("Done.")]);
    let chat = build(&model).compaction(Everything).build().unwrap().conversation("c");
    chat.send("Hello.").await.unwrap();
    let reply = chat.send("Go.").await.unwrap();
    let seen = asked(&model, 3);
    assert_eq!(seen[0], "[Summary of the conversation before this]\nAll of it.");
    assert_eq!((&*seen[1], seen.len()), ("Go.", 5), "{seen:?}");
    check_sendable(&model.requests()[3].messages).unwrap();
    assert_eq!(reply.text(), "Done.");
}

#[tokio::test]
async fn a_summary_is_not_made_of_a_summary() {
    let small = ScriptedModel::new([Scripted::text("They said hello.")]);
    let call = |_| Scripted::call("work", json!({"name": long("a")}));
    let hello = Scripted::text("Hello.");
    let script = std::iter::once(hello).chain((0..4).map(call)).chain([Scripted::text("Done.")]);
    let model = ScriptedModel::new(script);
    let agent = common::agent(&model)
        .limits(Limits::default().context_tokens(300))
        .compaction(Summarise::keep_last(1).model(small.clone()))
        .tool(work(&Effects::default()))
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    chat.send(long("Hello.")).await.unwrap();
    chat.send("Go on.").await.unwrap();
    small.assert_done();
    assert!(asked(&model, 5)[0].ends_with("They said hello."));
}

#[tokio::test]
async fn a_summary_that_came_to_nothing_is_paid_for_all_the_same() {
    let small = ScriptedModel::new([Scripted::text("").usage(50, 7)]);
    let hello = Scripted::text(long("Hello.")).usage(1, 1);
    let model = ScriptedModel::new([hello, Scripted::text("Fine.").usage(2, 1)]);
    let chat = short(&model, Summarise::keep_last(1).model(small)).conversation("c");
    chat.send("Hello.").await.unwrap();
    let reply = chat.send("Go on.").await.unwrap();
    assert_eq!(reply.usage(), Usage::new(52, 8));
    let entries = chat.entries().await.unwrap();
    assert!(entries.iter().any(|entry| matches!(entry, Entry::Spent { .. })), "{entries:?}");
}

struct Panicking;

#[async_trait]
impl Compactor for Panicking {
    async fn compact(
        &self,
        _messages: &Messages,
        _budget: u64,
        _asking: &Asking,
    ) -> Result<Option<Compaction>, Error> {
        panic!("no way")
    }
}

impl Model for Panicking {
    fn stream(&self, _request: Request) -> ModelStream<'_> {
        panic!("no model")
    }

    fn name(&self) -> &'static str {
        "panicking"
    }
}

#[tokio::test]
async fn a_compactor_that_panics_leaves_the_history_as_it_is() {
    let model = ScriptedModel::new([Scripted::text("Fine.")]);
    let question = long("Well?");
    let reply = short(&model, Panicking).run(&*question).await.unwrap();
    assert_eq!(reply.text(), "Fine.");
    assert_eq!(asked(&model, 0), [question]);
}

#[tokio::test]
async fn a_check_that_panics_ends_the_run_and_the_answer_is_kept() {
    let model = ScriptedModel::new([Scripted::text("[1, 2]")]);
    let chat = common::agent(&model).build().unwrap().conversation("c");
    let stops = chat.send("Plan a trip.").output::<Vec<u32>>();
    let stops = stops.check(|_| Ok::<(), String>(()));
    let error = stops.check(|_| -> Result<(), String> { panic!("no check") }).await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert!(error.to_string().contains("check 2 of the output panicked"), "{error}");
    // The model is not asked again for what it has given.
    assert_eq!(chat.resume().output::<Vec<u32>>().await.unwrap(), [1, 2]);
    // Given by a call, as well.
    let model = ScriptedModel::new([Scripted::call("final_answer", json!({"value": [1]}))]);
    let run = common::agent(&model).build().unwrap().run("Plan a trip.").output::<Vec<u32>>();
    let run = run.format(callsign_core::journal::entry::AnswerFormat::Tool);
    let error = run.check(|_| -> Result<(), String> { panic!("no check") }).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("check 1 of the output panicked"), "{error}: {source}");
}

#[tokio::test]
async fn instructions_and_predicates_that_panic_fail_the_run_before_anything_is_done() {
    let model = ScriptedModel::new([]);
    let builder = common::agent(&model);
    let instructions =
        builder.instructions(|_: &RunContext| -> String { panic!("no instructions") });
    let when = work(&Effects::default())
        .with(|spec| spec.when = Some(Predicate::new(|_| panic!("no predicate"))));
    for (agent, names) in [
        (instructions.build().unwrap(), "instructions panicked"),
        (common::agent(&model).tool(when).build().unwrap(), "the tool `work` panicked"),
    ] {
        let chat = agent.conversation("c");
        let error = chat.send("Hello.").await.unwrap_err();
        assert!(error.is_configuration() && error.to_string().contains(names), "{error}");
        assert_eq!(chat.entries().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_model_that_panics_fails_the_run_and_the_journal_says_so() {
    let chat = common::builder(Panicking).build().unwrap().conversation("c");
    let error = chat.send("Hello.").await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert_eq!(error.to_string(), "the model `panicking` panicked");
    let entries = chat.entries().await.unwrap();
    assert!(matches!(entries.last(), Some(Entry::Failed { .. })), "{entries:?}");
    assert_eq!(texts(&chat.messages().await.unwrap()), ["Hello."]);
}

fn dollars() -> Prices {
    Prices::new().with("gpt-4o", Price::per_million(1.0, 1.0))
}

#[tokio::test]
async fn a_reply_without_a_price_is_kept_and_its_calls_are_not_run() {
    let effects = Effects::default();
    let paid = Scripted::text("A paid answer.").usage(1000, 1000);
    let call = Scripted::call("work", json!({"name": "a"})).usage(1000, 1000);
    for (reply, kept) in [(paid, "A paid answer."), (call, "")] {
        let model = ScriptedModel::new([reply]);
        let builder = common::agent(&model).tool(work(&effects)).prices(dollars());
        let agent = builder.limits(Limits::default().money(100.0)).build().unwrap();
        let chat = agent.conversation("c");
        let error = chat.send("Go.").await.unwrap_err();
        assert!(error.is_configuration(), "{error}");
        assert_eq!(error.progress().unwrap().usage, Usage::new(1000, 1000));
        let messages = chat.messages().await.unwrap();
        check_sendable(&messages).unwrap();
        assert_eq!(texts(&messages)[1], kept);
        if kept.is_empty() {
            assert_eq!(results(&messages)[0].outcome, CallOutcome::Cancelled);
        } else {
            // What was paid for once is not asked for again.
            assert_eq!(chat.resume().await.unwrap().text(), kept);
        }
        model.assert_done();
    }
    assert_eq!(effects.all(), [""; 0]);
}

#[tokio::test]
async fn a_price_is_found_by_the_name_that_was_asked_for() {
    let mut finished = Finished::new(FinishReason::Stop);
    finished.usage = Some(Usage::new(1_000_000, 0));
    finished.model = Some("a-name-of-its-own".to_owned());
    let events = [ModelEvent::TextDelta("Hi.".into()), ModelEvent::Finished(Box::new(finished))];
    let model = ScriptedModel::new([Scripted::events(events)]);
    let prices = dollars().with("scripted", Price::per_million(5.0, 5.0));
    let builder = common::agent(&model).prices(prices.with("", Price::per_million(9.0, 9.0)));
    let agent = builder.limits(Limits::default().money(100.0)).build().unwrap();
    assert_eq!(agent.run("Hello.").await.unwrap().cost(), Money::new(5.0));
}

#[test]
fn prices_that_are_none_are_refused() {
    for price in [f64::NAN, f64::INFINITY, -5.0] {
        for price in [
            Price::per_million(price, 1.0),
            Price::per_million(1.0, price),
            Price::per_million(1.0, 1.0).cached_input(price),
        ] {
            let model = ScriptedModel::new([]);
            let builder = common::agent(&model).prices(dollars().with("other", price));
            let error = builder.build().unwrap_err();
            assert!(error.is_configuration() && error.to_string().contains("`other`"), "{error}");
        }
    }
}
