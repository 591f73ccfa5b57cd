//! How many connections there are, and who gets one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::mem::MaybeUninit;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callsign_core::traits::model::{Model, ModelExt, ModelStream};
use callsign_core::words::event::ModelEvent;
use callsign_core::words::request::Request;
use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                    transfer-encoding: chunked\r\n\r\n";
const TEXT: &str = r#"{"choices":[{"index":0,"delta":{"content":"Hi."},"finish_reason":"stop"}]}"#;

/// What a server has seen.
#[derive(Default)]
struct Seen {
    /// What was said in each request.
    said: Vec<String>,
    /// How many connections were open whenever a new one came, itself among them.
    open: Vec<usize>,
}

/// A server that streams a short reply to every request, whose stream has no end where the request
/// says "for ever", and that never answers where it begins with "never".
async fn serve() -> (ChatModelBuilder, Arc<Mutex<Seen>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Seen::default()));
    let kept = seen.clone();
    tokio::spawn(async move {
        let mut streams: Vec<Arc<TcpStream>> = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            let stream = Arc::new(stream);
            streams.push(stream.clone());
            kept.lock().unwrap().open.push(streams.iter().filter(|stream| is_open(stream)).count());
            tokio::spawn(answer(stream, kept.clone()));
        }
    });
    (ChatModel::builder(endpoint), seen)
}

/// Whether the other side has not closed it.
fn is_open(stream: &TcpStream) -> bool {
    let mut byte = [MaybeUninit::uninit()];
    match SockRef::from(stream).peek(&mut byte) {
        Ok(read) => read > 0,
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}

async fn answer(stream: Arc<TcpStream>, seen: Arc<Mutex<Seen>>) {
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
        let said = text.split_once(r#""content":""#).unwrap().1.split_once('"').unwrap().0;
        seen.lock().unwrap().said.push(said.to_owned());
        if said.starts_with("never") {
            continue;
        }
        let begun = HEAD.to_owned() + &chunk(&format!("data: {TEXT}\n\n"));
        let end = chunk("data: [DONE]\n\n") + "0\r\n\r\n";
        let whole = if said == "for ever" { begun } else { begun + &end };
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

/// A stream that has begun and does not end: it keeps its connection for as long as it is kept.
async fn held(model: &ChatModel) -> ModelStream<'_> {
    let mut stream = model.stream(Request::user("for ever"));
    assert!(matches!(stream.next().await.unwrap().unwrap(), ModelEvent::TextDelta(_)));
    stream
}

/// A request that is given up once the server has read it.
async fn given_up(model: &ChatModel, seen: &Mutex<Seen>, name: &str) {
    let read = async {
        while !seen.lock().unwrap().said.iter().any(|said| said == name) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        answered = model.complete(name) => drop(answered.unwrap_err()),
        () = read => {}
    }
}

#[tokio::test]
async fn conversations_take_turns_in_the_order_in_which_they_came() {
    let (model, seen) = serve().await;
    let model = model.max_connections(1).build().unwrap();
    let conversation = async |name: &str| {
        for turn in 1..=3 {
            assert_eq!(model.complete(format!("{name}{turn}")).await.unwrap().text(), "Hi.");
        }
    };
    tokio::join!(conversation("a"), conversation("b"), conversation("c"));
    let seen = seen.lock().unwrap();
    assert_eq!(seen.said, ["a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3"]);
    assert_eq!(seen.open, [1]);
}

#[tokio::test]
async fn who_has_gone_away_is_not_waited_for() {
    let (model, seen) = serve().await;
    let model = model.max_connections(1).build().unwrap();
    let first = held(&model).await;
    let mut second = Box::pin(model.complete("second"));
    let mut third = Box::pin(model.complete("third"));
    let mut fourth = Box::pin(model.complete("fourth"));
    for waiting in [&mut second, &mut third, &mut fourth] {
        assert!(waiting.now_or_never().is_none());
    }
    drop(third);
    drop(first);
    // Whoever came first goes first, though it is the last that is looked at.
    let (fourth, second) = tokio::join!(fourth, second);
    assert_eq!((second.unwrap().text(), fourth.unwrap().text()), ("Hi.", "Hi."));
    assert_eq!(seen.lock().unwrap().said, ["for ever", "second", "fourth"]);
}

#[tokio::test]
async fn the_wait_for_a_turn_is_no_silence_of_the_services() {
    let (model, _) = serve().await;
    let patience = Duration::from_secs(1);
    let model = model.max_connections(1).first_byte_timeout(patience).build().unwrap();
    let first = held(&model).await;
    let mut second = Box::pin(model.complete("second"));
    let waited = tokio::time::timeout(patience + patience / 2, &mut second).await;
    assert!(waited.is_err(), "it did not wait: {waited:?}");
    drop(first);
    assert_eq!(second.await.unwrap().text(), "Hi.");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_never_more_connections_than_that() {
    let (model, seen) = serve().await;
    let model = model.max_connections(3).build().unwrap();
    let conversation = |number: usize| {
        let (model, seen) = (model.clone(), seen.clone());
        async move {
            for turn in 0..5 {
                // Some are given up in the middle of the reply or before, and their connections
                // closed.
                match (number + turn) % 4 {
                    0 => drop(held(&model).await),
                    1 => given_up(&model, &seen, &format!("never {number} {turn}")).await,
                    _ => assert_eq!(model.complete("hi").await.unwrap().text(), "Hi."),
                }
            }
        }
    };
    let conversations: Vec<_> = (0..20).map(|number| tokio::spawn(conversation(number))).collect();
    for ended in join_all(conversations).await {
        ended.unwrap();
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.said.len(), 100);
    // As many as were given up, and the first ones.
    assert!(seen.open.len() >= 50, "{:?}", seen.open);
    assert!(seen.open.iter().all(|open| *open <= 3), "{:?}", seen.open);
    assert!(seen.open.contains(&3), "{:?}", seen.open);
}

#[tokio::test]
async fn requests_of_all_kinds_and_clones_share_the_limit() {
    let (model, seen) = serve().await;
    let model = model.max_connections(1).build().unwrap();
    let clone = model.clone();
    let first = held(&clone).await;
    let embeddings = model.embeddings();
    assert!(model.complete("hi").now_or_never().is_none());
    assert!(embeddings.embed(["hi"]).now_or_never().is_none());
    assert!(model.info().now_or_never().is_none());
    drop(first);
    assert_eq!(model.complete("hi").await.unwrap().text(), "Hi.");
    assert_eq!(seen.lock().unwrap().open.iter().max(), Some(&1));
}

#[test]
fn a_limit_of_none_at_all() {
    let error = ChatModel::builder("http://127.0.0.1:1/v1").max_connections(0).build().unwrap_err();
    assert!(error.is_configuration());
    let message = "max_connections is 0, so that nothing could ever be sent: set 1 or more, or \
                   leave it out for no limit";
    assert_eq!(error.to_string(), message);
    ChatModel::builder("http://127.0.0.1:1/v1").max_connections(usize::MAX).build().unwrap();
}

#[tokio::test]
async fn without_a_limit_nobody_waits() {
    let (model, seen) = serve().await;
    let model = model.build().unwrap();
    let streams = join_all((0..50).map(|_| held(&model))).await;
    assert_eq!(streams.len(), 50);
    assert_eq!(seen.lock().unwrap().open, (1..=50).collect::<Vec<_>>());
}

#[test]
fn a_reply_may_be_dropped_anywhere() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (model, seen) = runtime.block_on(serve());
    let model = model.build().unwrap();
    // Neither has left anything in the pool before.
    let first = runtime.block_on(held(&model));
    drop(first);
    let second = runtime.block_on(held(&model));
    assert_eq!(runtime.block_on(model.complete("hi")).unwrap().text(), "Hi.");
    drop(second);
    assert_eq!(runtime.block_on(model.complete("hi")).unwrap().text(), "Hi.");
    assert_eq!(seen.lock().unwrap().open.len(), 3);
    drop(runtime);

    // Connections go down with the runtime that they were opened in.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let error = runtime.block_on(model.complete("hi")).unwrap_err();
    assert!(error.to_string().contains("connection refused"), "{error}");
}

#[tokio::test]
async fn connecting_has_its_own_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}/v1", listener.local_addr().unwrap());
    let model = ChatModel::builder(&address).connect_timeout(Duration::from_millis(50));
    // A machine without certificates says so here already.
    let Ok(model) = model.build() else { return };
    // It is connected to, and never says a word of TLS.
    let error = model.complete("hi").await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    let message = format!("connecting to {address}/chat/completions took too long");
    assert_eq!(error.to_string(), message);
}
