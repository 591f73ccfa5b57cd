//! The routes beside chat.

use std::error::Error as _;

use callsign_core::words::error::ErrorKind;
use callsign_models::chat::model::ChatModel;
use callsign_models::endpoint::address::Endpoint;
use callsign_models::endpoint::profile::Profile;
use callsign_models::routes::embeddings::request::{
    EmbeddingImage, EmbeddingRequest, EncodingFormat,
};
use callsign_models::routes::info::ModelType;
use serde_json::json;

use crate::server::Server;

fn model(server: &Server, profile: Profile) -> ChatModel {
    let builder = ChatModel::builder(&server.address).key("sesame-7").profile(profile);
    builder.model("cohere").build().expect("a good setting")
}

async fn answering(status: &str, body: &str) -> Server {
    Server::answering(status, "content-type: application/json\r\n", body).await
}

#[tokio::test]
async fn info_is_asked_for_once() {
    let body = r#"{"model_name":"Mistral-Large","model_type":"chat_completions",
        "model_provider_name":"MistralAI","context":128}"#;
    let server = answering("200 OK", body).await;
    let model = model(&server, Profile::model_inference());
    for model in [&model, &model.clone()] {
        let info = model.info().await.expect("it answers");
        assert_eq!(info.model_name, "Mistral-Large");
        assert_eq!(info.model_type, ModelType::ChatCompletion);
        assert_eq!(info.model_provider_name, "MistralAI");
        assert_eq!(info.extra["context"], 128);
    }
    let [seen] = &server.seen()[..] else { panic!("one request") };
    assert!(seen.head.starts_with("GET /info?api-version=2024-05-01-preview "), "{}", seen.head);
    assert_eq!(seen.header("api-key"), Some("sesame-7"));
    assert_eq!(seen.header("authorization"), Some("Bearer sesame-7"));
    assert_eq!(seen.header("x-ms-client-request-id").map(str::len), Some(36));
    assert!(seen.body.is_null());
}

#[tokio::test]
async fn an_endpoint_without_info_says_so() {
    let server = answering("404 Not Found", r#"{"error":{"code":"404","message":"no"}}"#).await;
    let error = model(&server, Profile::foundry_models()).info().await.expect_err("no route");
    let expected = format!(
        "this endpoint has no /info; most have none, and the model works without ({}/info)",
        server.address
    );
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::NotFound, expected.clone()));
    assert_eq!(error.status(), Some(404));
    assert!(error.source().is_some());
    // Where it is known that there is none, nothing is asked.
    let error = model(&server, Profile::azure_v1()).info().await.expect_err("no route");
    assert_eq!((error.status(), error.to_string()), (None, expected));
    assert_eq!(server.seen().len(), 1);
    // Where there ought to be one, the address is wrong.
    let error = model(&server, Profile::model_inference()).info().await.expect_err("no route");
    assert!(error.to_string().contains("Check the address"), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_no_object_is_not_understood() {
    let server = Server::answering("200 OK", "content-type: text/html\r\n", "<p>Welcome</p>").await;
    let model = model(&server, Profile::openai_compatible());
    let error = model.info().await.expect_err("HTML");
    assert!(error.is_protocol() && error.to_string().contains("answered with HTML"), "{error}");
    let error = model.embeddings().embed("a").await.expect_err("HTML");
    assert!(error.is_protocol() && error.to_string().contains("answered with HTML"), "{error}");
}

#[tokio::test]
async fn an_error_under_a_good_status_is_one_and_is_not_kept() {
    for (body, said) in [
        (r#"{"error":"the backend is asleep"}"#, "the backend is asleep"),
        (r#"{"error":["backend",7]}"#, r#"["backend",7]"#),
        (r#"{"detail":"hello"}"#, "it says nothing of a model"),
    ] {
        let server = answering("200 OK", body).await;
        let model = model(&server, Profile::model_inference());
        for _ in 0..2 {
            let error = model.info().await.expect_err("no model");
            assert!(error.to_string().contains(said), "{error}");
        }
        assert_eq!(server.seen().len(), 2);
    }
}

#[tokio::test]
async fn texts_and_images_are_embedded() {
    let body = r#"{"data":[{"index":0,"embedding":"AAAAPwAAAMA="}],"model":"cohere",
        "usage":{"prompt_tokens":3,"total_tokens":3}}"#;
    let server = answering("200 OK", body).await;
    let model = model(&server, Profile::model_inference()).embeddings();
    let request = EmbeddingRequest::texts(["Seattle"]).encoding_format(EncodingFormat::Base64);
    let reply = model.embed(request.extra("truncate", "end")).await.expect("it answers");
    assert_eq!(reply.data[0].vector, [0.5, -2.0]);
    assert_eq!(reply.usage.map(|usage| usage.input_tokens), Some(3));
    let image = EmbeddingImage::new("data:image/png;base64,iVBO").text("t");
    model.embed(EmbeddingRequest::images([image])).await.expect("it answers");
    let [texts, images] = &server.seen()[..] else { panic!("two requests") };
    let start = "POST /embeddings?api-version=2024-05-01-preview ";
    assert!(texts.head.starts_with(start), "{}", texts.head);
    assert_eq!(texts.header("extra-parameters"), Some("pass-through"));
    let expected = json!({
        "input": ["Seattle"], "encoding_format": "base64", "truncate": "end", "model": "cohere",
    });
    assert_eq!(texts.body, expected);
    let start = "POST /images/embeddings?api-version=2024-05-01-preview ";
    assert!(images.head.starts_with(start), "{}", images.head);
    assert_eq!(images.header("extra-parameters"), None);
    let expected = json!({
        "input": [{"image": "data:image/png;base64,iVBO", "text": "t"}], "model": "cohere",
    });
    assert_eq!(images.body, expected);
}

#[tokio::test]
async fn embeddings_fail_as_chat_does() {
    let body = r#"{"error":{"code":"401","message":"Access denied for sesame-7"}}"#;
    let server = answering("401 Unauthorized", body).await;
    let model = model(&server, Profile::model_inference()).embeddings();
    let error = model.embed(["a"]).await.expect_err("refused");
    assert!(error.is_authentication());
    assert!(!format!("{error:?} {:?}", error.body()).contains("sesame"), "{error:?}");
    let error = model.embed(Vec::<String>::new()).await.expect_err("nothing to embed");
    assert!(error.is_configuration());
    assert_eq!(server.seen().len(), 1);
    let server = answering("200 OK", r#"{"data":[]}"#).await;
    let model = self::model(&server, Profile::openai_compatible()).embeddings();
    let error = model.embed("a").await.expect_err("nothing came");
    assert!(error.is_protocol(), "{error}");
    assert!(error.to_string().ends_with("it has 0 embeddings in place of 1"), "{error}");
}

#[test]
fn a_whole_route_is_taken_for_its_base() {
    for route in ["/chat/completions", "/embeddings", "/images/embeddings"] {
        let endpoint = Endpoint::parse(&format!("http://localhost:1/v1{route}?a=b"));
        assert_eq!(endpoint.expect("an address").to_string(), "http://localhost:1/v1");
    }
}
