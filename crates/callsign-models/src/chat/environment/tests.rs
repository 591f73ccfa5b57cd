use super::*;

fn build(variables: &[(&str, &str)]) -> Result<ChatModel, Error> {
    let read = |name: &str| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    builder(read)?.build()
}

/// Checks the profile, the request URL and the model.
#[track_caller]
fn check(variables: &[(&str, &str)], profile: Profile, url: &str, model: Option<&str>) {
    let build = build(variables).expect("it is configured");
    assert_eq!(build.endpoint().profile().name, profile.name);
    assert_eq!(build.0.url.as_str(), url);
    assert_eq!(build.0.client.model.as_deref(), model);
}

#[test]
fn model_of_the_environment_retries() {
    let variables = [("OPENAI_BASE_URL", "http://127.0.0.1:9/v1"), ("OPENAI_MODEL", "m")];
    assert!(build(&variables).expect("it is configured").0.retry.allows_retries());
}

#[test]
fn azure_variables_take_precedence() {
    check(
        &[
            ("AZURE_INFERENCE_ENDPOINT", "https://m.eastus.models.ai.azure.com"),
            ("AZURE_INFERENCE_CREDENTIAL", "k"),
            ("OPENAI_BASE_URL", "https://example.com/v1"),
            ("OPENAI_MODEL", "m"),
        ],
        Profile::model_inference(),
        "https://m.eastus.models.ai.azure.com/chat/completions?api-version=2024-05-01-preview",
        None,
    );
    check(
        &[
            ("AZURE_INFERENCE_ENDPOINT", "https://r.services.ai.azure.com/models"),
            ("AZURE_INFERENCE_CREDENTIAL", "k"),
            ("AZURE_INFERENCE_MODEL", "phi-4"),
        ],
        Profile::foundry_models(),
        "https://r.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview",
        Some("phi-4"),
    );
}

#[test]
fn unknown_azure_endpoint_is_a_gateway_or_a_v1_server() {
    check(
        &[("AZURE_INFERENCE_ENDPOINT", "http://127.0.0.1:8080/inference")],
        Profile::model_inference(),
        "http://127.0.0.1:8080/inference/chat/completions?api-version=2024-05-01-preview",
        None,
    );
    check(
        &[("AZURE_INFERENCE_ENDPOINT", "http://127.0.0.1:8080/v1/")],
        Profile::openai_compatible(),
        "http://127.0.0.1:8080/v1/chat/completions",
        None,
    );
}

#[test]
fn openai_variables_configure_a_model() {
    check(
        &[("OPENAI_BASE_URL", "http://localhost:11434/v1"), ("AZURE_INFERENCE_ENDPOINT", " ")],
        Profile::openai_compatible(),
        "http://localhost:11434/v1/chat/completions",
        None,
    );
    check(
        &[("OPENAI_API_KEY", "k"), ("OPENAI_MODEL", "gpt-4o")],
        Profile::openai(),
        "https://api.openai.com/v1/chat/completions",
        Some("gpt-4o"),
    );
}

#[test]
fn errors_name_the_missing_variables() {
    #[track_caller]
    fn check(variables: &[(&str, &str)], parts: &[&str]) {
        let error = build(variables).expect_err("something is missing");
        assert!(error.is_configuration(), "{error}");
        for part in parts {
            assert!(error.to_string().contains(part), "{error}");
        }
    }
    let names = ["AZURE_INFERENCE_ENDPOINT", "AZURE_INFERENCE_CREDENTIAL", "OPENAI_BASE_URL"];
    check(&[], &names);
    check(&[("OPENAI_MODEL", "m")], &names);
    check(
        &[("AZURE_INFERENCE_ENDPOINT", "m.models.ai.azure.com")],
        &["AZURE_INFERENCE_ENDPOINT: "],
    );
    check(
        &[("OPENAI_BASE_URL", "127.0.0.1:80")],
        &["OPENAI_BASE_URL: ", "http://localhost:11434/v1"],
    );
    check(&[("OPENAI_API_KEY", "k")], &["OPENAI_MODEL"]);
}

const SERVERLESS: (&str, &str) =
    ("AZURE_INFERENCE_ENDPOINT", "https://m.eastus.models.ai.azure.com");
const V1: (&str, &str) = ("OPENAI_BASE_URL", "https://r.openai.azure.com/openai/v1");

fn builder_from(variables: &[(&str, &str)]) -> ChatModelBuilder {
    let variables: Vec<(String, String)> =
        variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    builder(|name| Some(variables.iter().find(|(known, _)| known == name)?.1.clone()))
        .expect("an address is given")
}

#[test]
#[cfg(not(feature = "entra"))]
fn azure_endpoint_requires_a_key() {
    for (variable, key) in [(SERVERLESS, "AZURE_INFERENCE_CREDENTIAL"), (V1, "OPENAI_API_KEY")] {
        let error = builder_from(&[variable]).model("m").build().expect_err("there is none");
        let message = error.to_string();
        assert!(message.contains(&format!("{key} is not")), "{message}");
        assert!(message.contains("`entra`"), "{message}");
    }
}

#[test]
#[cfg(feature = "entra")]
fn azure_endpoint_without_a_key_uses_entra_id() {
    for (variable, scope) in
        [(SERVERLESS, "https://ml.azure.com/.default"), (V1, "https://ai.azure.com/.default")]
    {
        let model = builder_from(&[variable]).model("m").build().expect("Entra ID is used");
        let tokens = model.0.client.tokens.as_ref().expect("it signs in");
        assert_eq!(tokens.scope, scope);
        assert!(!model.0.client.headers.base.contains_key("api-key"));
    }
    let model = builder_from(&[SERVERLESS, ("AZURE_INFERENCE_TOKEN_SCOPE", "own")]).build();
    assert_eq!(model.expect("good").0.client.tokens.as_ref().expect("it signs in").scope, "own");
}

#[test]
fn builder_completes_the_environment() {
    builder_from(&[SERVERLESS]).key("k").build().expect("the key is set");
    builder_from(&[SERVERLESS]).header("api-key", "k").build().expect("the key is set");
    let model =
        builder_from(&[SERVERLESS]).without_credential().build().expect("no credential is needed");
    assert!(model.0.client.tokens.is_none() && !model.0.client.has_credential);
    let model = builder_from(&[SERVERLESS]).key("k").build().expect("the key is set");
    assert!(model.0.client.tokens.is_none() && model.0.client.headers.base.contains_key("api-key"));
    builder_from(&[("OPENAI_BASE_URL", "https://example.com/v1")])
        .model("m")
        .build()
        .expect("no credential is required");
    let unnamed = [
        ("AZURE_INFERENCE_ENDPOINT", "https://r.openai.azure.com/x"),
        ("AZURE_INFERENCE_CREDENTIAL", "k"),
    ];
    let error = builder_from(&unnamed).build().expect_err("it names no deployment");
    assert!(error.to_string().starts_with("AZURE_INFERENCE_ENDPOINT: "), "{error}");
    builder_from(&unnamed).profile(Profile::model_inference()).build().expect("the profile is set");
}
