//! The layers of `callsign-core`: no module imports from a higher layer, and no files import each
//! other in a cycle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::{root, sources};

/// The modules of `callsign-core` by layer, the lowest first.
const LAYERS: [&[&str]; 6] = [
    &["journal"],
    &["memory", "tools", "middleware", "compaction"],
    &["macro_support", "fuzzing", "executor"],
    &["run"],
    &["toolset"],
    &["agent"],
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

/// Returns the lines of a file without comments.
fn code(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split("//").next().unwrap().to_owned()).collect()
}

#[test]
fn core_modules_do_not_import_from_higher_layers() {
    let source = root().join("crates/callsign-core/src");
    let mut imports = 0;
    for path in sources(&source) {
        let inside = path.strip_prefix(&source).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        let Some(own) = layer(module) else {
            assert_eq!(module, "lib", "{module} is missing in `LAYERS`");
            continue;
        };
        for line in code(&path) {
            for import in line.split("crate::").skip(1) {
                let target = import.split([':', ';', ' ', '(', '{']).next().unwrap();
                let Some(target_layer) = layer(target) else { continue };
                imports += 1;
                let is_sibling = target_layer == own && target != module;
                assert!(
                    target_layer <= own && !is_sibling,
                    "{}: `{module}` imports from `{target}`: {line}",
                    inside.display()
                );
            }
        }
    }
    assert!(imports > 100, "only {imports} imports were found");
}

/// Returns the files of `callsign-core` that a file imports, as paths such as `run/reply`.
fn imports(source: &Path, path: &Path) -> BTreeSet<String> {
    let module = path.strip_prefix(source).unwrap().with_extension("");
    let parent = module.parent().unwrap();
    let mut found = BTreeSet::new();
    for line in code(path).iter().filter(|line| line.contains("use ") || line.contains("::")) {
        for (marker, base) in [("crate::", Path::new("")), ("super::", parent)] {
            for import in line.split(marker).skip(1) {
                let segments: Vec<_> = import.split("::").collect();
                for length in (1..=segments.len()).rev() {
                    let named: Vec<_> = segments[..length]
                        .iter()
                        .map(|part| part.split([';', ' ', '(', '{', ',', ')']).next().unwrap())
                        .collect();
                    let target = base.join(named.join("/"));
                    if source.join(&target).with_extension("rs").is_file() {
                        found.insert(target.to_str().unwrap().to_owned());
                        break;
                    }
                }
            }
        }
    }
    found
}

#[test]
fn core_files_do_not_import_each_other_in_a_cycle() {
    let source = root().join("crates/callsign-core/src");
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in sources(&source) {
        let name = path.strip_prefix(&source).unwrap().with_extension("");
        let name = name.to_str().unwrap().to_owned();
        let is_checked = ["agent/", "run/", "executor/"].iter().any(|it| name.starts_with(it));
        if is_checked && !name.ends_with("/mod") {
            edges.insert(name, imports(&source, &path));
        }
    }
    assert!(edges.len() > 30, "only {} files were found", edges.len());
    // Removes files that import no remaining file, until all are removed or only cycles are left.
    while !edges.is_empty() {
        let names: BTreeSet<String> = edges.keys().cloned().collect();
        let before = edges.len();
        edges.retain(|own, targets| {
            targets.iter().any(|target| target != own && names.contains(target))
        });
        assert!(edges.len() < before, "these files import each other in a cycle: {names:#?}");
    }
}

#[test]
fn decisions_are_pure() {
    let core = root().join("crates/callsign-core/src");
    let mut files = sources(&core.join("journal"));
    files.push(core.join("tools/schedule.rs"));
    let impure =
        ["HashMap", "HashSet", "Instant", "SystemTime", "async ", "tokio", "random()", "tracing"];
    for path in files {
        for line in code(&path) {
            for word in impure {
                assert!(!line.contains(word), "{}: `{word}`: {line}", path.display());
            }
        }
    }
}
