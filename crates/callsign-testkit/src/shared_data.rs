//! Locates test data that several crates use and that this repository does not contain.

use std::path::{Path, PathBuf};

/// Returns the path of the file `name` in the folder that `CALLSIGN_SHARED` names, or in `shared`
/// next to the repository; `None`, and a printed note, if it is not there.
///
/// # Panics
/// Panics if `CALLSIGN_SHARED` is set and the file is not in that folder.
#[must_use]
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub fn shared_file(test: &str, name: &str) -> Option<PathBuf> {
    let sibling = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let variable = std::env::var_os("CALLSIGN_SHARED");
    let is_required = variable.is_some();
    let folder = variable.map_or(sibling, PathBuf::from);
    let candidates = [folder.join("data").join(name), folder.join(name)];
    let found = candidates.into_iter().find(|path| path.is_file());
    if found.is_none() {
        assert!(!is_required, "{test}: CALLSIGN_SHARED is set, but the folder has no {name}");
        println!("{test} is skipped: no {name}; set CALLSIGN_SHARED to the folder that has it");
    }
    found
}
