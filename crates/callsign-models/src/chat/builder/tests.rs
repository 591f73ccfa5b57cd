use super::*;

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
    check_refused(remote().header("X-Api-Key", "sesame"), "unencrypted");
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
            let value = model.link.headers.get(name)?;
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
fn nothing_shows_the_key() {
    let model = ChatModel::builder("http://127.0.0.1:1/v1?code=sesame").key("sesame").model("m");
    let model = model.header("x-secret", "sesame").build().expect("good");
    assert!(
        !format!("{model:?} {}", callsign_core::traits::model::Model::name(&model))
            .contains("sesame")
    );
    assert_eq!(callsign_core::traits::model::Model::name(&model), "m at http://127.0.0.1:1/v1");
}
