//! Whoever listens slowly holds the run back, and nothing piles up meanwhile.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use callsign_core::traits::model::{Model, ModelStream};
use callsign_core::words::event::{Event, Finished, ModelEvent};
use callsign_core::words::finish::FinishReason;
use callsign_core::words::request::Request;
use callsign_testkit::{Scripted, ScriptedModel};
use common::{FnTool, any_object};
use futures_util::{StreamExt, stream};
use serde_json::json;

/// Says a word, again and again, and counts how often it was asked for one.
struct Babbles {
    words: usize,
    asked: Arc<AtomicUsize>,
}

impl Model for Babbles {
    fn stream(&self, _: Request) -> ModelStream<'_> {
        let words = stream::iter(0..self.words).map(|_| {
            self.asked.fetch_add(1, Relaxed);
            Ok(ModelEvent::TextDelta("word ".to_owned()))
        });
        let end = ModelEvent::Finished(Box::new(Finished::new(FinishReason::Stop)));
        Box::pin(words.chain(stream::iter([Ok(end)])))
    }

    fn name(&self) -> &str {
        "babbles"
    }
}

#[tokio::test]
async fn a_model_is_asked_for_no_more_than_was_heard() {
    let asked = Arc::new(AtomicUsize::new(0));
    let model = Babbles { words: 10_000, asked: asked.clone() };
    let agent = common::builder(model).build().unwrap();
    let mut run = agent.run("Go.").stream();
    let mut heard = 0;
    while heard < 100 {
        if let Event::TextDelta(_) = run.next().await.unwrap() {
            heard += 1;
            let ahead = asked.load(Relaxed) - heard;
            assert!(ahead <= 64, "{ahead} words wait after {heard} were heard");
        }
    }
    // Whoever only wants the outcome reads on without them.
    let reply = run.await.unwrap();
    assert_eq!(reply.text().len(), 50_000);
    assert_eq!(asked.load(Relaxed), 10_000);
}

#[tokio::test]
async fn reports_that_nobody_hears_do_not_pile_up() {
    let tool = FnTool::new("chatty", any_object(), |context, _| async move {
        (0..10_000).for_each(|n| context.progress(n.to_string()));
        Ok("done".into())
    });
    let model = ScriptedModel::new([Scripted::call("chatty", json!({})), Scripted::text("Ok.")]);
    let agent = common::builder(model).tool(tool).build().unwrap();
    let mut run = agent.run("Go.").stream();
    let mut reports = Vec::new();
    let mut ended = false;
    while let Some(event) = run.next().await {
        match event {
            Event::ToolProgress(progress) => reports.push(progress.content.text().into_owned()),
            Event::ToolResult(_) => ended = true,
            _ => {}
        }
    }
    assert!(ended, "what the run itself tells is never passed over");
    assert!((1..=256).contains(&reports.len()), "{} reports waited", reports.len());
    assert_eq!(reports[0], "0", "the first ones are heard");
    assert_eq!(run.await.unwrap().text(), "Ok.");
}
