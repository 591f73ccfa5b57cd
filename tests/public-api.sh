#!/usr/bin/env bash
# Compares the public API of each library crate, with all features, with its snapshot in
# tests/public-api/. With `--update` it writes the snapshots. Hidden items are left out.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# = 0 ] || [ "$*" = --update ] || { echo 'usage: tests/public-api.sh [--update]' >&2; exit 2; }
target="${CARGO_TARGET_DIR:-$PWD/target}"
snapshots=tests/public-api

# The version of rustdoc's JSON format that the crate `public-api` reads. It changes with the
# compiler. To change it, change the version in tests/public-api/Cargo.toml, whose `rustdoc-types`
# has the format as its minor version.
format=57

RUSTDOC="$PWD/$snapshots/rustdoc.sh" RUSTDOCFLAGS='-Z unstable-options --output-format json' \
    cargo doc -q --workspace --lib --no-deps --all-features --locked --target-dir "$target"
found=$(grep -o '"format_version":[0-9]*' "$target/doc/callsign.json" | cut -d : -f 2)
if [ "$found" != "$format" ]; then
    echo "error: $(rustdoc --version) writes JSON format $found, and this script reads format $format." >&2
    echo "Use Rust 1.95, or change \`public-api\` in $snapshots/Cargo.toml and \`format\` in $0." >&2
    exit 1
fi
cargo build -q --manifest-path "$snapshots/Cargo.toml" --locked --target-dir "$target"

changed=()
for directory in crates/*/; do
    crate=$(basename "$directory")
    current="$target/doc/$crate.api.txt"
    "$target/debug/callsign-public-api" "$target/doc/${crate//-/_}.json" >"$current"
    if [ "$*" = --update ]; then
        cp "$current" "$snapshots/$crate.txt"
    elif ! diff -U 0 --label "$snapshots/$crate.txt" --label 'this checkout' \
        <(cat "$snapshots/$crate.txt" 2>/dev/null) "$current"; then
        changed+=("$crate")
    fi
done
for snapshot in "$snapshots"/*.txt; do
    crate=$(basename "$snapshot" .txt)
    [ -d "crates/$crate" ] && continue
    if [ "$*" = --update ]; then rm "$snapshot"; else changed+=("$crate (removed)"); fi
done
[ ${#changed[@]} = 0 ] && exit
cat >&2 <<EOF
error: the public API changed: ${changed[*]}
Lines with - are in the snapshot only. Lines with + are in this checkout only.
If the change is intended, run \`tests/public-api.sh --update\`, and commit the snapshots with an
entry in CHANGELOG.md. A removed or changed line is a breaking change.
EOF
exit 1
