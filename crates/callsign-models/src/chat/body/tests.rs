#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use callsign_types::request::{Options, Request};
use callsign_types::traits::model::ModelExt;

use crate::chat::model::ChatModel;
use crate::endpoint::profile::Profile;

#[tokio::test]
async fn invalid_extra_parameters_value_is_a_configuration_error() {
    let mut profile = Profile::foundry_models();
    profile.extra_parameters = Some("pass\nthrough".into());
    let model = ChatModel::builder("http://127.0.0.1:9/models").key("k").model("m");
    let model = model.profile(profile).build().expect("good");
    let request = Request::user("hi").options(Options::new().extra("safe_mode", true));
    let error = model.complete(request).await.expect_err("it is not sent");
    assert!(error.is_configuration(), "{error}");
    assert!(error.to_string().contains("extra-parameters"), "{error}");
}
