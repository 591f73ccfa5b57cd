//! The HTTP API over real connections.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{conversation, tools};
use crate::PracticeModel;

pub(super) async fn model() -> PracticeModel {
    PracticeModel::builder().delay(Duration::ZERO).start().await.unwrap()
}

fn address(model: &PracticeModel) -> String {
    model.endpoint().strip_prefix("http://").unwrap().strip_suffix("/v1").unwrap().to_owned()
}

/// Sends one request on a new connection. Returns the status and the body, without the chunked encoding.
pub(super) async fn send(
    model: &PracticeModel,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (u16, String) {
    let mut socket = TcpStream::connect(address(model)).await.unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(body.as_bytes()).await.unwrap();
    let mut response = String::new();
    socket.read_to_string(&mut response).await.unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
    (status, if chunked { decode_chunks(body) } else { body.to_owned() })
}

fn decode_chunks(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            break;
        }
        text.push_str(&rest[..length]);
        body = &rest[length + 2..];
    }
    text
}

pub(super) async fn post(model: &PracticeModel, body: &Value) -> (u16, Value) {
    let (status, text) = send(model, "POST", "/v1/chat/completions", "", &body.to_string()).await;
    (status, serde_json::from_str(&text).unwrap())
}

pub(super) async fn streamed(model: &PracticeModel, mut body: Value) -> Vec<Value> {
    body["stream"] = json!(true);
    let (status, text) = send(model, "POST", "/v1/chat/completions", "", &body.to_string()).await;
    assert_eq!(status, 200, "{text}");
    let mut events: Vec<&str> = text.split("\n\n").filter(|event| !event.is_empty()).collect();
    assert_eq!(events.pop(), Some("data: [DONE]"));
    events
        .iter()
        .map(|event| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap())
        .collect()
}

#[tokio::test]
async fn tool_calls_and_texts_are_returned_as_json() {
    let model = model().await;
    let sentence = "When is the next flight from New York to Seattle?";
    let (status, body) =
        post(&model, &json!({"messages": conversation(&[sentence]), "tools": tools()})).await;
    assert_eq!(
        (status, &body["object"], &body["model"]),
        (200, &json!("chat.completion"), &json!(PracticeModel::NAME))
    );
    let choice = &body["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(choice["message"]["content"], Value::Null);
    let arguments = choice["message"]["tool_calls"][0]["function"]["arguments"].as_str().unwrap();
    let arguments: Value = serde_json::from_str(arguments).unwrap();
    assert_eq!(arguments, json!({"origin_city": "New York", "destination_city": "Seattle"}));
    let (_, body) =
        post(&model, &json!({"messages": [{"role": "user", "content": "Who are you?"}]})).await;
    assert!(
        body["choices"][0]["message"]["content"].as_str().unwrap().contains("not a language model")
    );
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    let usage = &body["usage"];
    let count = |key: &str| usage[key].as_u64().unwrap();
    assert_eq!(count("total_tokens"), count("prompt_tokens") + count("completion_tokens"));
}

#[tokio::test]
async fn streamed_arguments_of_parallel_calls_alternate() {
    let model = model().await;
    let body = json!({"messages": conversation(&["status of UA 15 and airports of Chicago"]), "tools": tools(),
        "stream_options": {"include_usage": true}});
    let chunks = streamed(&model, body).await;
    let mut calls: Vec<(String, String, String)> = Vec::new();
    let mut order = Vec::new();
    for delta in chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"].as_array())
        .flatten()
    {
        let index = usize::try_from(delta["index"].as_u64().unwrap()).unwrap();
        if let Some(id) = delta["id"].as_str() {
            assert_eq!(calls.len(), index);
            calls.push((
                id.to_owned(),
                delta["function"]["name"].as_str().unwrap().to_owned(),
                String::new(),
            ));
        }
        calls[index].2.push_str(delta["function"]["arguments"].as_str().unwrap());
        order.push(index);
    }
    assert_eq!(order, [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    assert_eq!(
        (calls[0].1.as_str(), calls[0].2.as_str()),
        ("flight_status", r#"{"flight_number":"UA 15"}"#)
    );
    assert_eq!(
        (calls[1].1.as_str(), calls[1].2.as_str()),
        ("airports_of", r#"{"city":"Chicago"}"#)
    );
    assert_ne!(calls[0].0, calls[1].0);
    let [.., last, usage] = &chunks[..] else { panic!("two chunks at least") };
    assert_eq!(last["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(usage["choices"], json!([]));
    assert!(usage["usage"]["completion_tokens"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn text_is_streamed_word_by_word() {
    let model = model().await;
    let body = json!({"messages": [{"role": "user", "content": "Hello"}]});
    let chunks = streamed(&model, body.clone()).await;
    assert!(
        chunks
            .iter()
            .all(|chunk| chunk.get("usage").is_none() && chunk["model"] == PracticeModel::NAME)
    );
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    let words: Vec<&str> = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert!(words.len() > 10);
    let (_, whole) = post(&model, &body).await;
    assert_eq!(whole["choices"][0]["message"]["content"], words.concat());
}

#[tokio::test]
async fn max_tokens_truncates_texts_and_arguments() {
    let model = model().await;
    let (_, body) =
        post(&model, &json!({"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 3}))
            .await;
    assert_eq!(body["choices"][0]["finish_reason"], "length");
    assert_eq!(body["usage"]["completion_tokens"], 3);
    let body = json!({"messages": conversation(&["airports of Chicago"]), "tools": tools(), "max_completion_tokens": 6});
    let (_, body) = post(&model, &body).await;
    assert_eq!(body["choices"][0]["finish_reason"], "length");
    let arguments =
        body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"].as_str().unwrap();
    assert!(serde_json::from_str::<Value>(arguments).is_err(), "{arguments}");
}

#[tokio::test]
async fn routes_exist_and_require_the_key() {
    let open = model().await;
    let hello = json!({"messages": [{"role": "user", "content": "Hello"}]}).to_string();
    for path in [
        "/v1/chat/completions",
        "/chat/completions",
        "/models/chat/completions?api-version=2024-05-01-preview",
    ] {
        assert_eq!(send(&open, "POST", path, "", &hello).await.0, 200, "{path}");
    }
    for (path, part) in [("/info", "chat-completion"), ("/v1/models", PracticeModel::NAME)] {
        let (status, body) = send(&open, "GET", path, "", "").await;
        assert_eq!((status, body.contains(part)), (200, true), "{body}");
    }
    let (status, body) = send(&open, "POST", "/v2/chat", "", &hello).await;
    assert_eq!((status, body.contains("\"code\":\"404\"")), (404, true), "{body}");
    assert_eq!(send(&open, "POST", "/v1/chat/completions", "", "{").await.0, 400);

    let closed = PracticeModel::builder().require_key("open sesame").start().await.unwrap();
    let path = "/v1/chat/completions";
    for (header, expected) in [
        ("", 401),
        ("api-key: wrong\r\n", 401),
        ("api-key: open sesame\r\n", 200),
        ("Authorization: Bearer open sesame\r\n", 200),
    ] {
        assert_eq!(send(&closed, "POST", path, header, &hello).await.0, expected, "{header}");
    }
    assert!(
        !format!("{:?}", PracticeModel::builder().require_key("open sesame")).contains("sesame")
    );
}

#[tokio::test]
async fn dropping_the_server_closes_its_port() {
    let model = model().await;
    let address = address(&model);
    drop(model);
    for _ in 0..100 {
        if TcpStream::connect(&address).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the port is still open");
}

#[tokio::test]
async fn port_in_use_is_named_with_the_remedy() {
    let server = PracticeModel::start().await.unwrap();
    let port: u16 = server.root().rsplit(':').next().unwrap().parse().unwrap();
    let error = PracticeModel::builder().port(port).start().await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    assert!(
        error.to_string().contains(&format!("127.0.0.1:{port}: choose another port")),
        "{error}"
    );
    assert!(std::error::Error::source(&error).is_some());
}
