#!/usr/bin/env bash
# Checks the build for WebAssembly without default features, and runs an agent with Node.js.
#
# Installs the targets with rustup if they are missing. If that fails, only the dependencies are
# checked, and the script says so.
set -euo pipefail
cd "$(dirname "$0")/.."
options=(--locked -p callsign --no-default-features --features wasm-js)

# Sockets and threads do not exist on these targets.
tree=$(cargo tree "${options[@]}" --target wasm32-unknown-unknown -e normal,build -f '{p} {f}' --prefix none)
if grep -E '^(mio|socket2|hyper|rustls|libc) |^tokio .*(net|rt-multi-thread|process|fs)' <<<"$tree"; then
    echo 'error: these dependencies do not work on wasm32-unknown-unknown' >&2
    exit 1
fi

# Returns whether the standard library of a target is installed, or can be.
has_target() {
    [ -d "$(rustc --print target-libdir --target "$1")" ] || rustup target add "$1" ||
        { echo "not checked: the standard library of $1 is not available here" >&2; return 1; }
}

if has_target wasm32-unknown-unknown; then
    cargo check -q "${options[@]}" --target wasm32-unknown-unknown
    echo 'compiles for wasm32-unknown-unknown'
fi
if ! command -v node >/dev/null; then
    echo 'not checked: an agent on wasm32-wasip1, which needs Node.js' >&2
elif has_target wasm32-wasip1; then
    cargo build -q "${options[@]}" --target wasm32-wasip1 --example wasm
    directory=${CARGO_TARGET_DIR:-target}
    answer=$(node --no-warnings --input-type=module - "$directory/wasm32-wasip1/debug/examples/wasm.wasm" <<'JS'
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';
const wasi = new WASI({ version: 'preview1', returnOnExit: true });
const module = await WebAssembly.compile(await readFile(process.argv[2]));
process.exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
JS
    )
    [ "$answer" = 'It is 3.' ] || { echo "error: the agent's answer is: $answer" >&2; exit 1; }
    echo 'an agent runs on wasm32-wasip1'
fi
