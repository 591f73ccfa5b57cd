//! Checks of the source code and its pages: crate edges, layers, sizes, vocabulary, links.
//!
//! They are invariants of `docs/ARCHITECTURE.md`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crates;
mod guides;
mod language;
mod layers;
mod prose;
mod sizes;

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Returns all files below a folder with one of these extensions, without build output.
fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !["target", ".git", ".venv", "node_modules"].contains(&name) {
                found.extend(files(&path, extensions));
            }
        } else if path.extension().is_some_and(|own| extensions.iter().any(|it| own == *it)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns the Rust files below a folder that are not tests.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let is_test = |path: &PathBuf| {
        let inside = path.strip_prefix(root()).unwrap();
        inside.iter().any(|part| part == "tests") || path.file_name().unwrap() == "tests.rs"
    };
    files(folder, &["rs"]).into_iter().filter(|path| !is_test(path)).collect()
}
