#!/usr/bin/env bash
# Counts instructions with callgrind and compares them with the figures in `instructions.txt`. Other
# load on the machine hardly affects instruction counts.
#
#   benches/yardstick/instructions.sh            fails if a figure has grown by more than 5 %
#   benches/yardstick/instructions.sh --record   records the new figures
#
# It needs valgrind, and installs Debian's package if it is absent. The model server is another
# process, whose instructions do not count. The agent uses one thread, because the order of wake-ups
# between threads varies.
set -euo pipefail
cd "$(dirname "$0")"
margin=5
recorded=instructions.txt
advice="run benches/yardstick/instructions.sh --record in the change that explains the difference"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/../../target/yardstick}"

fail() { echo "error: $*" >&2; exit 1; }

case "${1:-}" in
    '' | --record) ;;
    *) fail "unknown argument $1; usage: instructions.sh [--record]" ;;
esac
if ! command -v valgrind >/dev/null; then
    { apt-get update -q && apt-get install -y -q valgrind; } >/dev/null 2>&1 ||
        fail 'valgrind is not installed, and its installation failed'
fi
cargo build -q --release --locked
binary="$CARGO_TARGET_DIR/release/callsign-yardstick"
[ -x "$binary" ] || fail "$binary does not exist"

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
coproc SERVER { exec "$binary" serve; }
server=$SERVER_PID
read -r -t 30 url <&"${SERVER[0]}" || fail 'the server did not print its address'

# count FILE ARGUMENT…: writes the instruction count of a client with these arguments to FILE.
count() {
    local file="$work/$1"
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" \
        --base-url "$url" --one-thread "${@:2}" >"$file.log" 2>&1 || true
    grep -q '"errors":0,' "$file.log" || { cat "$file.log" >&2; return 1; }
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$file.log" >"$file"
}

# The figures: a name, a small and a large number of repetitions, the units of work per repetition,
# and the arguments. A figure is the difference of both counts per unit of work. `start` is the count
# of a whole process.
figures='turn-of-5          5 25    6 --workload loop --model loop-5
turn-of-100        1  6  101 --workload loop --model loop-100
streamed-turn      1  6   51 --workload loop --model loop-50 --stream
streamed-piece     2 12 2000 --workload text --model text-2000
streamed-arguments 2 12 2000 --workload args --model args-2000
conversation       1  5  100 --workload conc --model loop-0 --concurrency 100
start              0  1    1 --workload startup --model loop-0'

# One process per CPU. Parallel processes do not affect the counts.
counting=()
while read -r name less more _ words; do
    for repetitions in "$less" "$more"; do
        [ "$repetitions" != 0 ] || continue
        while [ "$(jobs -pr | wc -l)" -gt "$(nproc)" ]; do wait -n || true; done
        # shellcheck disable=SC2086 # The arguments have to be split into words.
        count "$name-$repetitions" $words --repeat "$repetitions" &
        counting+=("$!")
    done
done <<<"$figures"
# A failed count leaves an empty file, which `figure` reports.
wait "${counting[@]}" 2>/dev/null || true

# figure NAME LESS MORE UNITS: prints the instructions per unit of work.
figure() {
    local less=0
    [ -s "$work/$1-$3" ] || fail "counting $1 failed"
    [ "$2" = 0 ] || less=$(<"$work/$1-$2")
    echo $((($(<"$work/$1-$3") - less) / ($3 - $2) / $4))
}

failed=0
: >"$work/now"
while read -r name less more units _; do
    now=$(figure "$name" "$less" "$more" "$units")
    echo "$name $now" >>"$work/now"
    then=$(sed -n "s/^$name \([0-9]*\)$/\1/p" "$recorded" 2>/dev/null || true)
    if [ -z "$then" ]; then
        echo "$name: $now instructions, no recorded figure"
        [ "${1:-}" = --record ] || { echo "error: no recorded figure of $name: $advice" >&2; failed=1; }
        continue
    fi
    percent=$(awk -v now="$now" -v then="$then" 'BEGIN { printf "%+.1f", (now / then - 1) * 100 }')
    echo "$name: $now instructions, recorded $then, $percent %"
    [ "${1:-}" != --record ] || continue
    if [ $((now * 100)) -gt $((then * (100 + margin))) ]; then
        echo "error: $name takes over $margin % more than recorded; if this is intended, $advice" >&2
        failed=1
    elif [ $((now * 100)) -lt $((then * (100 - margin))) ]; then
        echo "note: $name takes over $margin % less than recorded; to keep the gain, $advice"
    fi
done <<<"$figures"
if [ "${1:-}" = --record ]; then
    cp "$work/now" "$recorded"
fi
exit "$failed"
