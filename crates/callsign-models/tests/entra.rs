//! Signing in as an environment says, from a process of its own whose environment it is: the
//! variables of this one cannot be changed while other tests run.
#![cfg(all(feature = "entra", unix))]
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "the child tells its parent so")]

#[path = "http/server.rs"]
#[allow(dead_code, reason = "it is shared with other tests")]
mod server;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use callsign_core::traits::model::ModelExt;
use callsign_models::auth::source::TokenSource;
use callsign_models::chat::model::ChatModel;
use callsign_models::endpoint::profile::Profile;
use callsign_models::entra::identity::Entra;
use server::Server;

const CHILD: &str = "CALLSIGN_ENTRA_CHILD";
const SCOPE: &str = "https://cognitiveservices.azure.com/.default";

/// What the child of [`in_child`] does: it asks a model, or for a token where there is none.
#[tokio::test]
async fn a_child() {
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

/// What a process with only these variables says.
fn in_child(address: &str, variables: &[(&str, &str)]) -> String {
    let child = Command::new(std::env::current_exe().expect("it runs"))
        .args(["--exact", "a_child", "--nocapture"])
        .env_clear()
        .envs(variables.iter().copied())
        .env(CHILD, address)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(child.status.success(), "{said} {}", String::from_utf8_lossy(&child.stderr));
    said
}

/// A folder with a program of this name.
fn folder_with(program: &str, script: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("entra-{program}"));
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(program);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it may run");
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn the_identity_of_an_app_service() {
    let body = r#"{"access_token":"sesame-7","expires_on":"4102444800","token_type":"Bearer","resource":"r"}"#;
    let identity = Server::answering("200 OK", "", body).await;
    let reply = r#"{"choices":[{"message":{"content":"Hi."},"finish_reason":"stop"}]}"#;
    let model = Server::answering("200 OK", "", reply).await;
    let endpoint = format!("{}/msi/token", identity.address);
    let said = in_child(
        &format!("{}/models", model.address),
        &[
            ("IDENTITY_ENDPOINT", &endpoint),
            ("IDENTITY_HEADER", "open"),
            ("AZURE_CLIENT_ID", "mine"),
            // What would swallow a request for a token.
            ("HTTP_PROXY", "http://127.0.0.1:9"),
        ],
    );
    assert!(said.contains("Hi.\nHi."), "{said}");
    assert_eq!(identity.seen().len(), 1, "one token does for two requests");
    let asked = &identity.seen()[0];
    let line = asked.head.lines().next().expect("a request");
    assert!(line.starts_with("GET /msi/token?api-version="), "{line}");
    assert!(line.contains("resource=https%3A%2F%2Fcognitiveservices.azure.com"), "{line}");
    assert!(line.contains("client_id=mine"), "{line}");
    assert_eq!(asked.header("x-identity-header"), Some("open"));
    for seen in model.seen() {
        assert_eq!(seen.header("authorization"), Some("Bearer sesame-7"));
        assert_eq!(seen.header("api-key"), None);
    }
}

#[test]
fn a_developer_who_is_signed_in() {
    let token = r#"{"accessToken":"sesame-7","expires_on":4102444800,"tokenType":"Bearer"}"#;
    let folder = folder_with("az", &format!("echo \"$@\" > \"$ASKED\"; echo '{token}'"));
    let asked = folder.join("asked");
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let asked_name = asked.display().to_string();
    let variables = [("PATH", &*path), ("ASKED", &asked_name), ("AZURE_TOKEN_CREDENTIALS", "dev")];
    let said = in_child("", &variables);
    assert!(said.contains("token until Some("), "{said}");
    let asked = fs::read_to_string(asked).expect("it was asked");
    assert_eq!(asked.trim(), format!("account get-access-token -o json --scope {SCOPE}"));
}

#[test]
fn an_environment_without_any() {
    let said = in_child("", &[("PATH", "/bin"), ("AZURE_TOKEN_CREDENTIALS", "dev")]);
    let message =
        format!("Authentication: Microsoft Entra ID gave no token for the scope {SCOPE}: az: ");
    assert!(said.contains(&message), "{said}");
    assert!(said.contains("az not found on PATH; azd: "), "{said}");
    assert!(said.contains("Sign in with `az login`"), "{said}");

    let said = in_child("", &[("AZURE_TOKEN_CREDENTIALS", "Nonsense")]);
    assert!(said.contains("AZURE_TOKEN_CREDENTIALS: it is no credential"), "{said}");

    let application =
        [("AZURE_TENANT_ID", "t t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", "sesame-7")];
    let said = in_child("", &application);
    assert!(said.contains("client secret: invalid tenant ID t t"), "{said}");
    assert!(
        !said.contains("az:") && !said.contains("sesame"),
        "one that is set up is the only one: {said}"
    );

    let workload = [
        ("AZURE_TENANT_ID", "t"),
        ("AZURE_CLIENT_ID", "c"),
        ("AZURE_FEDERATED_TOKEN_FILE", "/nowhere"),
    ];
    let said = in_child("", &workload);
    assert!(said.contains("the workload identity: failed to read"), "{said}");
}
