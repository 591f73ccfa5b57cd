//! Log lines that are written inside of a run, with the default format of `tracing_subscriber`.

use std::io;
use std::sync::{Arc, Mutex};

use callsign::prelude::*;
use callsign::testing::{ScriptedModel, ScriptedReply};
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Finds a flower.
#[tool]
async fn find(flower: String) -> Result<String, ToolError> {
    tracing::info!(flower, "looking");
    Err(ToolError::private("no map"))
}

fn agent() -> Agent {
    let model = ScriptedModel::new([
        ScriptedReply::call("find", json!({"flower": "rose"})).usage(10, 4),
        ScriptedReply::text("Done.").usage(20, 1),
    ]);
    Agent::builder(model)
        .name("garden")
        .tools(tools![find])
        .record_content(true)
        .model_middleware(|request, next| async move {
            tracing::info!("asking");
            Ok(next.stream(request))
        })
        .build()
        .unwrap()
}

/// Returns the lines that a run logs, without their times.
async fn lines(level: LevelFilter) -> Vec<String> {
    let log = Log::default();
    let writer = log.clone();
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone());
    let subscriber = tracing_subscriber::registry().with(level).with(layer);
    crate::enable_spans_of_all_threads();
    let guard = tracing::subscriber::set_default(subscriber);
    tracing::callsite::rebuild_interest_cache();
    agent().conversation("c-1").send("Go.").await.unwrap();
    drop(guard);
    let log = log.0.lock().unwrap();
    let log = String::from_utf8(log.clone()).unwrap();
    log.lines().map(|line| line.trim().to_owned()).collect()
}

#[tokio::test]
async fn lines_have_only_the_fields_that_identify_the_run_and_the_call() {
    let run = "invoke_agent{otel.name=\"invoke_agent garden\" gen_ai.conversation.id=\"c-1\"}";
    let call = "execute_tool{otel.name=\"execute_tool find\" gen_ai.tool.call.id=\"c00000000\"}";
    let lines = lines(LevelFilter::INFO).await;
    assert_eq!(lines[0], format!("INFO {run}: integration::log_lines: asking"));
    assert_eq!(
        lines[1],
        format!("INFO {run}:{call}: integration::log_lines: looking flower=\"rose\"")
    );
    assert!(lines[2].starts_with(&format!("WARN {run}:{call}: callsign_core::")), "{lines:?}");
    assert_eq!(lines[3], lines[0]);
    assert_eq!(lines.len(), 4, "{lines:#?}");
}

#[tokio::test]
async fn turns_are_numbered_if_debug_spans_are_enabled() {
    let lines = lines(LevelFilter::DEBUG).await;
    let asking: Vec<_> = lines.iter().filter(|line| line.ends_with("asking")).collect();
    assert!(asking[0].contains("}:turn{callsign.turn=1}: "), "{asking:?}");
    assert!(asking[1].contains("}:turn{callsign.turn=2}: "), "{asking:?}");
}
