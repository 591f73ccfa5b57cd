//! Finds the data that tests share and that this repository does not hold.

use std::path::{Path, PathBuf};

/// The file of this name, or a word that the test is skipped; where the folder is named, it has to
/// be there.
pub(crate) fn shared(test: &str, name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("CALLSIGN_SHARED").map_or(beside, PathBuf::from);
    let found = [folder.join("data").join(name), folder.join(name)];
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        let named = std::env::var_os("CALLSIGN_SHARED");
        assert!(named.is_none(), "{test}: CALLSIGN_SHARED is set, and there is no {name} in it");
        println!("{test} is skipped: there is no {name}; CALLSIGN_SHARED names its folder");
    }
    found
}
