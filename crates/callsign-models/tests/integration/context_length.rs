//! Token limits that a request exceeds, and what an agent does about them.

use callsign_core::agent::agent::Agent;
use callsign_core::compaction::keep_last::KeepLast;
use callsign_models::chat::model::ChatModel;
use callsign_testkit::{FaultReply, FaultServer};
use callsign_types::error::{Error, ErrorKind};

const VLLM_OUTPUT: &str = r#"{"object":"error","message":"'max_tokens' or 'max_completion_tokens' is too large: 68000. This model's maximum context length is 32768 tokens and your request has 20 input tokens (68000 > 32768 - 20). None","type":"BadRequestError","param":null,"code":400}"#;
const GEMINI_INPUT: &str = r#"[{"error":{"code":400,"message":"The input token count (134123) exceeds the maximum number of tokens allowed (131072).","status":"INVALID_ARGUMENT"}}]"#;

/// Sends three messages to an agent that compacts. The provider responds to the third with `errors`
/// and then with a text.
async fn third_message(errors: &[&str]) -> (Result<String, Error>, FaultServer) {
    let texts = ["One.", "Two."].map(FaultReply::stream);
    let errors = errors.iter().map(|body| FaultReply::status(400).body(*body));
    let script = texts.into_iter().chain(errors).chain([FaultReply::stream("Three.")]);
    let server = FaultServer::start(script).await.unwrap();
    let model = ChatModel::builder(server.endpoint()).model("m").build().unwrap();
    let agent = Agent::builder(model).compaction(KeepLast::messages(1)).build().unwrap();
    let chat = agent.conversation("c");
    chat.send("First?").await.unwrap();
    chat.send("Second?").await.unwrap();
    let reply = chat.send("Third?").await;
    (reply.map(|reply| reply.text().to_owned()), server)
}

fn sent(server: &FaultServer, request: usize) -> usize {
    server.requests()[request].json()["messages"].as_array().unwrap().len()
}

#[tokio::test]
async fn input_that_is_too_long_is_compacted() {
    let (reply, server) = third_message(&[GEMINI_INPUT]).await;
    assert_eq!(reply.unwrap(), "Three.");
    assert_eq!((sent(&server, 2), sent(&server, 3)), (5, 2));
}

#[tokio::test]
async fn output_limit_that_is_too_large_is_not_compacted() {
    let (reply, server) = third_message(&[VLLM_OUTPUT]).await;
    let error = reply.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    let hint = "; set the option `max_tokens` to at most 32748";
    assert!(error.to_string().ends_with(hint), "{error}");
    assert_eq!((server.requests().len(), server.replies_left()), (3, 1));
}

#[tokio::test]
async fn compaction_that_does_not_help_is_reported() {
    let (reply, server) = third_message(&[GEMINI_INPUT, GEMINI_INPUT]).await;
    let error = reply.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContextLength);
    assert!(error.to_string().ends_with("; compacting the history did not help, so it was undone"));
    assert_eq!((server.requests().len(), sent(&server, 3)), (4, 2));
}
