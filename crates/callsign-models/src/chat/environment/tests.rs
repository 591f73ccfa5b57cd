use super::*;

fn built(variables: &[(&str, &str)]) -> Result<ChatModel, Error> {
    let read = |name: &str| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    builder(read)?.build()
}

/// The profile, where requests go, and the model.
#[track_caller]
fn check(variables: &[(&str, &str)], profile: Profile, url: &str, model: Option<&str>) {
    let built = built(variables).expect("it is configured");
    assert_eq!(built.endpoint().profile().name, profile.name);
    assert_eq!(built.0.url.as_str(), url);
    assert_eq!(built.0.link.model.as_deref(), model);
}

#[test]
fn the_names_of_azure_come_first() {
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
fn a_gateway_under_the_name_of_azure() {
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
fn the_names_of_openai() {
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
fn what_is_missing_is_named() {
    #[track_caller]
    fn check(variables: &[(&str, &str)], parts: &[&str]) {
        let error = built(variables).expect_err("something is missing");
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

fn begun(variables: &[(&str, &str)]) -> ChatModelBuilder {
    let variables: Vec<(String, String)> =
        variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    builder(|name| Some(variables.iter().find(|(known, _)| known == name)?.1.clone()))
        .expect("an address is given")
}

#[test]
#[cfg(not(feature = "entra"))]
fn a_service_of_azures_wants_a_credential() {
    for (variable, key) in [(SERVERLESS, "AZURE_INFERENCE_CREDENTIAL"), (V1, "OPENAI_API_KEY")] {
        let error = begun(&[variable]).model("m").build().expect_err("there is none");
        let told = error.to_string();
        assert!(told.contains(&format!("{key} is not")) && told.contains("`entra`"), "{told}");
    }
}

#[test]
#[cfg(feature = "entra")]
fn a_service_of_azures_is_signed_in_to() {
    for (variable, scope) in
        [(SERVERLESS, "https://ml.azure.com/.default"), (V1, "https://ai.azure.com/.default")]
    {
        let model = begun(&[variable]).model("m").build().expect("Entra ID will do");
        let tokens = model.0.link.tokens.as_ref().expect("it signs in");
        assert_eq!(tokens.scope, scope);
        assert!(!model.0.link.head.own.contains_key("api-key"));
    }
    let model = begun(&[SERVERLESS, ("AZURE_INFERENCE_TOKEN_SCOPE", "own")]).build();
    assert_eq!(model.expect("good").0.link.tokens.as_ref().expect("it signs in").scope, "own");
}

#[test]
fn what_the_environment_leaves_out_can_be_said() {
    begun(&[SERVERLESS]).key("k").build().expect("the key is said");
    begun(&[SERVERLESS]).header("api-key", "k").build().expect("the key is said");
    let model = begun(&[SERVERLESS]).without_credential().build().expect("none is meant");
    assert!(model.0.link.tokens.is_none() && !model.0.link.has_key);
    let model = begun(&[SERVERLESS]).key("k").build().expect("the key is said");
    assert!(model.0.link.tokens.is_none() && model.0.link.head.own.contains_key("api-key"));
    begun(&[("OPENAI_BASE_URL", "https://example.com/v1")])
        .model("m")
        .build()
        .expect("it may be open");
    let unnamed = [
        ("AZURE_INFERENCE_ENDPOINT", "https://r.openai.azure.com/x"),
        ("AZURE_INFERENCE_CREDENTIAL", "k"),
    ];
    let error = begun(&unnamed).build().expect_err("it names no deployment");
    assert!(error.to_string().starts_with("AZURE_INFERENCE_ENDPOINT: "), "{error}");
    begun(&unnamed).profile(Profile::model_inference()).build().expect("the profile is said");
}
