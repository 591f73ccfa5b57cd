//! The bot before a service that fails now and then.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output, Stdio};

use callsign::{FaultAt, FaultReply, FaultServer};

/// Runs the bot against this server.
async fn bot(server: &FaultServer) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flight-bot"));
    command.args(["--endpoint", server.endpoint(), "--model", "m", "Hello?"]);
    command.stdin(Stdio::null());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_busy_service_is_asked_again_and_it_is_told() {
    let script = [
        FaultReply::status(429).header("retry-after-ms", "100"),
        FaultReply::stream("Good morning.").reset(FaultAt::Body(0)),
        FaultReply::stream("Good morning."),
    ];
    let server = FaultServer::start(script).await.unwrap();
    let output = bot(&server).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Good morning.\n");
    let aside = String::from_utf8_lossy(&output.stderr);
    let told: Vec<_> = aside.lines().filter(|line| line.starts_with("(asking again in ")).collect();
    assert_eq!(told.len(), 2, "{aside}");
    assert!(told[0].contains("answered 429"), "{aside}");
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    let id = requests[0].header("x-ms-client-request-id").unwrap();
    assert!(requests.iter().all(|request| request.header("x-ms-client-request-id") == Some(id)));
}

#[tokio::test]
async fn a_service_that_asks_for_too_much_patience_is_given_up() {
    let busy = FaultReply::status(429).header("retry-after", "86400");
    let server = FaultServer::always(busy).await.unwrap();
    let output = bot(&server).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let aside = String::from_utf8_lossy(&output.stderr);
    assert!(aside.contains("the wait of 86400 s is beyond the 60 s left"), "{aside}");
    assert_eq!(server.requests().len(), 1);
}
