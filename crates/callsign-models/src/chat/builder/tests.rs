use async_trait::async_trait;
use callsign_types::traits::model::Model;
use http::HeaderValue;

use super::*;
use crate::auth::source::Token;

struct FixedTokens;

#[async_trait]
impl TokenSource for FixedTokens {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        Ok(Token::new(format!("sesame for {scope}")))
    }
}

#[track_caller]
fn check_refused(builder: ChatModelBuilder, part: &str) {
    assert!(!format!("{builder:?}").contains("sesame"));
    let error = builder.build().expect_err("it is refused");
    assert!(error.is_configuration(), "{error}");
    assert!(error.to_string().contains(part), "{error}");
    assert!(!format!("{error} {error:?}").contains("sesame"), "{error:?}");
}

#[test]
fn model_is_required_unless_the_endpoint_is_local() {
    check_refused(ChatModel::builder("https://r.services.ai.azure.com/models"), ".model(");
    check_refused(ChatModel::builder("https://example.com/v1").model(" "), "OPENAI_MODEL");
    for loopback in ["http://127.0.0.1:1/v1", "http://localhost:1/v1"] {
        ChatModel::builder(loopback).build().expect("local servers have one model");
    }
}

#[test]
fn credential_is_not_sent_unencrypted_to_another_machine() {
    let remote = || ChatModel::builder("http://example.com/v1").model("m");
    check_refused(remote().key("sesame"), "unencrypted");
    check_refused(remote().key("sesame"), "https:// address");
    check_refused(remote().bearer("sesame"), "the token would be sent");
    check_refused(remote().token_source(FixedTokens), "the token would be sent");
    check_refused(remote().header("X-Api-Key", "sesame"), "unencrypted");
    check_refused(remote().header("x-anything", "sesame"), "the header x-anything");
    let remote_with =
        |query: &str| ChatModel::builder(format!("http://example.com/v1?{query}")).model("m");
    check_refused(remote_with("code=sesame"), "the query string");
    remote_with("api-version=2024-10-21").build().expect("a version is no secret");
    remote_with("code=sesame").allow_insecure_key_over_http().build().expect("it is allowed");
    remote().build().expect("there is no key");
    remote().key(" ").build().expect("there is no key");
    remote().key("sesame").allow_insecure_key_over_http().build().expect("it is allowed");
    ChatModel::builder("http://127.0.0.1:1/v1")
        .key("sesame")
        .build()
        .expect("it stays on this machine");
}

#[test]
fn invalid_headers_are_configuration_errors() {
    let local = || ChatModel::builder("http://127.0.0.1:1/v1");
    check_refused(local().key("sesame\u{0}"), "the key contains characters");
    check_refused(local().header("a b", "x"), "header name");
    check_refused(local().header("x-a", "sesame\n"), "header x-a");
    local().key(" sesame\n").build().expect("space around a key is trimmed");
}

#[test]
fn key_is_sent_in_the_headers_of_the_profile() {
    let headers_of = |profile: Profile| {
        let model = ChatModel::builder("http://127.0.0.1:1/v1").key("k").profile(profile);
        let model = model.build().expect("good").0.clone();
        let get = |name: &str| {
            let value = model.client.headers.base.get(name)?;
            assert!(value.is_sensitive());
            value.to_str().ok().map(str::to_owned)
        };
        (get("api-key"), get("authorization"))
    };
    let (key, bearer) = (Some("k".to_owned()), Some("Bearer k".to_owned()));
    for profile in [Profile::model_inference(), Profile::foundry_models(), Profile::azure_v1()] {
        assert_eq!(headers_of(profile), (key.clone(), bearer.clone()));
    }
    assert_eq!(headers_of(Profile::openai_compatible()), (None, bearer));
}

#[test]
fn token_is_sent_without_a_key() {
    let azure =
        || ChatModel::builder("http://127.0.0.1:1/models").profile(Profile::foundry_models());
    let model = azure().key("k").bearer("t").build().expect("the last credential counts");
    let headers = &model.0.client.headers.base;
    assert_eq!(headers.get("authorization").map(HeaderValue::as_bytes), Some(&b"Bearer t"[..]));
    assert!(headers.get("authorization").is_some_and(HeaderValue::is_sensitive));
    assert!(!headers.contains_key("api-key"));

    let scope = |builder: ChatModelBuilder| {
        let model = builder.token_source(FixedTokens).build().expect("good");
        let client = &model.0.client;
        assert!(!client.headers.base.contains_key("api-key") && client.has_credential);
        client.tokens.as_ref().map(|tokens| tokens.scope.clone())
    };
    let cognitive = Some("https://cognitiveservices.azure.com/.default".to_owned());
    assert_eq!(scope(azure().key("k")), cognitive);
    assert_eq!(scope(azure().token_scope(" own ")), Some("own".to_owned()));
    assert_eq!(scope(ChatModel::builder("http://127.0.0.1:1/v1")), Some(String::new()));
    assert_eq!(scope(azure().header("Authorization", "own")), None, "a header replaces it");
}

#[test]
fn debug_output_and_name_have_no_secret() {
    let model = ChatModel::builder("http://127.0.0.1:1/v1?code=sesame").key("sesame").model("m");
    let model = model.header("x-secret", "sesame").build().expect("good");
    let name = model.info().name;
    assert!(!format!("{model:?} {name}").contains("sesame"));
    assert_eq!(name, "m at http://127.0.0.1:1/v1");
}
