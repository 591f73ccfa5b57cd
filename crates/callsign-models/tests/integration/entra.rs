//! Microsoft Entra ID configured by the environment. Each case runs in a child process, because the
//! environment variables of this process cannot be changed while other tests run.
#![allow(clippy::print_stdout, reason = "the child process reports to its parent")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use callsign_models::auth::source::TokenSource;
use callsign_models::chat::model::ChatModel;
use callsign_models::endpoint::profile::Profile;
use callsign_models::entra::identity::Entra;
use callsign_types::traits::model::ModelExt;

use crate::server::Server;

const CHILD: &str = "CALLSIGN_ENTRA_CHILD";
const SCOPE: &str = "https://cognitiveservices.azure.com/.default";

/// The code of the child process of [`in_child`]: sends requests to a model, or requests a token if
/// the address is empty.
#[tokio::test]
async fn child() {
    let Ok(address) = std::env::var(CHILD) else { return };
    if address.is_empty() {
        match Entra::from_env().token(SCOPE).await {
            Ok(token) => println!("token until {:?}", token.expires_at),
            Err(error) => println!("{:?}: {error}", error.kind()),
        }
        return;
    }
    let model = ChatModel::builder(address).profile(Profile::foundry_models());
    let model = model.token_source(Entra::from_env()).build().expect("good");
    for _ in 0..2 {
        match model.complete("hi").await {
            Ok(reply) => println!("{}", reply.text()),
            Err(error) => println!("{error}"),
        }
    }
}

/// Runs a child process with only these environment variables and returns its output.
fn in_child(address: &str, variables: &[(&str, &str)]) -> String {
    let child = Command::new(std::env::current_exe().expect("it runs"))
        .args(["--exact", "entra::child", "--nocapture"])
        .env_clear()
        .envs(variables.iter().copied())
        .env(CHILD, address)
        .output()
        .expect("it runs");
    let output = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(child.status.success(), "{output} {}", String::from_utf8_lossy(&child.stderr));
    output
}

/// Creates a folder with an executable script.
fn folder_with(program: &str, script: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("entra-{program}"));
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(program);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it may run");
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn managed_identity_of_an_app_service_is_used() {
    let body = r#"{"access_token":"sesame-7","expires_on":"4102444800","token_type":"Bearer","resource":"r"}"#;
    let identity = Server::fixed("200 OK", "", body).await;
    let reply = r#"{"choices":[{"message":{"content":"Hi."},"finish_reason":"stop"}]}"#;
    let model = Server::fixed("200 OK", "", reply).await;
    let endpoint = format!("{}/msi/token", identity.address);
    let output = in_child(
        &format!("{}/models", model.address),
        &[
            ("IDENTITY_ENDPOINT", &endpoint),
            ("IDENTITY_HEADER", "open"),
            ("AZURE_CLIENT_ID", "mine"),
            // A proxy that would break the token request if it were used.
            ("HTTP_PROXY", "http://127.0.0.1:9"),
        ],
    );
    assert!(output.contains("Hi.\nHi."), "{output}");
    assert_eq!(identity.requests().len(), 1, "two requests share one token");
    let request = &identity.requests()[0];
    let line = request.head.lines().next().expect("a request");
    assert!(line.starts_with("GET /msi/token?api-version="), "{line}");
    assert!(line.contains("resource=https%3A%2F%2Fcognitiveservices.azure.com"), "{line}");
    assert!(line.contains("client_id=mine"), "{line}");
    assert_eq!(request.header("x-identity-header"), Some("open"));
    for requests in model.requests() {
        assert_eq!(requests.header("authorization"), Some("Bearer sesame-7"));
        assert_eq!(requests.header("api-key"), None);
    }
}

#[test]
fn developer_signed_in_with_az_is_used() {
    let token = r#"{"accessToken":"sesame-7","expires_on":4102444800,"tokenType":"Bearer"}"#;
    let folder = folder_with("az", &format!("echo \"$@\" > \"$REQUEST\"; echo '{token}'"));
    let request = folder.join("request");
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let asked_name = request.display().to_string();
    let variables =
        [("PATH", &*path), ("REQUEST", &asked_name), ("AZURE_TOKEN_CREDENTIALS", "dev")];
    let output = in_child("", &variables);
    assert!(output.contains("token until Some("), "{output}");
    let request = fs::read_to_string(request).expect("the script ran");
    assert_eq!(request.trim(), format!("account get-access-token -o json --scope {SCOPE}"));
}

#[test]
fn missing_credentials_are_reported() {
    let output = in_child("", &[("PATH", "/bin"), ("AZURE_TOKEN_CREDENTIALS", "dev")]);
    let message =
        format!("Authentication: Microsoft Entra ID returned no token for scope {SCOPE}: az: ");
    assert!(output.contains(&message), "{output}");
    assert!(output.contains("az not found on PATH; azd: "), "{output}");
    assert!(output.contains("sign in with `az login`"), "{output}");

    let output = in_child("", &[("AZURE_TOKEN_CREDENTIALS", "Nonsense")]);
    assert!(
        output.contains("AZURE_TOKEN_CREDENTIALS: not a supported credential name"),
        "{output}"
    );

    let application =
        [("AZURE_TENANT_ID", "t t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", "sesame-7")];
    let output = in_child("", &application);
    assert!(output.contains("client secret: invalid tenant ID t t"), "{output}");
    assert!(
        !output.contains("az:") && !output.contains("sesame"),
        "a configured credential is the only one: {output}"
    );

    let workload = [
        ("AZURE_TENANT_ID", "t"),
        ("AZURE_CLIENT_ID", "c"),
        ("AZURE_FEDERATED_TOKEN_FILE", "/nowhere"),
    ];
    let output = in_child("", &workload);
    assert!(output.contains("workload identity: failed to read"), "{output}");
}
