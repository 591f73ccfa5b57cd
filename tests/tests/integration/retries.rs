//! Retries of a failing provider: no tool call runs twice, and none runs from a broken response.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callsign::middleware::{Retry, RetryPolicy};
use callsign::prelude::*;
use callsign::testing::{FaultAt, FaultReply, FaultServer};

const CALL: &str = r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"book","arguments":"{}"}}]}}]}"#;
const END: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#;

/// Books the flight.
#[tool]
async fn book(#[state] booked: &Arc<AtomicUsize>) -> &'static str {
    booked.fetch_add(1, Ordering::Relaxed);
    "Booked."
}

/// Runs an agent against a server with this script. Returns the result, the number of bookings and
/// the server.
async fn run(script: Vec<FaultReply>) -> (Result<Reply, Error>, usize, FaultServer) {
    let server = FaultServer::start(script).await.unwrap();
    let wait = Duration::from_millis(1);
    let model = Retry::new(ChatModel::builder(server.endpoint()).build().unwrap());
    let model = model.policy(RetryPolicy::new().backoff(wait, wait));
    let booked = Arc::new(AtomicUsize::new(0));
    let agent = Agent::builder(model).tools(tools![book]).state(booked.clone()).build().unwrap();
    let reply = agent.run("Book it.").await;
    (reply, booked.load(Ordering::Relaxed), server)
}

#[tokio::test]
async fn tool_call_runs_once_despite_retries() {
    let busy = || FaultReply::status(429);
    let call = FaultReply::events([CALL, END, "[DONE]"]);
    let broken = FaultReply::stream("Done.").reset(FaultAt::Body(0));
    let script =
        vec![busy(), busy(), call, FaultReply::html(502), broken, FaultReply::json("Done.")];
    let (reply, booked, server) = run(script).await;
    let reply = reply.unwrap();
    assert_eq!((reply.text(), reply.tool_calls(), booked), ("Done.", 1, 1));
    let requests = server.requests();
    let ids: Vec<_> = requests.iter().map(|r| r.header("x-ms-client-request-id")).collect();
    // Each turn takes three attempts, which share a request id.
    assert_eq!(ids.len(), 6);
    assert!(ids[..3].iter().all(|id| *id == ids[0]) && ids[3..].iter().all(|id| *id == ids[3]));
    assert_ne!(ids[0], ids[3]);
}

#[tokio::test]
async fn tool_call_of_a_broken_stream_is_not_run_and_its_request_is_retried() {
    let broken = FaultReply::events([CALL, END, "[DONE]"]).close(FaultAt::Events(1));
    let (reply, booked, server) = run(vec![broken, FaultReply::json("No seat is left.")]).await;
    assert_eq!(reply.unwrap().text(), "No seat is left.");
    assert_eq!((booked, server.requests().len()), (0, 2));
}
