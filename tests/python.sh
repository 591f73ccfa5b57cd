#!/usr/bin/env bash
# Runs the official Python client of Azure AI Inference against the practice model. This checks the
# practice model with a client that shares no code with it. Installs the client from PyPI into `target/`.
set -euo pipefail
cd "$(dirname "$0")/.."
work_dir="$PWD/target/python"
mkdir -p "$work_dir"
if [ ! -x "$work_dir/venv/bin/python" ] || ! "$work_dir/venv/bin/python" -c 'import azure.ai.inference' 2>/dev/null; then
    python3 -m venv "$work_dir/venv"
    "$work_dir/venv/bin/pip" install -q --disable-pip-version-check azure-ai-inference
fi
executable=$(cargo build -q -p callsign-practice --example practice_model --locked --message-format json |
    sed -n 's/.*"executable":"\([^"]*practice_model[^"]*\)".*/\1/p')
[ -x "$executable" ] || { echo 'error: the practice model was not built' >&2; exit 1; }

# The loop below may read the file before the server has created it.
: >"$work_dir/server.log"
"$executable" >"$work_dir/server.log" 2>"$work_dir/server.err" &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
endpoint=
for _ in $(seq 100); do
    endpoint=$(sed -n 's/^listening //p' "$work_dir/server.log")
    [ -z "$endpoint" ] || break
    kill -0 "$server" || { cat "$work_dir/server.err" >&2; exit 1; }
    sleep 0.1
done
[ -n "$endpoint" ] || { echo 'error: the server did not start' >&2; exit 1; }
AZURE_INFERENCE_ENDPOINT="$endpoint" AZURE_INFERENCE_CREDENTIAL=practice \
    "$work_dir/venv/bin/python" tests/python/seed.py
