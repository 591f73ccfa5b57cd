#!/usr/bin/env bash
# Counts the instructions that parts of the work take, which are the same on a busy machine as on a
# quiet one, and holds them against those that were recorded in `instructions.txt`.
#
#   benches/yardstick/instructions.sh            fails where a figure has grown by more than 5 %
#   benches/yardstick/instructions.sh --record   writes the figures down, before and after
#
# It needs valgrind, which it installs from Debian's packages where it is absent. The model server is
# another process, whose instructions are not counted; the agent is on one thread, because threads
# that wait for each other do it differently each time.
set -euo pipefail
cd "$(dirname "$0")"
margin=5
recorded=instructions.txt
again="run benches/yardstick/instructions.sh --record, in the change that explains it"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/../../target/yardstick}"

fail() { echo "error: $*" >&2; exit 1; }

case "${1:-}" in
    '' | --record) ;;
    *) fail "$1 is not known: instructions.sh [--record]" ;;
esac
if ! command -v valgrind >/dev/null; then
    { apt-get update -q && apt-get install -y -q valgrind; } >/dev/null 2>&1 ||
        fail 'valgrind is not installed, and could not be'
fi
cargo build -q --release --locked
binary="$CARGO_TARGET_DIR/release/callsign-yardstick"
[ -x "$binary" ] || fail "there is no $binary"

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
coproc SERVER { exec "$binary" serve; }
server=$SERVER_PID
read -r -t 30 url <&"${SERVER[0]}" || fail 'the server did not say where it is'

# count FILE ARGUMENT…: the instructions of a process that does this work.
count() {
    local file="$work/$1"
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" \
        --base-url "$url" --one-thread "${@:2}" >"$file.log" 2>&1 || true
    grep -q '"errors":0,' "$file.log" || { cat "$file.log" >&2; return 1; }
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$file.log" >"$file"
}

# What is counted: a name, how many repetitions less and more, how often a repetition does what the
# figure is of, and the work. A figure is what one more repetition takes; `start` is a whole process.
figures='turn-of-5          5 25    6 --workload loop --model loop-5
turn-of-100        1  6  101 --workload loop --model loop-100
streamed-turn      1  6   51 --workload loop --model loop-50 --stream
streamed-piece     2 12 2000 --workload text --model text-2000
streamed-arguments 2 12 2000 --workload args --model args-2000
conversation       1  5  100 --workload conc --model loop-0 --concurrency 100
start              0  1    1 --workload startup --model loop-0'

# As many at once as there are processors: it takes no more instructions.
counting=()
while read -r name less more _ words; do
    for repetitions in "$less" "$more"; do
        [ "$repetitions" != 0 ] || continue
        while [ "$(jobs -pr | wc -l)" -gt "$(nproc)" ]; do wait -n || true; done
        # shellcheck disable=SC2086 # The words are words.
        count "$name-$repetitions" $words --repeat "$repetitions" &
        counting+=("$!")
    done
done <<<"$figures"
# What failed has left no figure.
wait "${counting[@]}" 2>/dev/null || true

# now NAME LESS MORE EACH
now() {
    local less=0
    [ -s "$work/$1-$3" ] || fail "$1 could not be counted"
    [ "$2" = 0 ] || less=$(<"$work/$1-$2")
    echo $((($(<"$work/$1-$3") - less) / ($3 - $2) / $4))
}

failed=0
: >"$work/now"
while read -r name less more each _; do
    now=$(now "$name" "$less" "$more" "$each")
    echo "$name $now" >>"$work/now"
    then=$(sed -n "s/^$name \([0-9]*\)$/\1/p" "$recorded" 2>/dev/null || true)
    if [ -z "$then" ]; then
        echo "$name: $now instructions, and none recorded"
        [ "${1:-}" = --record ] || { echo "error: nothing is recorded of $name: $again" >&2; failed=1; }
        continue
    fi
    percent=$(awk -v now="$now" -v then="$then" 'BEGIN { printf "%+.1f", (now / then - 1) * 100 }')
    echo "$name: $now instructions, recorded $then, $percent %"
    [ "${1:-}" != --record ] || continue
    if [ $((now * 100)) -gt $((then * (100 + margin))) ]; then
        echo "error: $name takes over $margin % more than recorded; where that has to be, $again" >&2
        failed=1
    elif [ $((now * 100)) -lt $((then * (100 - margin))) ]; then
        echo "note: $name takes over $margin % less than recorded, and could grow back unseen: $again"
    fi
done <<<"$figures"
if [ "${1:-}" = --record ]; then
    cp "$work/now" "$recorded"
fi
exit "$failed"
