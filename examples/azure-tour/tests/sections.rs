//! Tests of every command, against the practice model.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output, Stdio};

use callsign::testing::{FaultReply, FaultServer, PracticeModel};

fn tour(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_azure-tour"));
    command.args(arguments);
    for name in [
        "AZURE_INFERENCE_ENDPOINT",
        "AZURE_INFERENCE_CREDENTIAL",
        "AZURE_INFERENCE_MODEL",
        "OPENAI_BASE_URL",
        "OPENAI_API_KEY",
        "OPENAI_MODEL",
    ] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Checks that the program succeeded and that its output contains `parts`.
#[track_caller]
fn assert_success(output: &Output, parts: &[&str]) {
    assert!(output.status.success(), "{output:?}");
    let out = text(&output.stdout);
    for part in parts {
        assert!(out.contains(part), "missing {part:?} in {out}");
    }
}

/// Runs a section with the practice model.
#[track_caller]
fn section(arguments: &[&str], parts: &[&str]) {
    let output = tour(arguments).output().unwrap();
    assert_success(&output, parts);
    assert!(text(&output.stderr).contains("practice model"), "{output:?}");
}

#[test]
fn info() {
    section(
        &["info"],
        &[
            "Model name: practice-model",
            "Model type: chat-completion",
            "Model provider name: Callsign",
        ],
    );
}

#[test]
fn chat() {
    section(
        &["chat"],
        &["Response: I can't answer that.", "Finish reason: stop", "Usage:\n  Prompt tokens: "],
    );
}

#[test]
fn stream() {
    section(
        &["stream"],
        &["I can't answer that. I am the practice model", "\nText deltas: ", "Total tokens: 5"],
    );
}

#[test]
fn parameters() {
    section(&["parameters"], &["Response: I can't answer that.", "Finish reason: stop"]);
}

#[test]
fn json() {
    section(&["json"], &["{\n  \"answer\": \"I can't answer that."]);
}

#[test]
fn extras() {
    section(&["extras"], &["Response: I can't", "Log probabilities: ", r#""logprob":0.0"#]);
}

#[test]
fn tools() {
    section(
        &["tools"],
        &[
            r#"Call: get_flight_info {"origin_city":"Miami","destination_city":"Seattle"}"#,
            r#"Result: {"info":"There are no flights"#,
            "You should take a train",
        ],
    );
}

#[test]
fn content_safety() {
    section(
        &["content-safety"],
        &[
            "Blocked: the provider's content filter withheld the prompt",
            r#""violence":{"filtered":true"#,
        ],
    );
}

#[test]
fn image() {
    section(&["image"], &["Response: You sent an image (PNG, 203 bytes)."]);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/data/chart.png");
    section(&["image", file], &["Response: You sent an image (PNG, 203 bytes)."]);
    let not_an_image = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let output = tour(&["image", not_an_image]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("not a supported image format"), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn configured_endpoint_replaces_the_practice_model() {
    let server = PracticeModel::builder().require_key("sesame-7").start().await.unwrap();
    let azure = tour(&["info"])
        .env("AZURE_INFERENCE_ENDPOINT", server.root())
        .env("AZURE_INFERENCE_CREDENTIAL", "sesame-7")
        .output()
        .unwrap();
    assert_success(&azure, &["Model name: practice-model"]);
    assert_eq!(text(&azure.stderr), "");
    let openai = tour(&["chat"])
        .env("OPENAI_BASE_URL", server.endpoint())
        .env("OPENAI_API_KEY", "sesame-7")
        .output()
        .unwrap();
    assert_success(&openai, &["Model: practice-model"]);
    let wrong = tour(&["chat"])
        .env("OPENAI_BASE_URL", server.endpoint())
        .env("OPENAI_API_KEY", "wrong")
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    let errors = text(&wrong.stderr);
    assert!(errors.starts_with("error: ") && !errors.contains("sesame"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoint_receives_only_the_key_that_is_named_for_it() {
    let server = PracticeModel::builder().require_key("sesame-7").start().await.unwrap();
    let run = |options: &[&str]| {
        let arguments = [&["chat", "--endpoint", server.endpoint()], options].concat();
        let mut command = tour(&arguments);
        command.env("AZURE_INFERENCE_CREDENTIAL", "sesame-7").env("OPENAI_API_KEY", "sesame-7");
        command.env("MY_KEY", "sesame-7").env("NO_KEY", " ");
        command.output().unwrap()
    };
    let none = run(&[]);
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stderr).contains("no key was sent"), "{none:?}");
    assert_success(&run(&["--key-env", "MY_KEY"]), &["Model: practice-model"]);
    for name in ["NO_KEY", "UNSET"] {
        let empty = run(&["--key-env", name]);
        assert_eq!(empty.status.code(), Some(1));
        let expected = format!("--key-env {name}: the environment variable is not set or empty");
        assert!(text(&empty.stderr).contains(&expected), "{empty:?}");
    }
    let alone = tour(&["chat", "--key-env", "MY_KEY"]).output().unwrap();
    assert!(text(&alone.stderr).contains("--key-env requires --endpoint"), "{alone:?}");
}

/// Control characters could clear the screen, set the title, or hide text.
#[tokio::test(flavor = "multi_thread")]
async fn control_characters_of_the_model_are_removed() {
    let text = "\u{1b}[2JRed\r\n\tand \u{9b}31mblue\u{7}";
    for (name, reply) in [("stream", FaultReply::stream(text)), ("chat", FaultReply::json(text))] {
        let server = FaultServer::always(reply).await.unwrap();
        let mut command = tour(&[name, "--endpoint", server.endpoint()]);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert_success(&output, &["Red\n\tand ", "blue"]);
        let is_allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
        assert!(self::text(&output.stdout).chars().all(is_allowed), "{output:?}");
    }
}
