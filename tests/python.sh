#!/usr/bin/env bash
# Has the official Python client of Azure AI Inference talk to the practice model: an independent
# witness of what the practice model speaks. It installs the client from PyPI below `target/`.
set -euo pipefail
cd "$(dirname "$0")/.."
place="$PWD/target/python"
mkdir -p "$place"
if [ ! -x "$place/venv/bin/python" ] || ! "$place/venv/bin/python" -c 'import azure.ai.inference' 2>/dev/null; then
    python3 -m venv "$place/venv"
    "$place/venv/bin/pip" install -q --disable-pip-version-check azure-ai-inference
fi
built=$(cargo build -q -p callsign-testkit --example practice_model --locked --message-format json |
    sed -n 's/.*"executable":"\([^"]*practice_model[^"]*\)".*/\1/p')
[ -x "$built" ] || { echo 'error: the practice model was not built' >&2; exit 1; }

# The shell may look for it before the server has begun.
: >"$place/server.log"
"$built" >"$place/server.log" 2>"$place/server.err" &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
endpoint=
for _ in $(seq 100); do
    endpoint=$(sed -n 's/^listening //p' "$place/server.log")
    [ -z "$endpoint" ] || break
    kill -0 "$server" || { cat "$place/server.err" >&2; exit 1; }
    sleep 0.1
done
[ -n "$endpoint" ] || { echo 'error: the server did not start' >&2; exit 1; }
AZURE_INFERENCE_ENDPOINT="$endpoint" AZURE_INFERENCE_CREDENTIAL=practice \
    "$place/venv/bin/python" tests/python/seed.py
