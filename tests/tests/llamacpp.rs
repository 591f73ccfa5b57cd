//! An agent with a real llama.cpp server, which `tests/llamacpp.sh` starts.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicUsize, Ordering};

use callsign::prelude::*;
use callsign::testing::check_sendable;

/// Returns the address of the server, or prints that the test is skipped.
fn endpoint(test: &str) -> Option<String> {
    let endpoint = std::env::var("CALLSIGN_LLAMACPP").ok();
    if endpoint.is_none() {
        eprintln!("skipped: {test} needs CALLSIGN_LLAMACPP; run tests/llamacpp.sh");
    }
    endpoint
}

/// Which cabin to fly in.
#[data]
enum Cabin {
    Economy,
    Business,
}

/// Returns the next flight between two cities: airline, flight number, date and time.
#[tool(read_only)]
async fn get_flight_info(
    /// The name of the city where the flight originates.
    origin_city: String,
    /// The flight destination city.
    destination_city: String,
    cabin: Option<Cabin>,
    #[state] calls: &AtomicUsize,
) -> String {
    calls.fetch_add(1, Ordering::Relaxed);
    let cabin = cabin.map_or("any", |cabin| match cabin {
        Cabin::Economy => "economy",
        Cabin::Business => "business",
    });
    format!("DL 1443, 9:30, {cabin}; from {origin_city:.20} to {destination_city:.20}")
}

async fn run_agent(streaming: bool) {
    let Some(endpoint) = endpoint("the agent with llama.cpp") else { return };
    let model = ChatModel::builder(endpoint).model("tiny-bigram").streaming(streaming);
    let calls = std::sync::Arc::new(AtomicUsize::new(0));
    let agent = Agent::builder(model.build().unwrap())
        .instructions("You help people find flights.")
        .tools(tools![get_flight_info])
        .state_arc(calls.clone())
        .options(Options::new().seed(7).max_tokens(1024))
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    for question in ["When is the next flight from New York to Seattle?", "And to Boston?"] {
        let mut run = chat.send(question).stream();
        let (mut text, mut calls_made, mut results) = (String::new(), 0, 0);
        while let Some(event) = run.next().await {
            match event {
                Event::TextDelta(delta) => text.push_str(&delta),
                Event::ToolCall(_) => calls_made += 1,
                Event::ToolResult(result) => {
                    assert!(result.status.is_success(), "{result:?}");
                    results += 1;
                }
                _ => {}
            }
        }
        let reply = run.await.unwrap();
        assert!(calls_made >= 1 && calls_made == results, "{calls_made} calls, {results} results");
        assert!(!reply.text().is_empty() && text.ends_with(reply.text()));
        assert!(reply.usage().input_tokens > 0 && reply.usage().output_tokens > 0);
        check_sendable(reply.messages()).unwrap();
        eprintln!("streaming {streaming}: {calls_made} calls, {:?}", reply.text());
    }
    assert!(calls.load(Ordering::Relaxed) >= 2);
}

#[tokio::test]
async fn agent_completes_with_streaming() {
    run_agent(true).await;
}

#[tokio::test]
async fn agent_completes_without_streaming() {
    run_agent(false).await;
}
