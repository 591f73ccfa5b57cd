use super::*;

/// Checks the profile of `address` and the URL of its chat requests.
#[track_caller]
fn check(address: &str, profile: Profile, url: &str) {
    let endpoint = Endpoint::parse(address).expect("a good address");
    assert_eq!(endpoint.profile().name, profile.name);
    assert_eq!(endpoint.chat_url().as_str(), url);
}

#[test]
fn address_selects_the_profile() {
    let version = "?api-version=2024-05-01-preview";
    let serverless = "https://m.eastus2.models.ai.azure.com";
    let url = format!("{serverless}/chat/completions{version}");
    check(serverless, Profile::model_inference(), &url);
    check(&format!("{serverless}/"), Profile::model_inference(), &url);
    check(&format!(" {serverless}//\n"), Profile::model_inference(), &url);
    check(&url, Profile::model_inference(), &url);
    check(
        "https://M.eastus.INFERENCE.ai.azure.com",
        Profile::model_inference(),
        &format!("https://m.eastus.inference.ai.azure.com/chat/completions{version}"),
    );
    check(
        "https://r.services.ai.azure.com/models",
        Profile::foundry_models(),
        &format!("https://r.services.ai.azure.com/models/chat/completions{version}"),
    );
    check(
        "https://r.services.ai.azure.us/models",
        Profile::foundry_models(),
        &format!("https://r.services.ai.azure.us/models/chat/completions{version}"),
    );
    check(
        "https://m.usgovvirginia.models.ai.azure.us",
        Profile::model_inference(),
        &format!("https://m.usgovvirginia.models.ai.azure.us/chat/completions{version}"),
    );
    check(
        "https://r.openai.azure.com/openai/deployments/gpt-4o/",
        Profile::azure_deployment(),
        "https://r.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
    );
    for base in [
        "https://r.openai.azure.com/openai/v1",
        "https://r.services.ai.azure.com/openai/v1",
        "https://r.services.ai.azure.com/api/projects/p/openai/v1",
        "https://r.cognitiveservices.azure.com/openai/v1",
    ] {
        check(base, Profile::azure_v1(), &format!("{base}/chat/completions"));
    }
    check(
        "https://api.openai.com/v1",
        Profile::openai(),
        "https://api.openai.com/v1/chat/completions",
    );
    // Groq has the path of Azure's v1 API, but not its host.
    for base in ["http://127.0.0.1:1234/v1", "https://api.groq.com/openai/v1", "http://[::1]:8080"]
    {
        check(base, Profile::openai_compatible(), &format!("{base}/chat/completions"));
    }
}

#[test]
fn api_version_of_the_address_is_kept() {
    let base = "https://r.services.ai.azure.com/models?x=1&api-version=2025-01-01";
    check(
        base,
        Profile::foundry_models(),
        "https://r.services.ai.azure.com/models/chat/completions?x=1&api-version=2025-01-01",
    );
    let endpoint = Endpoint::parse(base).expect("a good address").api_version("2026-01-01");
    assert_eq!(
        endpoint.chat_url().as_str(),
        "https://r.services.ai.azure.com/models/chat/completions?x=1&api-version=2026-01-01"
    );
    assert_eq!(endpoint.to_string(), "https://r.services.ai.azure.com/models");
}

#[test]
fn profile_has_the_token_scope_of_the_provider() {
    let scope = |address: &str| {
        let endpoint = Endpoint::parse(address).expect("a good address");
        endpoint.profile().token_scope.as_deref().map(str::to_owned)
    };
    for (address, expected) in [
        ("https://m.eastus.models.ai.azure.com", "https://ml.azure.com/.default"),
        ("https://m.eastus.inference.ai.azure.com", "https://ml.azure.com/.default"),
        ("https://r.services.ai.azure.com/models", "https://cognitiveservices.azure.com/.default"),
        (
            "https://r.openai.azure.com/openai/deployments/d",
            "https://cognitiveservices.azure.com/.default",
        ),
        (
            "https://r.openai.azure.us/openai/deployments/d",
            "https://cognitiveservices.azure.us/.default",
        ),
        ("https://r.services.ai.azure.us/models", "https://cognitiveservices.azure.us/.default"),
        ("https://m.chinaeast.models.ai.azure.cn", "https://ml.azure.cn/.default"),
        ("https://r.openai.azure.com/openai/v1", "https://ai.azure.com/.default"),
        (
            "https://r.services.ai.azure.com/api/projects/p/openai/v1",
            "https://ai.azure.com/.default",
        ),
    ] {
        assert_eq!(scope(address).as_deref(), Some(expected), "{address}");
    }
    assert_eq!(scope("https://api.openai.com/v1"), None);
    assert_eq!(scope("http://localhost:1/v1"), None);
}

#[test]
fn stream_options_depend_on_the_api_version() {
    let takes = |address: &str| Endpoint::parse(address).expect("good").takes_stream_options();
    let deployment = "https://r.openai.azure.com/openai/deployments/d";
    assert!(takes(deployment));
    assert!(takes(&format!("{deployment}?api-version=2024-08-01-preview")));
    assert!(!takes(&format!("{deployment}?api-version=2024-06-01")));
    assert!(!takes("https://r.services.ai.azure.com/models"));
    assert!(takes("http://localhost:1/v1"));
}

#[test]
fn loopback_addresses_are_recognized() {
    let loopback =
        |host: &str| Endpoint::parse(&format!("http://{host}/v1")).expect("good").is_loopback();
    for host in [
        "127.0.0.1",
        "127.9.9.9:80",
        "[::1]:80",
        "localhost",
        "a.localhost:1",
        "[::ffff:127.0.0.1]",
    ] {
        assert!(loopback(host), "{host}");
    }
    for host in ["10.0.0.1", "example.com", "localhost.example.com", "[::2]", "notlocalhost"] {
        assert!(!loopback(host), "{host}");
    }
}

#[test]
fn invalid_addresses_are_configuration_errors() {
    #[track_caller]
    fn check(address: &str, part: &str) {
        let error = Endpoint::parse(address).expect_err("invalid");
        assert!(error.is_configuration() && error.to_string().contains(part), "{error}");
        assert!(!format!("{error} {error:?}").contains("sesame"), "{error:?}");
    }
    check("", "invalid endpoint URL");
    check("sesame", "invalid endpoint URL");
    check("foo", "http://localhost:11434/v1");
    check("127.0.0.1:80", "http://localhost:11434/v1");
    check("localhost:11434/v1", "http://localhost:11434/v1");
    check("ftp://example.com", "begin with https");
    check("https://user:sesame@example.com/v1", "contains a user name");
    check("https://r.openai.azure.com/", "names no deployment");
    assert!(Endpoint::with_profile("https://r.openai.azure.com/x", Profile::azure_v1()).is_ok());
}

#[test]
fn display_and_debug_omit_the_query() {
    let endpoint = Endpoint::parse("https://example.com/v1?code=sesame").expect("a good address");
    assert_eq!(endpoint.chat_url().query(), Some("code=sesame"));
    assert!(!format!("{endpoint} {endpoint:?}").contains("sesame"));
}
