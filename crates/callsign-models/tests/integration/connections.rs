//! The connection limit and the pool.

use std::mem::MaybeUninit;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use callsign_types::event::ModelEvent;
use callsign_types::request::Request;
use callsign_types::retry::policy::RetryPolicy;
use callsign_types::traits::model::{Model, ModelExt, ModelStream};
use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                    transfer-encoding: chunked\r\n\r\n";
const TEXT: &str = r#"{"choices":[{"index":0,"delta":{"content":"Hi."},"finish_reason":"stop"}]}"#;

/// The requests and connections of a server.
#[derive(Default)]
struct ServerLog {
    /// The prompt of each request.
    prompts: Vec<String>,
    /// The number of open connections at each new one, including itself.
    open: Vec<usize>,
}

/// Starts a server that streams a short response to every request. The stream does not end if the
/// prompt is "endless", and there is no response if the prompt begins with "never".
async fn serve() -> (ChatModelBuilder, Arc<Mutex<ServerLog>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    let log = Arc::new(Mutex::new(ServerLog::default()));
    let server_log = log.clone();
    tokio::spawn(async move {
        let mut streams: Vec<Arc<TcpStream>> = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            let stream = Arc::new(stream);
            streams.push(stream.clone());
            let open = streams.iter().filter(|stream| is_open(stream)).count();
            server_log.lock().unwrap().open.push(open);
            tokio::spawn(respond(stream, server_log.clone()));
        }
    });
    (ChatModel::builder(endpoint), log)
}

/// Returns whether the client has not closed the connection.
fn is_open(stream: &TcpStream) -> bool {
    let mut byte = [MaybeUninit::uninit()];
    match SockRef::from(stream).peek(&mut byte) {
        Ok(read) => read > 0,
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}

async fn respond(stream: Arc<TcpStream>, log: Arc<Mutex<ServerLog>>) {
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let mut bytes = vec![0; 65536];
    loop {
        stream.readable().await.unwrap();
        let read = match stream.try_read(&mut bytes) {
            Ok(0) => return,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        };
        let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
        let prompt = text.split_once(r#""content":""#).unwrap().1.split_once('"').unwrap().0;
        log.lock().unwrap().prompts.push(prompt.to_owned());
        if prompt.starts_with("never") {
            continue;
        }
        let begun = HEAD.to_owned() + &chunk(&format!("data: {TEXT}\n\n"));
        let end = chunk("data: [DONE]\n\n") + "0\r\n\r\n";
        let whole = if prompt == "endless" { begun } else { begun + &end };
        if write(&stream, whole.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn write(stream: &TcpStream, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Opens a stream that does not end and occupies its connection until it is dropped.
async fn open_stream(model: &ChatModel) -> ModelStream<'_> {
    let mut stream = model.stream(Request::user("endless"));
    assert!(matches!(stream.next().await.unwrap().unwrap(), ModelEvent::TextDelta(_)));
    stream
}

/// Sends a request and drops it after the server has read it.
async fn dropped_request(model: &ChatModel, log: &Mutex<ServerLog>, name: &str) {
    let read = async {
        while !log.lock().unwrap().prompts.iter().any(|prompt| prompt == name) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        result = model.complete(name) => drop(result.unwrap_err()),
        () = read => {}
    }
}

#[tokio::test]
async fn waiting_requests_are_served_in_order() {
    let (model, log) = serve().await;
    let model = model.max_connections(1).build().unwrap();
    let conversation = async |name: &str| {
        for round in 1..=3 {
            assert_eq!(model.complete(format!("{name}{round}")).await.unwrap().text(), "Hi.");
        }
    };
    tokio::join!(conversation("a"), conversation("b"), conversation("c"));
    let log = log.lock().unwrap();
    assert_eq!(log.prompts, ["a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3"]);
    assert_eq!(log.open, [1]);
}

#[tokio::test]
async fn dropped_request_leaves_the_queue() {
    let (model, log) = serve().await;
    let model = model.max_connections(1).build().unwrap();
    let first = open_stream(&model).await;
    let mut second = Box::pin(model.complete("second"));
    let mut third = Box::pin(model.complete("third"));
    let mut fourth = Box::pin(model.complete("fourth"));
    for waiting in [&mut second, &mut third, &mut fourth] {
        assert!(waiting.now_or_never().is_none());
    }
    drop(third);
    drop(first);
    // The first in the queue is served first, although it is polled last.
    let (fourth, second) = tokio::join!(fourth, second);
    assert_eq!((second.unwrap().text(), fourth.unwrap().text()), ("Hi.", "Hi."));
    assert_eq!(log.lock().unwrap().prompts, ["endless", "second", "fourth"]);
}

#[tokio::test]
async fn queueing_does_not_count_towards_the_first_byte_timeout() {
    let (model, _) = serve().await;
    let timeout = Duration::from_secs(1);
    let model = model.max_connections(1).first_byte_timeout(timeout).build().unwrap();
    let first = open_stream(&model).await;
    let mut second = Box::pin(model.complete("second"));
    let waited = tokio::time::timeout(timeout + timeout / 2, &mut second).await;
    assert!(waited.is_err(), "it did not wait: {waited:?}");
    drop(first);
    assert_eq!(second.await.unwrap().text(), "Hi.");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_never_exceed_the_limit() {
    let (model, log) = serve().await;
    let model = model.max_connections(3).build().unwrap();
    let conversation = |number: usize| {
        let (model, log) = (model.clone(), log.clone());
        async move {
            for round in 0..5 {
                // Some requests are dropped during or before the response, and their connections
                // are closed.
                match (number + round) % 4 {
                    0 => drop(open_stream(&model).await),
                    1 => dropped_request(&model, &log, &format!("never {number} {round}")).await,
                    _ => assert_eq!(model.complete("hi").await.unwrap().text(), "Hi."),
                }
            }
        }
    };
    let conversations: Vec<_> = (0..20).map(|number| tokio::spawn(conversation(number))).collect();
    for ended in join_all(conversations).await {
        ended.unwrap();
    }
    let log = log.lock().unwrap();
    assert_eq!(log.prompts.len(), 100);
    // One connection for each dropped request, and the first ones.
    assert!(log.open.len() >= 50, "{:?}", log.open);
    assert!(log.open.iter().all(|open| *open <= 3), "{:?}", log.open);
    assert!(log.open.contains(&3), "{:?}", log.open);
}

#[tokio::test]
async fn all_routes_and_clones_share_the_limit() {
    let (model, log) = serve().await;
    let model = model.max_connections(1).build().unwrap();
    let clone = model.clone();
    let first = open_stream(&clone).await;
    let embeddings = model.embeddings();
    assert!(model.complete("hi").now_or_never().is_none());
    assert!(embeddings.embed(["hi"]).now_or_never().is_none());
    assert!(model.endpoint_info().now_or_never().is_none());
    drop(first);
    assert_eq!(model.complete("hi").await.unwrap().text(), "Hi.");
    assert_eq!(log.lock().unwrap().open.iter().max(), Some(&1));
}

#[test]
fn limit_of_zero_is_a_configuration_error() {
    let error = ChatModel::builder("http://127.0.0.1:1/v1").max_connections(0).build().unwrap_err();
    assert!(error.is_configuration());
    let message = "max_connections is 0, so no request could be sent; set 1 or more, or leave it \
                   unset for no limit";
    assert_eq!(error.to_string(), message);
    ChatModel::builder("http://127.0.0.1:1/v1").max_connections(usize::MAX).build().unwrap();
}

#[tokio::test]
async fn requests_do_not_wait_without_a_limit() {
    let (model, log) = serve().await;
    let model = model.build().unwrap();
    let streams = join_all((0..50).map(|_| open_stream(&model))).await;
    assert_eq!(streams.len(), 50);
    assert_eq!(log.lock().unwrap().open, (1..=50).collect::<Vec<_>>());
}

#[test]
fn response_may_be_dropped_outside_a_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (model, log) = runtime.block_on(serve());
    let model = model.build().unwrap();
    // The pool is still empty at both times.
    let first = runtime.block_on(open_stream(&model));
    drop(first);
    let second = runtime.block_on(open_stream(&model));
    assert_eq!(runtime.block_on(model.complete("hi")).unwrap().text(), "Hi.");
    drop(second);
    assert_eq!(runtime.block_on(model.complete("hi")).unwrap().text(), "Hi.");
    assert_eq!(log.lock().unwrap().open.len(), 3);
    drop(runtime);

    // Connections are closed with the runtime that drives them.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let error = runtime.block_on(model.complete("hi")).unwrap_err();
    assert!(error.to_string().contains("connection refused"), "{error}");
}

#[tokio::test]
async fn connect_timeout_is_separate() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}/v1", listener.local_addr().unwrap());
    let model = ChatModel::builder(&address)
        .connect_timeout(Duration::from_millis(50))
        .retry(RetryPolicy::none());
    // Without root certificates, building the model already fails.
    let Ok(model) = model.build() else { return };
    // The server accepts the connection and never sends anything.
    let error = model.complete("hi").await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    let message = format!("timed out connecting to {address}/chat/completions");
    assert_eq!(error.to_string(), message);
}
