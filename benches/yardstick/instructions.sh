#!/usr/bin/env bash
# Counts the instructions that a turn and a streamed piece take, which are the same on a busy machine
# as on a quiet one, and compares them with what was recorded in `instructions.txt`.
#
#   benches/yardstick/instructions.sh            fails where a figure has grown by more than 5 %
#   benches/yardstick/instructions.sh --record   writes the figures down
#
# It needs valgrind. The server is another process, whose instructions are not counted.
set -euo pipefail
cd "$(dirname "$0")"
margin=5

if ! command -v valgrind >/dev/null; then
    apt-get install -y -q valgrind >/dev/null 2>&1 || {
        echo 'error: valgrind is not installed, and could not be' >&2
        exit 1
    }
fi
cargo build -q --release
target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
binary="$target/release/callsign-yardstick"

coproc SERVER { exec "$binary" serve; }
server=$SERVER_PID
trap 'kill "$server" 2>/dev/null || true' EXIT
read -r url <&"${SERVER[0]}"

# The instructions of so many repetitions of a workload, start and all.
count() {
    local told
    told=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" --base-url "$url" "${@:2}" --repeat "$1" 2>&1)
    grep -q '"errors":0' <<<"$told" || { echo "$told" >&2; exit 1; }
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' <<<"$told"
}

# What one more repetition takes, divided by the turns or pieces in it.
each() {
    local less more
    less=$(count 5 "${@:2}")
    more=$(count 25 "${@:2}")
    echo $(((more - less) / 20 / $1))
}

figures="turn-of-5 $(each 6 --workload loop --model loop-5)
turn-of-100 $(each 101 --workload loop --model loop-100)
streamed-piece $(each 2000 --workload text --model text-2000)"

if [ "${1:-}" = --record ]; then
    echo "$figures" | tee instructions.txt
    exit
fi
failed=0
while read -r name now; do
    then=$(sed -n "s/^$name //p" instructions.txt)
    echo "$name: $now instructions, recorded $then"
    if [ $((now * 100)) -gt $((then * (100 + margin))) ]; then
        echo "error: $name takes over $margin % more instructions than recorded" >&2
        failed=1
    fi
done <<<"$figures"
exit "$failed"
