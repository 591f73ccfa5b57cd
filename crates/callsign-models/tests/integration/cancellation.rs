//! Dropped requests and idle runtimes do not block other requests.

use std::time::Duration;

use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use callsign_types::traits::model::ModelExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

const RESPONSE: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 70\r\n\
                      \r\n{\"choices\":[{\"message\":{\"content\":\"Hello.\"},\"finish_reason\":\"stop\"}]} ";

/// Longer than the tests take, and shorter than a test runner's timeout.
const TIMEOUT: Duration = Duration::from_secs(20);

async fn listen() -> (TcpListener, ChatModelBuilder) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    (listener, ChatModel::builder(endpoint).first_byte_timeout(TIMEOUT).max_connections(1))
}

/// Responds to every request, each of which arrives in one read, and returns their number.
async fn respond(mut stream: TcpStream, head: &[u8]) -> usize {
    let mut count = 0;
    while stream.read(&mut [0; 8192]).await.is_ok_and(|read| read > 0) {
        count += 1;
        if stream.write_all(head).await.is_err() {
            break;
        }
    }
    count
}

#[tokio::test]
async fn dropped_request_is_not_written_to_its_end() {
    const LENGTH: usize = 32 * 1024 * 1024;
    let (listener, model) = listen().await;
    let model = model.build().unwrap();
    let (read, started) = oneshot::channel();
    let (dropped, resume) = oneshot::channel();
    let served = tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.unwrap();
        let mut bytes = vec![0; 64 * 1024];
        let mut length = first.read(&mut bytes).await.unwrap();
        read.send(()).unwrap();
        resume.await.unwrap();
        // The second request does not wait until the first is read.
        let (second, _) = listener.accept().await.unwrap();
        let second = tokio::spawn(respond(second, RESPONSE.as_bytes()));
        while let Ok(more @ 1..) = first.read(&mut bytes).await {
            length += more;
        }
        (length, second)
    });
    tokio::select! {
        result = model.complete("x".repeat(LENGTH)) => drop(result.unwrap_err()),
        started = started => started.unwrap(),
    }
    dropped.send(()).unwrap();
    assert_eq!(model.complete("hi").await.unwrap().text(), "Hello.");
    drop(model);
    let (length, second) = served.await.unwrap();
    assert!(length < LENGTH, "all {length} bytes arrived");
    assert_eq!(second.await.unwrap(), 1);
}

#[test]
fn idle_runtime_does_not_block_requests_of_another() {
    let server_runtime = Runtime::new().unwrap();
    let (listener, model) = server_runtime.block_on(listen());
    server_runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(respond(stream, RESPONSE.as_bytes()));
        }
    });
    let runtime = || Builder::new_current_thread().enable_all().build().unwrap();
    let (idle, running) = (runtime(), runtime());
    let model = idle.block_on(async { model.build().unwrap() });
    assert_eq!(idle.block_on(model.complete("hi")).unwrap().text(), "Hello.");
    for _ in 0..3 {
        assert_eq!(running.block_on(model.complete("hi")).unwrap().text(), "Hello.");
    }
    assert_eq!(idle.block_on(model.complete("hi")).unwrap().text(), "Hello.");
}

#[tokio::test]
async fn invalid_response_is_not_followed_by_a_resend() {
    let many = (0..150).map(|n| format!("x-{n}: {n}\r\n")).collect::<String>();
    let heads = [
        RESPONSE.replace("content-type", &format!("{many}content-type")),
        RESPONSE.replace("content-type", &format!("x: {}\r\ncontent-type", "y".repeat(600_000))),
        RESPONSE.replace("content-type", "content-length: 3\r\ncontent-type"),
        "220 smtp.example.com ready\r\n".to_owned(),
    ];
    for head in heads {
        let (listener, model) = listen().await;
        let model = model.build().unwrap();
        let served = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let count = respond(stream, head.as_bytes()).await;
            let again = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
            (count, again.is_ok())
        });
        let error = model.complete("hi").await.unwrap_err();
        assert!(error.is_protocol(), "{error:?}");
        let message = error.to_string();
        assert!(message.contains("invalid HTTP response from http://127.0.0.1"), "{message}");
        assert_eq!(served.await.unwrap(), (1, false));
    }
}
