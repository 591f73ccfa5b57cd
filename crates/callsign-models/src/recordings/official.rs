//! Comparison of our requests with those of the official Python clients.

use std::collections::BTreeSet;

use callsign_testkit::shared_file;
use serde_json::Value;

use super::requests::{differences, request_of};
use crate::chat::model::ChatModel;
use crate::endpoint::profile::Profile;

/// Headers of the connection and of the client itself, which are not part of the API.
const IGNORED_HEADERS: [&str; 4] =
    ["accept-encoding", "connection", "content-length", "user-agent"];

/// Known differences: the case, the difference, and the reason.
const KNOWN_DIFFERENCES: [(&str, &str, &str); 5] = [
    (
        "azure json_object",
        "body.messages.system.content: text → text",
        "JSON mode requires the word JSON in a message, so an instruction is added",
    ),
    ("openai simple", "header x-ms-client-request-id added", ID),
    ("openai stream tools", "header x-ms-client-request-id added", ID),
    ("openai AzureOpenAI", "header x-ms-client-request-id added", ID),
    (
        "openai AzureOpenAI",
        "header authorization added",
        "Azure's clients send the key in both headers, OpenAI's clients in one",
    ),
];

const ID: &str = "every request has an ID for error messages; OpenAI's clients send none";

fn profile_of(target: &str) -> Profile {
    match target {
        target if target.contains("/deployments/") => Profile::azure_deployment(),
        target if target.starts_with("/v1") => Profile::openai(),
        target if target.starts_with("/models") => Profile::foundry_models(),
        _ => Profile::model_inference(),
    }
}

fn headers<'a>(all: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let all = all.map(str::to_lowercase);
    all.filter(|name| !IGNORED_HEADERS.contains(&&**name) && !name.starts_with("x-stainless-"))
        .collect()
}

/// Returns the differences between a recorded request and our equivalent.
fn compare(case: &Value) -> Vec<String> {
    let target = case["target"].as_str().expect("a target");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let base = path.strip_suffix("/chat/completions").expect("a chat request");
    let body = case["body"].as_object().expect("an object");
    let profile = profile_of(target);
    let mut builder = ChatModel::builder(format!("http://127.0.0.1:9{base}"))
        .profile(profile)
        .key("secret")
        .streaming(body.get("stream") == Some(&Value::Bool(true)));
    if let Some(version) = query.strip_prefix("api-version=") {
        builder = builder.api_version(version);
    }
    if let Some(model) = body.get("model").and_then(Value::as_str) {
        builder = builder.model(model);
    }
    let model = builder.build().expect("valid settings");
    let preview = model.preview(&request_of(body)).expect("serializable");
    let mut found = Vec::new();
    if preview.method != "POST" || preview.url != format!("http://127.0.0.1:9{target}") {
        found.push(format!("target changed to {} {}", preview.method, preview.url));
    }
    let recorded =
        headers(case["headers"].as_object().expect("headers").keys().map(String::as_str));
    let ours = headers(preview.headers.iter().map(|(name, _)| name.as_str()));
    found.extend(recorded.difference(&ours).map(|name| format!("header {name} missing")));
    found.extend(ours.difference(&recorded).map(|name| format!("header {name} added")));
    for (name, value) in case["headers"].as_object().expect("headers") {
        let name = name.to_lowercase();
        if ["accept", "content-type", "extra-parameters"].contains(&&*name) {
            assert_eq!(preview.header(&name), value.as_str(), "{name}");
        }
    }
    let mut in_body = Vec::new();
    differences(&case["body"], &preview.body, "body", &mut in_body);
    found.extend(in_body.into_iter().map(|(at, _)| at));
    found
}

#[test]
fn requests_equal_those_of_the_official_clients() {
    let Some(path) =
        shared_file("requests_equal_those_of_the_official_clients", "wire-requests.jsonl")
    else {
        return;
    };
    let (mut equal, mut checked, mut explained) = (0, 0, 0);
    for line in std::fs::read_to_string(path).expect("readable").lines() {
        let case: Value = serde_json::from_str(line).expect("JSON");
        if !case["target"].as_str().is_some_and(|target| target.contains("/chat/completions")) {
            continue;
        }
        checked += 1;
        let found = compare(&case);
        equal += usize::from(found.is_empty());
        for difference in found {
            let reason = KNOWN_DIFFERENCES
                .iter()
                .find(|(name, known, _)| case["case"] == *name && difference == *known);
            let text = reason.map(|(_, _, text)| text);
            println!("{}: {difference}: {text:?}", case["case"]);
            assert!(reason.is_some(), "{}: {difference}", case["case"]);
            explained += 1;
        }
    }
    println!("{equal} of {checked} requests equal those of the official clients");
    assert_eq!(checked, 15);
    assert_eq!(explained, KNOWN_DIFFERENCES.len(), "a known difference is out of date");
}
