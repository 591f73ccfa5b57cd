//! The spans of a run, in the form of OpenTelemetry's GenAI conventions.
use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::agent::builder::AgentBuilder;
use callsign_core::macro_support::{LateRoute, blocking};
use callsign_core::run::reply::Outcome;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::{Event, ModelEvent, ResponseEnd};
use callsign_types::finish_reason::FinishReason;
use callsign_types::limits::Limits;
use callsign_types::request::{Options, Request};
use callsign_types::traits::model::{Model, ModelInfo, ModelStream};
use callsign_types::traits::tool::ToolOutput;
use callsign_types::traits::tool_error::ToolError;
use callsign_types::usage::Usage;
use serde_json::{Value, json};
use tracing::Level;

use crate::common;
use crate::common::collected;
use crate::common::collected::Collected;
use crate::common::{Effects, FnTool, any_object, work};

/// A scripted model with a model name and a provider.
struct KnownModel(ScriptedModel);

impl Model for KnownModel {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        self.0.stream(request)
    }

    fn info(&self) -> ModelInfo<'_> {
        ModelInfo::new("known").model(Some("gpt-4o")).provider(Some("azure.ai.openai"))
    }
}

fn trips(script: impl IntoIterator<Item = ScriptedReply>) -> AgentBuilder {
    Agent::builder(KnownModel(ScriptedModel::new(script))).name("trips")
}

fn two_calls() -> ScriptedReply {
    ScriptedReply::empty()
        .and_call_raw("call_1", "work", json!({"name": "rose", "ms": 3}).to_string())
        .and_call_raw("call_2", "work", json!({"name": "tulip"}).to_string())
        .usage(20, 5)
}

#[tokio::test]
async fn run_has_spans_for_turns_requests_and_calls() {
    let (spans, _guard) = Collected::begin(Level::DEBUG);
    let agent = trips([two_calls(), ScriptedReply::text("Done.").usage(30, 2)])
        .tool(work(&Effects::default()))
        .build()
        .unwrap();
    agent.conversation("c-1").send("Go.").await.unwrap();

    let expected = [
        "invoke_agent trips",
        "  turn",
        "    chat gpt-4o",
        "    execute_tool work",
        "    execute_tool work",
        "  turn",
        "    chat gpt-4o",
    ];
    assert_eq!(spans.tree(), expected);

    let run = spans.one("invoke_agent");
    assert_eq!(run.level, Level::INFO);
    let of_run = [
        ("callsign.outcome", "answered"),
        ("callsign.turns", "2"),
        ("gen_ai.agent.name", "trips"),
        ("gen_ai.conversation.id", "c-1"),
        ("gen_ai.operation.name", "invoke_agent"),
        ("gen_ai.provider.name", "azure.ai.openai"),
        ("gen_ai.request.model", "gpt-4o"),
        ("gen_ai.usage.input_tokens", "50"),
        ("gen_ai.usage.output_tokens", "7"),
        ("otel.name", "invoke_agent trips"),
    ];
    assert_eq!(run.fields, fields(of_run));

    let calls: Vec<_> =
        spans.all().into_iter().filter(|span| span.name == "execute_tool").collect();
    let of_call = [
        ("callsign.outcome", "answered"),
        ("gen_ai.conversation.id", "c-1"),
        ("gen_ai.operation.name", "execute_tool"),
        ("gen_ai.tool.call.id", "call_1"),
        ("gen_ai.tool.name", "work"),
        ("gen_ai.tool.type", "function"),
        ("otel.name", "execute_tool work"),
    ];
    assert_eq!(calls[0].fields, fields(of_call));
    assert_eq!(calls[1].fields["gen_ai.tool.call.id"], "call_2");

    let turns: Vec<_> = spans.all().into_iter().filter(|span| span.name == "turn").collect();
    assert_eq!(turns[1].level, Level::DEBUG);
    assert_eq!(turns[1].fields, fields([("callsign.turn", "2")]));
}

fn fields<const N: usize>(fields: [(&str, &str); N]) -> std::collections::BTreeMap<String, String> {
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

#[tokio::test]
async fn chat_span_has_request_and_response_fields() {
    let (spans, _guard) = Collected::begin(Level::INFO);
    let mut finished = ResponseEnd::new(FinishReason::Stop);
    finished.response_id = Some("chatcmpl-1".to_owned());
    finished.model = Some("gpt-4o-2024".to_owned());
    let mut usage = Usage::new(12, 8);
    (usage.cached_input_tokens, usage.reasoning_tokens) = (4, 3);
    finished.usage = Some(usage);
    let reply = [ModelEvent::TextDelta("Yes.".into()), ModelEvent::Finished(Box::new(finished))];
    let options = Options::new().temperature(0.5).max_tokens(99).seed(7).top_p(0.25);
    let agent = trips([ScriptedReply::events(reply)]).options(options).build().unwrap();
    agent.conversation("c-1").send("Is it?").await.unwrap();

    // Turn spans have the level DEBUG.
    assert_eq!(spans.tree(), ["invoke_agent trips", "  chat gpt-4o"]);
    let of_chat = [
        ("gen_ai.agent.name", "trips"),
        ("gen_ai.conversation.id", "c-1"),
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "azure.ai.openai"),
        ("gen_ai.request.max_tokens", "99"),
        ("gen_ai.request.model", "gpt-4o"),
        ("gen_ai.request.seed", "7"),
        ("gen_ai.request.temperature", "0.5"),
        ("gen_ai.request.top_p", "0.25"),
        ("gen_ai.response.finish_reasons", r#"["stop"]"#),
        ("gen_ai.response.id", "chatcmpl-1"),
        ("gen_ai.response.model", "gpt-4o-2024"),
        ("gen_ai.usage.cache_read.input_tokens", "4"),
        ("gen_ai.usage.input_tokens", "12"),
        ("gen_ai.usage.output_tokens", "8"),
        ("gen_ai.usage.reasoning.output_tokens", "3"),
        ("otel.kind", "client"),
        ("otel.name", "chat gpt-4o"),
    ];
    assert_eq!(spans.one("chat").fields, fields(of_chat));
}

/// Runs one call of `work`, and returns the outcome in its span.
async fn call_outcome(tool: FnTool) -> String {
    let (spans, _guard) = Collected::begin(Level::INFO);
    let agent = trips([ScriptedReply::call("work", json!({})), ScriptedReply::text("Done.")])
        .tool(tool)
        .limits(Limits::default().tool_timeout(Duration::from_millis(5)))
        .build()
        .unwrap();
    agent.run("Go.").await.unwrap();
    let span = spans.one("execute_tool");
    assert!(span.is_closed);
    let is_error = span.fields.get("otel.status_code").is_some_and(|code| code == "ERROR");
    assert_eq!(span.fields.contains_key("error.type"), is_error);
    if is_error {
        assert_eq!(span.fields["error.type"], span.fields["callsign.outcome"]);
    }
    assert!(!spans.one("invoke_agent").fields.contains_key("error.type"));
    format!("{} {}", span.fields["callsign.outcome"], if is_error { "error" } else { "ok" })
}

fn panicking() -> Result<ToolOutput, ToolError> {
    panic!("on purpose")
}

#[tokio::test]
async fn failed_calls_set_the_error_type() {
    let failing = |error: fn() -> ToolError| {
        FnTool::new("work", any_object(), move |_, _| async move { Err(error()) })
    };
    assert_eq!(call_outcome(failing(|| ToolError::private("no"))).await, "failed error");
    // A visible error is a normal result.
    assert_eq!(call_outcome(failing(|| ToolError::visible("no"))).await, "told ok");
    let panicking = FnTool::new("work", any_object(), |_, _| async { panicking() });
    assert_eq!(call_outcome(panicking).await, "panicked error");
    let endless = || FnTool::new("work", any_object(), |_, _| std::future::pending());
    assert_eq!(call_outcome(endless().with(|spec| spec.read_only = true)).await, "timed_out error");
    assert_eq!(call_outcome(endless()).await, "unknown error");
    let other = FnTool::new("other", any_object(), |_, _| async { Ok("".into()) });
    assert_eq!(call_outcome(other).await, "unknown_tool error");
}

#[tokio::test]
async fn model_error_is_recorded_in_the_spans() {
    let (spans, _guard) = Collected::begin(Level::DEBUG);
    let error = Error::new(ErrorKind::Server, "the provider failed");
    let agent = trips([ScriptedReply::error(error)]).build().unwrap();
    agent.run("Go.").await.unwrap_err();
    let expected = ["invoke_agent trips: server", "  turn", "    chat gpt-4o: server"];
    assert_eq!(spans.tree(), expected);
    assert_eq!(spans.one("chat").fields["otel.status_code"], "ERROR");

    let (spans, _guard) = Collected::begin(Level::DEBUG);
    let agent = trips([ScriptedReply::text("Half").cut_off()]).build().unwrap();
    agent.run("Go.").await.unwrap_err();
    let expected = ["invoke_agent trips: unfinished", "  turn", "    chat gpt-4o: unfinished"];
    assert_eq!(spans.tree(), expected);
}

#[tokio::test]
async fn run_timeout_is_recorded_in_the_spans() {
    let (spans, _guard) = Collected::begin(Level::DEBUG);
    let limits = Limits::default().run_timeout(Duration::from_millis(5));
    let agent = trips([ScriptedReply::text("Half").and_hang()]).limits(limits).build().unwrap();
    agent.run("Go.").await.unwrap_err();
    let expected = ["invoke_agent trips: limit_time", "  turn", "    chat gpt-4o: cancelled"];
    assert_eq!(spans.tree(), expected);
}

#[tokio::test]
async fn paused_and_resumed_runs_have_separate_spans() {
    let (spans, _guard) = Collected::begin(Level::DEBUG);
    let tool = work(&Effects::default()).with(|spec| spec.approval = true);
    let agent = trips([ScriptedReply::call("work", json!({})), ScriptedReply::text("Done.")])
        .tool(tool)
        .build()
        .unwrap();
    let conversation = agent.conversation("c-1");
    let paused = conversation.send("Go.").await.unwrap();
    assert!(matches!(paused.outcome(), Outcome::Paused(_)));
    assert_eq!(spans.tree(), ["invoke_agent trips", "  turn", "    chat gpt-4o"]);
    assert_eq!(spans.one("invoke_agent").fields["callsign.outcome"], "paused");

    conversation.approve(&paused.approvals()[0]).await.unwrap();
    conversation.resume().await.unwrap();
    let expected = [
        "invoke_agent trips",
        "  turn",
        "    chat gpt-4o",
        // The turn belongs to the first run.
        "invoke_agent trips",
        "  execute_tool work",
        "  turn",
        "    chat gpt-4o",
    ];
    assert_eq!(spans.tree(), expected);
}

#[tokio::test]
async fn dropping_a_run_ends_its_spans_as_cancelled() {
    let (spans, _guard) = Collected::begin(Level::DEBUG);
    let endless = FnTool::new("endless", any_object(), |_, _| std::future::pending());
    let reply = two_calls().and_call("endless", json!({}));
    let agent = trips([reply]).tool(endless).tool(work(&Effects::default())).build().unwrap();
    let conversation = agent.conversation("c-1");
    let mut run = conversation.send("Go.").stream();
    let mut results = 0;
    while results < 2 {
        results += usize::from(matches!(run.next().await.unwrap(), Event::ToolResult(_)));
    }
    assert!(spans.tree().iter().any(|line| line.contains("endless (open)")));
    drop(run);
    let expected = [
        "invoke_agent trips: cancelled",
        "  turn",
        "    chat gpt-4o",
        "    execute_tool work",
        "    execute_tool work",
        "    execute_tool endless: cancelled",
    ];
    assert_eq!(spans.tree(), expected);
    conversation.wait_idle().await.unwrap();

    let (spans, _guard) = Collected::begin(Level::DEBUG);
    let agent = trips([ScriptedReply::text("Half").and_hang()]).build().unwrap();
    let mut run = agent.run("Go.").stream();
    while !matches!(run.next().await.unwrap(), Event::TextDelta(_)) {}
    run.cancel().await.unwrap_err();
    let expected = ["invoke_agent trips: cancelled", "  turn", "    chat gpt-4o: cancelled"];
    assert_eq!(spans.tree(), expected);
}

#[tokio::test]
async fn spans_inside_a_tool_are_children_of_its_call() {
    let (spans, _guard) = Collected::begin(Level::INFO);
    let inner = trips([ScriptedReply::text("Inner.")]).name("inner").build().unwrap();
    let tool = FnTool::new("ask", any_object(), move |context, _| {
        let inner = inner.clone();
        async move {
            context.ask("Should I?").await?;
            Ok(inner.run("Go.").await?.text().into())
        }
    });
    let script = [
        ScriptedReply::call("ask", json!({})),
        ScriptedReply::text("Yes."),
        ScriptedReply::text("Done."),
    ];
    trips(script).tool(tool).build().unwrap().run("Go.").await.unwrap();
    let expected = [
        "invoke_agent trips",
        "  chat gpt-4o",
        "  execute_tool ask",
        "    chat gpt-4o",
        "    invoke_agent inner",
        "      chat gpt-4o",
        "  chat gpt-4o",
    ];
    assert_eq!(spans.tree(), expected);
}

#[tokio::test]
async fn blocking_tool_runs_inside_its_span() {
    let (spans, _guard) = Collected::begin(Level::INFO);
    let tool = FnTool::new("work", any_object(), |context, _| async move {
        blocking(
            LateRoute::of(&context),
            || Ok(format!("{:?}", std::thread::current().id()).into()),
        )
        .await?
    });
    let agent =
        trips([ScriptedReply::call("work", json!({})), ScriptedReply::text("Done.")]).tool(tool);
    let reply = agent.build().unwrap().run("Go.").await.unwrap();
    let thread_id = common::results(reply.messages())[0].content.text().into_owned();
    let span = spans.one("execute_tool");
    assert_eq!(span.threads.len(), 2);
    assert!(span.threads.iter().any(|thread| format!("{thread:?}") == thread_id));
    assert!(span.is_closed);
}

#[tokio::test]
async fn each_request_of_model_middleware_has_a_span() {
    let (spans, _guard) = Collected::begin(Level::INFO);
    let error = Error::new(ErrorKind::Server, "the provider failed");
    let agent = trips([ScriptedReply::error(error), ScriptedReply::text("Done.")])
        .model_middleware(|request, next| async move {
            let _ = next.complete(request.clone()).await;
            Ok(next.stream(request))
        })
        .build()
        .unwrap();
    agent.run("Go.").await.unwrap();
    let expected = ["invoke_agent trips", "  chat gpt-4o: server", "  chat gpt-4o"];
    assert_eq!(spans.tree(), expected);
}

const SECRETS: [&str; 4] = ["tulip", "Be kind", "Say hello", "Farewell"];

async fn run_with_content(record: bool) -> Collected {
    let (spans, _guard) = Collected::begin(Level::TRACE);
    let tool = FnTool::new("work", any_object(), |_, _| async {
        ToolOutput::new("a tulip").with_metadata("hidden orchid")
    });
    let failing = FnTool::new("failing", any_object(), |_, _| async {
        Err(ToolError::private("hidden orchid"))
    });
    let calls = two_calls().and_call("failing", json!({}));
    let agent = trips([calls, ScriptedReply::text("Farewell.")])
        .instructions("Be kind.")
        .tool(tool)
        .tool(failing)
        .record_content(record)
        .build()
        .unwrap();
    agent.run("Say hello.").await.unwrap();
    spans
}

#[tokio::test]
async fn content_is_recorded_only_on_request() {
    let without = format!("{:?}", run_with_content(false).await.all());
    let with = run_with_content(true).await;
    let all = format!("{:?}", with.all());
    for secret in SECRETS {
        assert!(!without.contains(secret), "{secret} in {without}");
        assert!(all.contains(secret), "{secret} not in {all}");
    }
    for all in [without, all] {
        assert!(!all.contains("orchid"), "{all}");
    }

    let call = with.all().into_iter().find(|span| span.name == "execute_tool").unwrap();
    assert_eq!(call.fields["gen_ai.tool.call.arguments"], r#"{"name":"rose","ms":3}"#);
    assert_eq!(call.fields["gen_ai.tool.call.result"], "a tulip");
    let chats: Vec<_> = with.all().into_iter().filter(|span| span.name == "chat").collect();
    let json = |span: &collected::CollectedSpan, field: &str| -> Value {
        serde_json::from_str(&span.fields[field]).unwrap()
    };
    let instructions = json(&chats[0], "gen_ai.system_instructions");
    assert_eq!(instructions, json!([{"type": "text", "content": "Be kind."}]));
    let input = json!([{
        "role": "user",
        "parts": [{"type": "text", "content": "Say hello."}],
    }]);
    assert_eq!(json(&chats[0], "gen_ai.input.messages"), input);
    let sent = json(&chats[1], "gen_ai.input.messages");
    assert_eq!(sent[1]["parts"][0]["arguments"]["name"], "rose");
    let result = json!({"type": "tool_call_response", "id": "call_1", "response": "a tulip"});
    assert_eq!(sent[2]["parts"][0], result);
    let output = json!([{
        "role": "assistant",
        "parts": [{"type": "text", "content": "Farewell."}],
        "finish_reason": "stop",
    }]);
    assert_eq!(json(&chats[1], "gen_ai.output.messages"), output);
}

fn json_field(span: &collected::CollectedSpan, field: &str) -> Value {
    serde_json::from_str(&span.fields[field]).unwrap()
}

#[tokio::test]
async fn run_has_the_new_messages_and_the_answer() {
    let run = run_with_content(true).await.one("invoke_agent");
    let input = json!([{
        "role": "user",
        "parts": [{"type": "text", "content": "Say hello."}],
    }]);
    assert_eq!(json_field(&run, "gen_ai.input.messages"), input);
    let output = json!([{
        "role": "assistant",
        "parts": [{"type": "text", "content": "Farewell."}],
        "finish_reason": "stop",
    }]);
    assert_eq!(json_field(&run, "gen_ai.output.messages"), output);
}

#[tokio::test]
async fn recorded_calls_have_the_ids_of_the_journal() {
    let (spans, _guard) = Collected::begin(Level::INFO);
    let unnamed = || ScriptedReply::empty().and_call_raw("", "work", "{}");
    let same = || ScriptedReply::empty().and_call_raw("call_1", "work", "{}");
    let script = [unnamed(), same(), same(), ScriptedReply::text("Done.")];
    let agent = trips(script).tool(work(&Effects::default())).record_content(true).build().unwrap();
    agent.run("Go.").await.unwrap();
    let all = spans.all();
    let ids = |name: &str, id: fn(&collected::CollectedSpan) -> Value| -> Vec<Value> {
        all.iter().filter(|span| span.name == name).map(id).collect()
    };
    let recorded =
        ids("chat", |span| json_field(span, "gen_ai.output.messages")[0]["parts"][0]["id"].clone());
    let called = ids("execute_tool", |span| json!(span.fields["gen_ai.tool.call.id"]));
    assert_eq!(recorded[..3], called);
    assert_ne!(called[1], called[2]);
}

#[tokio::test]
async fn usage_that_no_provider_reported_is_left_out() {
    let (spans, _guard) = Collected::begin(Level::INFO);
    trips([ScriptedReply::text("Done.")]).build().unwrap().run("Go.").await.unwrap();
    for span in spans.all() {
        assert_eq!(span.fields.get("gen_ai.usage.input_tokens"), None, "{}", span.name);
    }
}

#[tokio::test]
async fn span_of_a_resumed_run_has_the_usage_of_that_run() {
    let (spans, _guard) = Collected::begin(Level::INFO);
    let pay = common::named("pay", &Effects::default()).with(|spec| spec.approval = true);
    let call = ScriptedReply::call("pay", json!({"name": "a"})).usage(10, 1);
    let agent = trips([call, ScriptedReply::text("Paid.").usage(20, 2)]).tool(pay).build().unwrap();
    let chat = agent.conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    chat.approve(&paused.approvals()[0]).await.unwrap();
    let reply = chat.resume().await.unwrap();
    assert_eq!(reply.usage().input_tokens, 30, "of the whole request");
    let runs = spans.all().into_iter().filter(|span| span.name == "invoke_agent");
    let usage: Vec<_> = runs.map(|span| span.fields["gen_ai.usage.input_tokens"].clone()).collect();
    assert_eq!(usage, ["10", "20"]);
}
