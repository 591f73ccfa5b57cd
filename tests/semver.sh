#!/usr/bin/env bash
# Checks with cargo-semver-checks that the version of each library crate fits its changes since the
# latest release on crates.io. Run it before a release. Installs cargo-semver-checks into `target/`.
set -euo pipefail
cd "$(dirname "$0")/.."
target="${CARGO_TARGET_DIR:-$PWD/target}"
# It needs Rust 1.93 or newer, and must know the JSON format of the compiler's rustdoc.
version=0.51.0

published=()
for directory in crates/*/; do
    crate=$(basename "$directory")
    # It cannot check procedural macros.
    [ "$crate" != callsign-macros ] || continue
    # From another directory: within the workspace, Cargo would find the crate in the workspace.
    if output=$(cd / && cargo info -q --registry crates-io "$crate" 2>&1); then
        published+=("$crate")
    elif ! grep -q 'could not find' <<<"$output"; then
        printf '%s\n' "$output" >&2
        exit 1
    fi
done
if [ ${#published[@]} = 0 ]; then
    echo 'nothing published yet: no crate of this workspace is on crates.io'
    exit
fi

cargo install -q --root "$target/tools" --version "$version" --locked cargo-semver-checks
PATH="$target/tools/bin:$PATH" cargo semver-checks --all-features "${published[@]/#/--package=}"
