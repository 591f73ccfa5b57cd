//! Back pressure: a slow stream reader holds the run back, and queues stay bounded.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::event::{Event, ModelEvent, ResponseEnd};
use callsign_types::finish_reason::FinishReason;
use callsign_types::request::Request;
use callsign_types::traits::model::{Model, ModelInfo, ModelStream};
use futures_util::{StreamExt, stream};
use serde_json::json;

use crate::common;
use crate::common::{FnTool, any_object};

/// A model that generates `words` words, and counts those that it has generated.
struct EndlessModel {
    words: usize,
    generated: Arc<AtomicUsize>,
}

impl Model for EndlessModel {
    fn stream(&self, _: Request) -> ModelStream<'_> {
        let words = stream::iter(0..self.words).map(|_| {
            self.generated.fetch_add(1, Relaxed);
            Ok(ModelEvent::TextDelta("word ".to_owned()))
        });
        let end = ModelEvent::Finished(Box::new(ResponseEnd::new(FinishReason::Stop)));
        Box::pin(words.chain(stream::iter([Ok(end)])))
    }

    fn info(&self) -> ModelInfo<'_> {
        ModelInfo::new("endless")
    }
}

#[tokio::test]
async fn slow_stream_reader_holds_the_model_back() {
    let generated = Arc::new(AtomicUsize::new(0));
    let model = EndlessModel { words: 10_000, generated: generated.clone() };
    let agent = common::builder(model).build().unwrap();
    let mut run = agent.run("Go.").stream();
    let mut received = 0;
    while received < 100 {
        if let Event::TextDelta(_) = run.next().await.unwrap() {
            received += 1;
            let ahead = generated.load(Relaxed) - received;
            assert!(ahead <= 64, "{ahead} words wait after {received} were received");
        }
    }
    // Awaiting the run discards the remaining events.
    let reply = run.await.unwrap();
    assert_eq!(reply.text().len(), 50_000);
    assert_eq!(generated.load(Relaxed), 10_000);
}

#[tokio::test]
async fn unread_progress_reports_are_bounded() {
    let tool = FnTool::new("chatty", any_object(), |context, _| async move {
        (0..10_000).for_each(|n| context.progress(n.to_string()));
        Ok("done".into())
    });
    let model =
        ScriptedModel::new([ScriptedReply::call("chatty", json!({})), ScriptedReply::text("Ok.")]);
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
    assert!(ended, "events of the run itself are never dropped");
    assert!((1..=256).contains(&reports.len()), "{} reports waited", reports.len());
    assert_eq!(reports[0], "0", "the first reports are kept");
    assert_eq!(run.await.unwrap().text(), "Ok.");
}
