#!/usr/bin/env bash
# Runs the end-to-end tests against a real llama.cpp server on this machine. It installs the server
# from PyPI below `target/`, and takes the tiny model's maker from the folder that CALLSIGN_SHARED
# names (`../shared`, if it is not set).
set -euo pipefail
cd "$(dirname "$0")/.."
tools="${CALLSIGN_SHARED:-../shared}/tools/llamacpp"
[ -d "$tools" ] || { echo "error: no folder $tools: set CALLSIGN_SHARED" >&2; exit 1; }
tools=$(cd "$tools" && pwd)
place="$PWD/target/llamacpp"
mkdir -p "$place"
if [ ! -x "$place/venv/bin/python" ] || ! "$place/venv/bin/python" -c 'import xllamacpp, gguf, numpy' 2>/dev/null; then
    python3 -m venv "$place/venv"
    "$place/venv/bin/pip" install -q --disable-pip-version-check xllamacpp gguf numpy
fi
[ -f "$place/tiny.gguf" ] || "$place/venv/bin/python" "$tools/make_gguf.py" "$place/tiny.gguf" LICENSE-APACHE LICENSE-MIT

# The shell may look for it before the server has begun.
: >"$place/server.log"
"$place/venv/bin/python" "$tools/serve.py" "$place/tiny.gguf" 0 >"$place/server.log" 2>"$place/server.err" &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    endpoint=$(sed -n 's/^listening \(http:[^ ]*\).*/\1/p' "$place/server.log")
    [ -z "$endpoint" ] || break
    kill -0 "$server" || { cat "$place/server.err" >&2; exit 1; }
    sleep 0.2
done
[ -n "$endpoint" ] || { echo 'error: the server did not start' >&2; cat "$place/server.err" >&2; exit 1; }
CALLSIGN_LLAMACPP="$endpoint/v1" cargo test -p callsign-tests --test llamacpp -- --nocapture
