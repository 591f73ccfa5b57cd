//! An agent before a service that fails: nothing is run twice, and nothing on a guess.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callsign::prelude::*;
use callsign::{FaultAt, FaultReply, FaultServer, Retry, RetryPolicy};

const CALL: &str = r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"book","arguments":"{}"}}]}}]}"#;
const END: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#;

/// Books the flight.
#[tool]
async fn book(#[state] booked: &Arc<AtomicUsize>) -> &'static str {
    booked.fetch_add(1, Ordering::Relaxed);
    "Booked."
}

/// What came of a run against this script, how often a flight was booked, and the server.
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
async fn a_call_runs_once_however_often_the_model_is_asked() {
    let busy = || FaultReply::status(429);
    let call = FaultReply::events([CALL, END, "[DONE]"]);
    let torn = FaultReply::stream("Done.").reset(FaultAt::Body(0));
    let script = vec![busy(), busy(), call, FaultReply::html(502), torn, FaultReply::json("Done.")];
    let (reply, booked, server) = run(script).await;
    let reply = reply.unwrap();
    assert_eq!((reply.text(), reply.tool_calls(), booked), ("Done.", 1, 1));
    let requests = server.requests();
    let ids: Vec<_> = requests.iter().map(|r| r.header("x-ms-client-request-id")).collect();
    // Three tries of the first turn, three of the second.
    assert_eq!(ids.len(), 6);
    assert!(ids[..3].iter().all(|id| *id == ids[0]) && ids[3..].iter().all(|id| *id == ids[3]));
    assert_ne!(ids[0], ids[3]);
}

#[tokio::test]
async fn a_call_of_a_stream_that_broke_is_neither_run_nor_asked_for_again() {
    let torn = FaultReply::events([CALL, END, "[DONE]"]).close(FaultAt::Events(1));
    let (reply, booked, server) = run(vec![torn]).await;
    let error = reply.unwrap_err();
    assert!(error.is_transport(), "{error:?}");
    assert_eq!((booked, server.requests().len()), (0, 1));
}
