//! The invariants of `docs/ARCHITECTURE.md` that are about the code itself.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All Rust files below a folder, tests and build output left out.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !["target", "tests", ".git", ".venv"].contains(&name) {
                found.extend(sources(&path));
            }
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The crates that each of ours depends on, without those of its tests.
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
fn crates_know_whom_they_may() {
    let allowed: &[(&str, &[&str])] = &[
        ("callsign-core", &[]),
        ("callsign-macros", &[]),
        ("callsign-models", &["callsign-core"]),
        ("callsign-store", &["callsign-core"]),
        ("callsign-testkit", &["callsign-core"]),
        (
            "callsign",
            &[
                "callsign-core",
                "callsign-macros",
                "callsign-models",
                "callsign-store",
                "callsign-testkit",
            ],
        ),
    ];
    let found = dependencies();
    for (name, dependencies) in &found {
        let ours = dependencies.iter().filter(|name| name.starts_with("callsign"));
        if let Some((_, allowed)) = allowed.iter().find(|(allowed, _)| allowed == name) {
            for dependency in ours {
                assert!(allowed.contains(&dependency.as_str()), "{name} knows {dependency}");
            }
        } else {
            assert!(
                !name.starts_with("callsign-") || name == "callsign-tests",
                "{name} is new here"
            );
        }
        let only = |place: &str, crates: &[&str]| {
            for dependency in dependencies.iter().filter(|d| crates.contains(&d.as_str())) {
                assert!(name == place, "only {place} may know {dependency}, and {name} does");
            }
        };
        only("callsign-models", &["reqwest", "hyper", "hyper-util", "eventsource-stream"]);
        only("callsign-store", &["rusqlite", "tokio-postgres", "deadpool-postgres"]);
    }
    for (name, _) in allowed {
        assert!(found.iter().any(|(found, _)| found == name), "{name} is gone");
    }
}

/// The rooms of core, by their floors, lowest first.
const FLOORS: [&[&str]; 7] = [
    &["words"],
    &["journal"],
    &["traits"],
    &["memory", "dispatch", "around", "compaction"],
    &["definition", "fuzzing", "run"],
    &["toolset"],
    &["agent"],
];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

#[test]
fn nothing_in_core_points_up() {
    let source = root().join("crates/callsign-core/src");
    let mut imports = 0;
    for path in sources(&source) {
        let inside = path.strip_prefix(&source).unwrap();
        let room = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        let Some(own) = floor(room) else {
            assert_eq!(room, "lib", "{room} stands on no floor");
            continue;
        };
        for line in fs::read_to_string(&path).unwrap().lines() {
            let code = line.split("//").next().unwrap();
            for import in code.split("crate::").skip(1) {
                let target = import.split([':', ';', ' ', '(', '{']).next().unwrap();
                let Some(target_floor) = floor(target) else { continue };
                imports += 1;
                let beside = target_floor == own && target != room;
                assert!(
                    target_floor <= own && !beside,
                    "{}: `{room}` imports from `{target}`: {line}",
                    inside.display()
                );
            }
        }
    }
    assert!(imports > 100, "only {imports} imports were found");
}

#[test]
fn the_decision_is_pure() {
    let core = root().join("crates/callsign-core/src");
    let mut files = sources(&core.join("journal"));
    files.push(core.join("dispatch/schedule.rs"));
    let impure =
        ["HashMap", "HashSet", "Instant", "SystemTime", "async ", "tokio", "random()", "tracing"];
    for path in files {
        for line in fs::read_to_string(&path).unwrap().lines() {
            let code = line.split("//").next().unwrap();
            for word in impure {
                assert!(!code.contains(word), "{}: `{word}`: {line}", path.display());
            }
        }
    }
}

#[test]
fn files_are_of_a_size_to_be_read() {
    let mut read = 0;
    for folder in ["crates", "examples"] {
        for path in sources(&root().join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            let is_code = |line: &&str| !line.is_empty() && !line.starts_with("//");
            let lines = text.lines().map(str::trim).filter(is_code).count();
            assert!(lines <= 400, "{} has {lines} lines of code", path.display());
            read += 1;
        }
    }
    assert!(read > 60, "only {read} files were found");
}

#[test]
fn the_facade_defines_nothing() {
    let text = fs::read_to_string(root().join("crates/callsign/src/lib.rs")).unwrap();
    for line in text.lines() {
        for word in ["fn ", "struct ", "enum ", "trait ", "impl ", "macro_rules!"] {
            let code = line.trim_start();
            let defines = code.starts_with(word) || code.starts_with(&format!("pub {word}"));
            assert!(!defines, "the facade defines something: {line}");
        }
    }
}
