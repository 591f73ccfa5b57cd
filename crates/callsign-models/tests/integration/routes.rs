//! The routes other than chat: `/info` and embeddings.

use std::error::Error as _;

use callsign_models::chat::model::ChatModel;
use callsign_models::endpoint::address::Endpoint;
use callsign_models::endpoint::profile::Profile;
use callsign_models::routes::embeddings::request::{
    EmbeddingImage, EmbeddingRequest, EncodingFormat,
};
use callsign_models::routes::info::ModelType;
use callsign_types::error::ErrorKind;
use serde_json::json;

use crate::server::Server;
use callsign_types::retry::policy::RetryPolicy;

fn model(server: &Server, profile: Profile) -> ChatModel {
    let builder = ChatModel::builder(&server.address).key("sesame-7").profile(profile);
    builder.model("cohere").retry(RetryPolicy::none()).build().expect("valid settings")
}

async fn json_server(status: &str, body: &str) -> Server {
    Server::fixed(status, "content-type: application/json\r\n", body).await
}

#[tokio::test]
async fn info_is_requested_once() {
    let body = r#"{"model_name":"Mistral-Large","model_type":"chat_completions",
        "model_provider_name":"MistralAI","context":128}"#;
    let server = json_server("200 OK", body).await;
    let model = model(&server, Profile::model_inference());
    for model in [&model, &model.clone()] {
        let info = model.endpoint_info().await.expect("a response");
        assert_eq!(info.model_name, "Mistral-Large");
        assert_eq!(info.model_type, ModelType::ChatCompletion);
        assert_eq!(info.model_provider_name, "MistralAI");
        assert_eq!(info.extra["context"], 128);
    }
    let [requests] = &server.requests()[..] else { panic!("one request") };
    assert!(
        requests.head.starts_with("GET /info?api-version=2024-05-01-preview "),
        "{}",
        requests.head
    );
    assert_eq!(requests.header("api-key"), Some("sesame-7"));
    assert_eq!(requests.header("authorization"), Some("Bearer sesame-7"));
    assert_eq!(requests.header("x-ms-client-request-id").map(str::len), Some(36));
    assert!(requests.body.is_null());
}

#[tokio::test]
async fn endpoint_without_info_is_a_not_found_error() {
    let server = json_server("404 Not Found", r#"{"error":{"code":"404","message":"no"}}"#).await;
    let error =
        model(&server, Profile::foundry_models()).endpoint_info().await.expect_err("no route");
    let expected = format!(
        "{}/info does not exist; the /info route is optional, and the model works without it",
        server.address
    );
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::NotFound, expected.clone()));
    assert_eq!(error.status(), Some(404));
    assert!(error.source().is_some());
    // If the profile says that there is no route, nothing is requested.
    let error = model(&server, Profile::azure_v1()).endpoint_info().await.expect_err("no route");
    assert_eq!((error.status(), error.to_string()), (None, expected));
    assert_eq!(server.requests().len(), 1);
    // If the profile says that there is a route, the address is wrong.
    let error =
        model(&server, Profile::model_inference()).endpoint_info().await.expect_err("no route");
    assert!(error.to_string().contains("check the address"), "{error}");
}

#[tokio::test]
async fn response_that_is_not_json_is_a_protocol_error() {
    let server = Server::fixed("200 OK", "content-type: text/html\r\n", "<p>Welcome</p>").await;
    let model = model(&server, Profile::openai_compatible());
    let error = model.endpoint_info().await.expect_err("HTML");
    assert!(error.is_protocol() && error.to_string().contains("responded with HTML"), "{error}");
    let error = model.embeddings().embed("a").await.expect_err("HTML");
    assert!(error.is_protocol() && error.to_string().contains("responded with HTML"), "{error}");
}

#[tokio::test]
async fn error_in_a_successful_response_is_returned_and_not_cached() {
    for (body, message) in [
        (r#"{"error":"the backend is asleep"}"#, "the backend is asleep"),
        (r#"{"error":["backend",7]}"#, r#"["backend",7]"#),
        (r#"{"detail":"hello"}"#, "no field describes a model"),
    ] {
        let server = json_server("200 OK", body).await;
        let model = model(&server, Profile::model_inference());
        for _ in 0..2 {
            let error = model.endpoint_info().await.expect_err("no model");
            assert!(error.to_string().contains(message), "{error}");
        }
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn texts_and_images_are_embedded() {
    let body = r#"{"data":[{"index":0,"embedding":"AAAAPwAAAMA="}],"model":"cohere",
        "usage":{"prompt_tokens":3,"total_tokens":3}}"#;
    let server = json_server("200 OK", body).await;
    let model = model(&server, Profile::model_inference()).embeddings();
    let request = EmbeddingRequest::texts(["Seattle"]).encoding_format(EncodingFormat::Base64);
    let reply = model.embed(request.extra("truncate", "end")).await.expect("a response");
    assert_eq!(reply.data[0].vector, [0.5, -2.0]);
    assert_eq!(reply.usage.map(|usage| usage.input_tokens), Some(3));
    let image = EmbeddingImage::new("data:image/png;base64,iVBO").text("t");
    model.embed(EmbeddingRequest::images([image])).await.expect("a response");
    let [texts, images] = &server.requests()[..] else { panic!("two requests") };
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
async fn embedding_errors_have_a_kind() {
    let body = r#"{"error":{"code":"401","message":"Access denied for sesame-7"}}"#;
    let server = json_server("401 Unauthorized", body).await;
    let model = model(&server, Profile::model_inference()).embeddings();
    let error = model.embed(["a"]).await.expect_err("refused");
    assert!(error.is_authentication());
    assert!(!format!("{error:?} {:?}", error.body()).contains("sesame"), "{error:?}");
    let error = model.embed(Vec::<String>::new()).await.expect_err("nothing to embed");
    assert!(error.is_configuration());
    assert_eq!(server.requests().len(), 1);
    let server = json_server("200 OK", r#"{"data":[]}"#).await;
    let model = self::model(&server, Profile::openai_compatible()).embeddings();
    let error = model.embed("a").await.expect_err("nothing came");
    assert!(error.is_protocol(), "{error}");
    assert!(error.to_string().ends_with("0 embeddings instead of 1"), "{error}");
}

#[test]
fn full_route_is_reduced_to_its_base() {
    for route in ["/chat/completions", "/embeddings", "/images/embeddings"] {
        let endpoint = Endpoint::parse(&format!("http://localhost:1/v1{route}?a=b"));
        assert_eq!(endpoint.expect("an address").to_string(), "http://localhost:1/v1");
    }
}
