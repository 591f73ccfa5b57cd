//! Requests as the official Python clients put them on the wire, and ours for the same.

use std::collections::BTreeSet;

use serde_json::Value;

use super::requests::{differences, request_of};
use crate::chat::model::ChatModel;
use crate::endpoint::profile::Profile;
use crate::shared::shared;

/// Headers of the connection and of the client's own telling, which are no part of the API.
const NOT_COMPARED: [&str; 4] = ["accept-encoding", "connection", "content-length", "user-agent"];

/// Where ours differ, and why: the case, what differs, and the reason.
const REASONS: [(&str, &str, &str); 5] = [
    (
        "azure json_object",
        "body.messages.system.content: text → text",
        "a sentence that asks for JSON is added, which JSON mode needs and the case lacks",
    ),
    ("openai simple", "header x-ms-client-request-id added", ID),
    ("openai stream tools", "header x-ms-client-request-id added", ID),
    ("openai AzureOpenAI", "header x-ms-client-request-id added", ID),
    (
        "openai AzureOpenAI",
        "header authorization added",
        "Azure's own clients send a key in both headers, OpenAI's in one",
    ),
];

const ID: &str =
    "every request has an id, so that an error can name it; OpenAI's clients send none";

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
    all.filter(|name| !NOT_COMPARED.contains(&&**name) && !name.starts_with("x-stainless-"))
        .collect()
}

/// What differs between a case and our request for the same.
fn check(case: &Value) -> Vec<String> {
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
    let model = builder.build().expect("good settings");
    let preview = model.preview(&request_of(body)).expect("it can be written");
    let mut found = Vec::new();
    if preview.method != "POST" || preview.url != format!("http://127.0.0.1:9{target}") {
        found.push(format!("target became {} {}", preview.method, preview.url));
    }
    let seen = headers(case["headers"].as_object().expect("headers").keys().map(String::as_str));
    let ours = headers(preview.headers.iter().map(|(name, _)| name.as_str()));
    found.extend(seen.difference(&ours).map(|name| format!("header {name} left out")));
    found.extend(ours.difference(&seen).map(|name| format!("header {name} added")));
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
fn the_requests_of_the_official_clients() {
    let Some(path) = shared("the_requests_of_the_official_clients", "wire-requests.jsonl") else {
        return;
    };
    let (mut equal, mut checked, mut explained) = (0, 0, 0);
    for line in std::fs::read_to_string(path).expect("readable").lines() {
        let case: Value = serde_json::from_str(line).expect("JSON");
        if !case["target"].as_str().is_some_and(|target| target.contains("/chat/completions")) {
            continue;
        }
        checked += 1;
        let found = check(&case);
        equal += usize::from(found.is_empty());
        for what in found {
            let reason =
                REASONS.iter().find(|(name, known, _)| case["case"] == *name && what == *known);
            println!("{}: {what}: {:?}", case["case"], reason.map(|(_, _, reason)| reason));
            assert!(reason.is_some(), "{}: {what}", case["case"]);
            explained += 1;
        }
    }
    println!("{equal} of {checked} requests equal those of the official clients");
    assert_eq!(checked, 15);
    assert_eq!(explained, REASONS.len(), "a reason is out of date");
}
