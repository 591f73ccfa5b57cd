//! Spans, as OpenTelemetry exports them.
use callsign::prelude::*;
use callsign::testing::{ScriptedModel, ScriptedReply};
use callsign_otel::GenAiExporter;
use opentelemetry::trace::{SpanKind, Status, TracerProvider as _};
use opentelemetry::{Array, SpanId, Value};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use serde_json::json;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;

/// Finds a flower.
#[tool]
fn find(flower: String) -> Result<String, ToolError> {
    if flower == "tulip" { Ok("There.".to_owned()) } else { Err(ToolError::private("no map")) }
}

fn attribute(span: &SpanData, name: &str) -> Option<Value> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == name);
    found.map(|attribute| attribute.value.clone())
}

/// Returns the only span with this name.
fn only<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    let mut found = spans.iter().filter(|span| span.name == name);
    let span = found.next().unwrap();
    assert!(found.next().is_none(), "several spans are named `{name}`");
    span
}

#[tokio::test]
async fn spans_have_names_kinds_parents_and_attributes() {
    let exporter = InMemorySpanExporter::default();
    let sent = GenAiExporter::new(exporter.clone());
    let provider = SdkTracerProvider::builder().with_simple_exporter(sent).build();
    let layer = callsign_otel::layer(provider.tracer("trips"));
    let layer = layer.with_filter(filter_fn(|metadata| metadata.target() == "callsign"));
    let subscriber = tracing_subscriber::registry().with(layer);
    crate::enable_spans_of_all_threads();
    let guard = tracing::subscriber::set_default(subscriber);
    tracing::callsite::rebuild_interest_cache();
    let calls = ScriptedReply::empty()
        .and_call("find", json!({"flower": "tulip"}))
        .and_call("find", json!({"flower": "rose"}));
    let model = ScriptedModel::new([calls.usage(10, 4), ScriptedReply::text("Done.").usage(20, 1)]);
    let agent = Agent::builder(model).name("trips").tools(tools![find]).build().unwrap();
    agent.conversation("c-1").send("Go.").await.unwrap();
    drop(guard);
    provider.force_flush().unwrap();
    let spans = exporter.get_finished_spans().unwrap();

    let run = only(&spans, "invoke_agent trips");
    assert_eq!(run.parent_span_id, SpanId::INVALID);
    assert_eq!(run.span_kind, SpanKind::Internal);
    assert_eq!(run.status, Status::Unset);
    assert_eq!(attribute(run, "gen_ai.usage.input_tokens"), Some(Value::I64(30)));
    assert_eq!(attribute(run, "gen_ai.conversation.id"), Some("c-1".into()));
    assert_eq!(attribute(run, "gen_ai.operation.name"), Some("invoke_agent".into()));
    assert_eq!(attribute(run, "gen_ai.agent.name"), Some("trips".into()));
    let of = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let turns = of("turn");
    assert_eq!(turns.len(), 2);
    for turn in &turns {
        assert_eq!(turn.parent_span_id, run.span_context.span_id());
    }
    // Spans are exported in the order in which they end.
    let chats = of("chat");
    let stop = Value::Array(Array::String(vec!["stop".into()]));
    for (chat, turn) in chats.iter().zip(&turns) {
        assert_eq!(chat.parent_span_id, turn.span_context.span_id());
        assert_eq!(chat.span_kind, SpanKind::Client);
        assert_eq!(attribute(chat, "gen_ai.operation.name"), Some("chat".into()));
        assert_eq!(attribute(chat, "gen_ai.conversation.id"), Some("c-1".into()));
    }
    assert_eq!(attribute(chats[1], "gen_ai.usage.input_tokens"), Some(Value::I64(20)));
    assert_eq!(attribute(chats[1], "gen_ai.response.finish_reasons"), Some(stop));
    let calls = of("execute_tool find");
    assert_eq!(calls.len(), 2);
    for call in &calls {
        assert_eq!(call.parent_span_id, turns[0].span_context.span_id());
        assert_eq!(call.span_kind, SpanKind::Internal);
        assert_eq!(attribute(call, "gen_ai.tool.type"), Some("function".into()));
        assert_eq!(attribute(call, "gen_ai.tool.name"), Some("find".into()));
    }
    let failed: Vec<_> =
        calls.iter().filter(|call| matches!(call.status, Status::Error { .. })).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(attribute(failed[0], "error.type"), Some("failed".into()));
    assert_eq!(spans.len(), 7);
    let all = format!("{spans:?}");
    for content in ["tulip", "There.", "no map", "Done."] {
        assert!(!all.contains(content), "{content} in {all}");
    }
}
