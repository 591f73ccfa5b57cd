#!/usr/bin/env bash
# Runs the end-to-end tests with a real llama.cpp server on this machine. Installs the server from
# PyPI into `target/`. The script that builds its tiny model is in the folder CALLSIGN_SHARED
# (default: `../shared`).
set -euo pipefail
cd "$(dirname "$0")/.."
tools="${CALLSIGN_SHARED:-../shared}/tools/llamacpp"
[ -d "$tools" ] || { echo "error: no folder $tools: set CALLSIGN_SHARED" >&2; exit 1; }
tools=$(cd "$tools" && pwd)
work_dir="$PWD/target/llamacpp"
mkdir -p "$work_dir"
if [ ! -x "$work_dir/venv/bin/python" ] || ! "$work_dir/venv/bin/python" -c 'import xllamacpp, gguf, numpy' 2>/dev/null; then
    python3 -m venv "$work_dir/venv"
    "$work_dir/venv/bin/pip" install -q --disable-pip-version-check xllamacpp gguf numpy
fi
[ -f "$work_dir/tiny.gguf" ] || "$work_dir/venv/bin/python" "$tools/make_gguf.py" "$work_dir/tiny.gguf" LICENSE-APACHE LICENSE-MIT

# The loop below may read the file before the server has created it.
: >"$work_dir/server.log"
"$work_dir/venv/bin/python" "$tools/serve.py" "$work_dir/tiny.gguf" 0 >"$work_dir/server.log" 2>"$work_dir/server.err" &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    endpoint=$(sed -n 's/^listening \(http:[^ ]*\).*/\1/p' "$work_dir/server.log")
    [ -z "$endpoint" ] || break
    kill -0 "$server" || { cat "$work_dir/server.err" >&2; exit 1; }
    sleep 0.2
done
[ -n "$endpoint" ] || { echo 'error: the server did not start' >&2; cat "$work_dir/server.err" >&2; exit 1; }
CALLSIGN_LLAMACPP="$endpoint/v1" cargo test -p callsign-tests --test llamacpp -- --nocapture
