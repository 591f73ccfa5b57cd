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
    let serverless = ("AZURE_INFERENCE_ENDPOINT", "https://m.eastus.models.ai.azure.com");
    check(&[serverless], &["AZURE_INFERENCE_CREDENTIAL is not"]);
    check(
        &[("AZURE_INFERENCE_ENDPOINT", "m.models.ai.azure.com")],
        &["AZURE_INFERENCE_ENDPOINT: "],
    );
    check(&[("OPENAI_API_KEY", "k")], &["OPENAI_MODEL"]);
}
