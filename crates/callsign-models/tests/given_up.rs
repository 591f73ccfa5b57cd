//! Requests that are given up, and runtimes that come to rest, leave nothing behind.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use callsign_core::traits::model::ModelExt;
use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 70\r\n\
                      \r\n{\"choices\":[{\"message\":{\"content\":\"Hello.\"},\"finish_reason\":\"stop\"}]} ";

/// Longer than the tests take, and shorter than whoever waits for them.
const PATIENCE: Duration = Duration::from_secs(20);

async fn listen() -> (TcpListener, ChatModelBuilder) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    (listener, ChatModel::builder(endpoint).first_byte_timeout(PATIENCE).max_connections(1))
}

/// Answers requests that come in one piece, until there are no more.
async fn answer(mut stream: TcpStream, head: &[u8]) -> usize {
    let mut answered = 0;
    while stream.read(&mut [0; 8192]).await.is_ok_and(|read| read > 0) {
        answered += 1;
        if stream.write_all(head).await.is_err() {
            break;
        }
    }
    answered
}

#[tokio::test]
async fn what_is_not_written_yet_is_not_written() {
    const LENGTH: usize = 32 * 1024 * 1024;
    let (listener, model) = listen().await;
    let model = model.build().unwrap();
    let (read, begun) = oneshot::channel();
    let (given_up, go_on) = oneshot::channel();
    let served = tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.unwrap();
        let mut bytes = vec![0; 64 * 1024];
        let mut length = first.read(&mut bytes).await.unwrap();
        read.send(()).unwrap();
        go_on.await.unwrap();
        // The next one does not wait until this one is read.
        let (second, _) = listener.accept().await.unwrap();
        let second = tokio::spawn(answer(second, ANSWER.as_bytes()));
        while let Ok(more @ 1..) = first.read(&mut bytes).await {
            length += more;
        }
        (length, second)
    });
    tokio::select! {
        answered = model.complete("x".repeat(LENGTH)) => drop(answered.unwrap_err()),
        begun = begun => begun.unwrap(),
    }
    given_up.send(()).unwrap();
    assert_eq!(model.complete("hi").await.unwrap().text(), "Hello.");
    drop(model);
    let (length, second) = served.await.unwrap();
    assert!(length < LENGTH, "all {length} bytes arrived");
    assert_eq!(second.await.unwrap(), 1);
}

#[test]
fn a_runtime_that_rests_keeps_nobody_waiting() {
    let serving = Runtime::new().unwrap();
    let (listener, model) = serving.block_on(listen());
    serving.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, ANSWER.as_bytes()));
        }
    });
    let runtime = || Builder::new_current_thread().enable_all().build().unwrap();
    let (resting, running) = (runtime(), runtime());
    let model = resting.block_on(async { model.build().unwrap() });
    assert_eq!(resting.block_on(model.complete("hi")).unwrap().text(), "Hello.");
    for _ in 0..3 {
        assert_eq!(running.block_on(model.complete("hi")).unwrap().text(), "Hello.");
    }
    assert_eq!(resting.block_on(model.complete("hi")).unwrap().text(), "Hello.");
}

#[tokio::test]
async fn who_has_answered_is_not_asked_again() {
    let many = (0..150).map(|n| format!("x-{n}: {n}\r\n")).collect::<String>();
    let heads = [
        ANSWER.replace("content-type", &format!("{many}content-type")),
        ANSWER.replace("content-type", &format!("x: {}\r\ncontent-type", "y".repeat(600_000))),
        ANSWER.replace("content-type", "content-length: 3\r\ncontent-type"),
        "220 smtp.example.com ready\r\n".to_owned(),
    ];
    for head in heads {
        let (listener, model) = listen().await;
        let model = model.build().unwrap();
        let served = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let answered = answer(stream, head.as_bytes()).await;
            let again = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
            (answered, again.is_ok())
        });
        let error = model.complete("hi").await.unwrap_err();
        assert!(error.is_protocol(), "{error:?}");
        let told = error.to_string();
        assert!(told.contains("the head of the answer of http://127.0.0.1"), "{told}");
        assert_eq!(served.await.unwrap(), (1, false));
    }
}
