//! Tests with a provider that fails.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output, Stdio};

use callsign::testing::{FaultAt, FaultReply, FaultServer};

/// Runs the bot against `server`.
async fn bot(server: &FaultServer) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flight-bot"));
    command.args(["--endpoint", server.endpoint(), "--model", "m", "Hello?"]);
    command.stdin(Stdio::null());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test]
async fn failed_requests_are_retried_with_a_note() {
    let script = [
        FaultReply::status(429).header("retry-after-ms", "100"),
        FaultReply::stream("Good morning.").reset(FaultAt::Body(0)),
        FaultReply::stream("Good morning."),
    ];
    let server = FaultServer::start(script).await.unwrap();
    let output = bot(&server).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Good morning.\n");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let retries: Vec<_> = stderr.lines().filter(|it| it.starts_with("(retrying in ")).collect();
    assert_eq!(retries.len(), 2, "{stderr}");
    assert!(retries[0].contains("responded with 429"), "{stderr}");
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    let id = requests[0].header("x-ms-client-request-id").unwrap();
    assert!(requests.iter().all(|request| request.header("x-ms-client-request-id") == Some(id)));
}

#[tokio::test]
async fn retry_after_beyond_the_limit_is_an_error() {
    let busy = FaultReply::status(429).header("retry-after", "86400");
    let server = FaultServer::always(busy).await.unwrap();
    let output = bot(&server).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let expected = "the requested delay of 86400 s exceeds the remaining 60 s";
    assert!(stderr.contains(expected), "{stderr}");
    assert_eq!(server.requests().len(), 1);
}
