use async_trait::async_trait;
use http::HeaderValue;

use super::*;
use crate::auth::source::Token;

struct Fixed;

#[async_trait]
impl TokenSource for Fixed {
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
fn a_model_is_asked_for_where_there_is_more_than_one() {
    check_refused(ChatModel::builder("https://r.services.ai.azure.com/models"), ".model(");
    check_refused(ChatModel::builder("https://example.com/v1").model(" "), "OPENAI_MODEL");
    for loopback in ["http://127.0.0.1:1/v1", "http://localhost:1/v1"] {
        ChatModel::builder(loopback).build().expect("servers here serve what they have");
    }
}

#[test]
fn a_key_does_not_go_unencrypted_to_another_machine() {
    let remote = || ChatModel::builder("http://example.com/v1").model("m");
    check_refused(remote().key("sesame"), "unencrypted");
    check_refused(remote().key("sesame"), "https:// address");
    check_refused(remote().bearer("sesame"), "the token would go");
    check_refused(remote().token_source(Fixed), "the token would go");
    check_refused(remote().header("X-Api-Key", "sesame"), "unencrypted");
    check_refused(remote().header("x-anything", "sesame"), "the header x-anything");
    let remote_with =
        |query: &str| ChatModel::builder(format!("http://example.com/v1?{query}")).model("m");
    check_refused(remote_with("code=sesame"), "the address's query");
    remote_with("api-version=2024-10-21").build().expect("a version is no secret");
    remote_with("code=sesame").allow_insecure_key_over_http().build().expect("it is meant");
    remote().build().expect("there is no key");
    remote().key(" ").build().expect("there is no key");
    remote().key("sesame").allow_insecure_key_over_http().build().expect("it is meant");
    ChatModel::builder("http://127.0.0.1:1/v1").key("sesame").build().expect("it stays here");
}

#[test]
fn headers_that_no_request_may_carry() {
    let local = || ChatModel::builder("http://127.0.0.1:1/v1");
    check_refused(local().key("sesame\u{0}"), "the key has characters");
    check_refused(local().header("a b", "x"), "header's name");
    check_refused(local().header("x-a", "sesame\n"), "the header x-a");
    local().key(" sesame\n").build().expect("space around a key is no part of it");
}

#[test]
fn keys_travel_in_the_headers_of_the_profile() {
    let carried = |profile: Profile| {
        let model = ChatModel::builder("http://127.0.0.1:1/v1").key("k").profile(profile);
        let model = model.build().expect("good").0.clone();
        let get = |name: &str| {
            let value = model.link.head.own.get(name)?;
            assert!(value.is_sensitive());
            value.to_str().ok().map(str::to_owned)
        };
        (get("api-key"), get("authorization"))
    };
    let (key, bearer) = (Some("k".to_owned()), Some("Bearer k".to_owned()));
    for profile in [Profile::model_inference(), Profile::foundry_models(), Profile::azure_v1()] {
        assert_eq!(carried(profile), (key.clone(), bearer.clone()));
    }
    assert_eq!(carried(Profile::openai_compatible()), (None, bearer));
}

#[test]
fn a_bearer_travels_alone() {
    let azure =
        || ChatModel::builder("http://127.0.0.1:1/models").profile(Profile::foundry_models());
    let model = azure().key("k").bearer("t").build().expect("the last credential counts");
    let headers = &model.0.link.head.own;
    assert_eq!(headers.get("authorization").map(HeaderValue::as_bytes), Some(&b"Bearer t"[..]));
    assert!(headers.get("authorization").is_some_and(HeaderValue::is_sensitive));
    assert!(!headers.contains_key("api-key"));

    let scope = |builder: ChatModelBuilder| {
        let model = builder.token_source(Fixed).build().expect("good");
        let link = &model.0.link;
        assert!(!link.head.own.contains_key("api-key") && link.has_key);
        link.tokens.as_ref().map(|tokens| tokens.scope.clone())
    };
    let cognitive = Some("https://cognitiveservices.azure.com/.default".to_owned());
    assert_eq!(scope(azure().key("k")), cognitive);
    assert_eq!(scope(azure().token_scope(" own ")), Some("own".to_owned()));
    assert_eq!(scope(ChatModel::builder("http://127.0.0.1:1/v1")), Some(String::new()));
    assert_eq!(scope(azure().header("Authorization", "own")), None, "a header replaces it");
}

#[test]
fn nothing_shows_the_key() {
    let model = ChatModel::builder("http://127.0.0.1:1/v1?code=sesame").key("sesame").model("m");
    let model = model.header("x-secret", "sesame").build().expect("good");
    assert!(
        !format!("{model:?} {}", callsign_core::traits::model::Model::name(&model))
            .contains("sesame")
    );
    assert_eq!(callsign_core::traits::model::Model::name(&model), "m at http://127.0.0.1:1/v1");
}
