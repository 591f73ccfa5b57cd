//! Middleware for models.

use std::sync::Arc;

use callsign_core::middleware::model::{ModelMiddleware, NextModel};
use callsign_core::middleware::retry::Retry;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::{Event, ModelEvent};
use callsign_types::request::Request;
use callsign_types::traits::model::{Model, ModelExt as _, ModelInfo, ModelStream};
use futures_util::{StreamExt as _, stream};

use crate::common;
use crate::common::{Effects, agent, work};

#[tokio::test]
async fn model_middleware_changes_the_request_and_not_the_conversation() {
    let model = ScriptedModel::new([ScriptedReply::text("Yes."), ScriptedReply::text("Yes.")]);
    let agent = agent(&model)
        .instructions("Be kind.")
        .tool(work(&Effects::default()))
        .model_middleware(|mut request, next| async move {
            assert_eq!(request.tools.len(), 1);
            request.tools = Arc::default();
            Ok(next.stream(request.instructions("Be short.")))
        })
        .model_middleware(|request, next| async move {
            // The first middleware is the outermost: this one receives the changed request.
            assert_eq!(request.instructions.as_deref(), Some("Be short."));
            Ok(next.stream(request))
        })
        .build()
        .unwrap();
    let conversation = agent.conversation("c-1");
    for _ in 0..2 {
        conversation.send("Is it?").await.unwrap();
        let request = model.last_request().unwrap();
        assert_eq!(request.instructions.as_deref(), Some("Be short."));
        assert!(request.tools.is_empty());
    }
    assert!(!format!("{:?}", conversation.messages().await.unwrap()).contains("short"));
}

#[tokio::test]
async fn response_streams_through_model_middleware() {
    let model = ScriptedModel::new([ScriptedReply::text("One two").and_hang()]);
    let effects = Effects::default();
    let (seen, replied) = (effects.clone(), effects.clone());
    let agent = agent(&model)
        .model_middleware(move |request, next| {
            let replied = replied.clone();
            async move { Ok(next.inspect_reply(request, move |_| replied.add("replied"))) }
        })
        .model_middleware(move |request, next| {
            let seen = seen.clone();
            async move {
                Ok(next.inspect(request, move |event| match event {
                    Ok(ModelEvent::TextDelta(text)) => seen.add(text.clone()),
                    other => panic!("{other:?}"),
                }))
            }
        })
        .build()
        .unwrap();
    let mut run = agent.run("Count.").stream();
    let mut texts = Vec::new();
    while texts.len() < 2 {
        if let Event::TextDelta(text) = run.next().await.unwrap() {
            texts.push(text);
        }
    }
    // The response never ends: no middleware has waited for its end.
    assert_eq!(texts, ["One ", "two"]);
    assert_eq!(effects.all(), texts);
}

#[tokio::test]
async fn model_middleware_inspects_the_whole_response() {
    let broken = || Error::new(ErrorKind::Server, "the provider failed");
    let model = ScriptedModel::new([
        ScriptedReply::text("One two.").usage(3, 4),
        ScriptedReply::text("Half").and_fail(broken()),
        ScriptedReply::text("Half").cut_off(),
    ]);
    let effects = Effects::default();
    let recorded = effects.clone();
    let wrapped = ModelMiddleware::new(model, move |request, next| {
        let recorded = recorded.clone();
        async move {
            Ok(next.inspect_reply(request, move |reply| {
                recorded.add(match reply {
                    Ok(reply) => {
                        format!("{} {}", reply.text(), reply.usage.unwrap().total_tokens())
                    }
                    Err(error) => error.to_string(),
                });
            }))
        }
    });
    wrapped.complete("Count.").await.unwrap();
    assert_eq!(wrapped.complete("Count.").await.unwrap_err().kind(), ErrorKind::Server);
    assert_eq!(wrapped.complete("Count.").await.unwrap_err().kind(), ErrorKind::Incomplete);
    assert_eq!(effects.all()[..2], ["One two. 7", "the provider failed"]);
    assert!(effects.all()[2].contains("incomplete"), "{:?}", effects.all());
}

/// Middleware that sends the request again if the first event is an error.
async fn retry_once(request: Request, next: NextModel) -> Result<ModelStream<'static>, Error> {
    let mut first = next.stream(request.clone()).peekable();
    match std::pin::Pin::new(&mut first).peek().await {
        Some(Err(_)) => Ok(next.stream(request)),
        _ => Ok(first.boxed()),
    }
}

#[tokio::test]
async fn model_middleware_repeats_a_request() {
    let broken = || Error::new(ErrorKind::Server, "the provider failed");
    let model =
        ScriptedModel::new([ScriptedReply::error(broken()), ScriptedReply::text("So it is.")]);
    let agent = agent(&model).model_middleware(retry_once).build().unwrap();
    assert_eq!(agent.run("Is it?").await.unwrap().text(), "So it is.");
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn model_middleware_replaces_the_model() {
    let model = ScriptedModel::new([]);
    let other = ScriptedModel::new([ScriptedReply::text("From elsewhere.")]);
    let agent = agent(&model)
        .model_middleware(move |request, _| {
            let other = other.clone();
            async move { Ok(NextModel::new(other).stream(request)) }
        })
        .build()
        .unwrap();
    assert_eq!(agent.run("Is it?").await.unwrap().text(), "From elsewhere.");
    assert_eq!(model.requests().len(), 0);
    // An error of the middleware is an error of the request.
    let agent = common::agent(&model)
        .model_middleware(async |_, _| Err(Error::new(ErrorKind::QuotaExhausted, "not today")));
    let error = agent.build().unwrap().run("Is it?").await.unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::QuotaExhausted, "not today".into()));
}

#[tokio::test]
async fn panic_in_model_middleware_fails_the_request() {
    let model = ScriptedModel::new([ScriptedReply::text("Half an answer")]);
    let agent = agent(&model).model_middleware(|request, next| async move {
        Ok(next.inspect(request, |event| {
            if matches!(event, Ok(ModelEvent::TextDelta(text)) if text == "an ") {
                panic!("secret");
            }
        }))
    });
    let error = agent.build().unwrap().run("Is it?").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(error.to_string(), "model `scripted model` or its middleware panicked");
    assert_eq!(error.partial_run().unwrap().partial_text, "Half ");
}

#[tokio::test]
async fn ended_stream_stays_ended() {
    let model = ScriptedModel::new([ScriptedReply::text("Yes.")]);
    let next = NextModel::new(model);
    let mut events = next.stream("Is it?".into());
    assert!(matches!(events.next().await, Some(Ok(ModelEvent::TextDelta(_)))));
    assert!(matches!(events.next().await, Some(Ok(ModelEvent::Finished(_)))));
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none());
}

#[test]
fn wrapped_model_returns_the_info_of_the_inner_model() {
    struct Known;
    impl Model for Known {
        fn stream(&self, _: Request) -> ModelStream<'_> {
            stream::empty().boxed()
        }
        fn info(&self) -> ModelInfo<'_> {
            ModelInfo::new("known").model(Some("gpt-4o"))
        }
    }
    let wrapped =
        ModelMiddleware::new(Known, |request, next| async move { Ok(next.stream(request)) });
    assert_eq!((wrapped.info().name, wrapped.info().model), ("known", Some("gpt-4o")));
}

#[tokio::test(start_paused = true)]
async fn cut_response_is_retried_unless_the_run_is_streamed() {
    let script = || [ScriptedReply::text("Hel").cut_off(), ScriptedReply::text("Hello.")];
    let agent = |script: Vec<ScriptedReply>| {
        common::builder(Retry::new(ScriptedModel::new(script))).build().unwrap()
    };
    let reply = agent(script().into()).run("Hi.").await.unwrap();
    assert_eq!(reply.text(), "Hello.");

    let [cut, _] = script();
    let mut run = agent(vec![cut]).run("Hi.").stream();
    let mut seen = String::new();
    while let Some(event) = run.next().await {
        if let Event::TextDelta(text) = event {
            seen.push_str(&text);
        }
    }
    let error = run.await.unwrap_err();
    assert!(error.is_incomplete(), "{error}");
    assert_eq!((seen.as_str(), error.partial_text()), ("Hel", "Hel"));
}

#[tokio::test(start_paused = true)]
async fn middleware_that_reads_past_the_end_repeats_no_request() {
    let model = ScriptedModel::new([ScriptedReply::text("answer 0")]);
    let agent = common::builder(Retry::new(model.clone()))
        .model_middleware(|request, next| async move {
            let events: Vec<_> = next.stream(request).collect().await;
            Ok(stream::iter(events).boxed())
        })
        .build()
        .unwrap();
    assert_eq!(agent.run("Hi.").await.unwrap().text(), "answer 0");
    assert_eq!(model.requests().len(), 1);
}
