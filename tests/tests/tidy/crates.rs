//! The dependencies between crates.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::root;

/// The crates of this repository that each crate may depend on, except in tests.
const ALLOWED: &[(&str, &[&str])] = &[
    ("callsign-json", &[]),
    ("callsign-types", &["callsign-json"]),
    ("callsign-core", &["callsign-json", "callsign-types"]),
    ("callsign-macros", &[]),
    ("callsign-models", &["callsign-json", "callsign-types"]),
    ("callsign-store", &["callsign-types"]),
    ("callsign-testkit", &["callsign-types"]),
    ("callsign-practice", &[]),
    ("callsign-otel", &[]),
    (
        "callsign",
        &[
            "callsign-core",
            "callsign-macros",
            "callsign-models",
            "callsign-practice",
            "callsign-store",
            "callsign-testkit",
            "callsign-types",
        ],
    ),
];

/// External crates that only one crate may depend on.
const EXCLUSIVE: &[(&str, &[&str])] = &[
    ("callsign-models", &["reqwest", "hyper", "hyper-util", "eventsource-stream"]),
    ("callsign-store", &["rusqlite", "tokio-postgres", "deadpool-postgres"]),
    ("callsign-json", &["fancy-regex", "regex", "regex-syntax"]),
    ("callsign-otel", &["opentelemetry", "opentelemetry_sdk", "tracing-opentelemetry"]),
];

/// Returns the dependencies of each package, without dev-dependencies.
fn dependencies() -> Vec<(String, Vec<String>)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter().map(|package| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let normal = dependencies.filter(|dependency| dependency["kind"] != "dev");
        (text(&package["name"]), normal.map(|dependency| text(&dependency["name"])).collect())
    });
    packages.collect()
}

#[test]
fn crates_depend_only_on_allowed_crates() {
    let found = dependencies();
    for (name, dependencies) in &found {
        let ours = dependencies.iter().filter(|name| name.starts_with("callsign"));
        if let Some((_, allowed)) = ALLOWED.iter().find(|(allowed, _)| allowed == name) {
            for dependency in ours {
                assert!(allowed.contains(&dependency.as_str()), "{name} depends on {dependency}");
            }
        } else {
            let is_new = name.starts_with("callsign-") && name != "callsign-tests";
            assert!(!is_new, "{name} is missing in `ALLOWED`");
        }
        for (owner, exclusive) in EXCLUSIVE {
            for dependency in dependencies.iter().filter(|it| exclusive.contains(&it.as_str())) {
                assert!(name == owner, "{name} depends on {dependency}; only {owner} may");
            }
        }
    }
    for (name, _) in ALLOWED {
        assert!(found.iter().any(|(found, _)| found == name), "{name} does not exist");
    }
}

#[test]
fn the_facade_defines_nothing() {
    for path in crate::sources(&root().join("crates/callsign/src")) {
        for line in fs::read_to_string(&path).unwrap().lines() {
            for word in ["fn ", "struct ", "enum ", "trait ", "impl ", "macro_rules!"] {
                let code = line.trim_start();
                let defines = code.starts_with(word) || code.starts_with(&format!("pub {word}"));
                assert!(!defines, "the facade contains a definition: {line}");
            }
        }
    }
}
