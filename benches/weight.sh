#!/usr/bin/env bash
# What a minimal agent weighs: crates in its tree, CPU time of a clean release build, size of the
# binary without symbols. One agent is weighed on the core alone, on HTTP and nothing else, and with
# the default features; and beside them one that is written with genai. Each is built from nothing
# once a round, one after another, and its least counts.
#
#   benches/weight.sh                     one round of all
#   benches/weight.sh --rounds 3 http genai
#
# The crates are those that are compiled for this machine, procedural macros among them, the program
# itself left out. Crates are fetched before the time is taken. The agents that talk HTTP have to get
# an answer from the server of benches/yardstick, where that is built (`YARDSTICK` names it).
#
# Where `BENCH_TARGET` names the build folder of a yardstick whose contestants are in the folder
# `shared/bench` beside this project, what was recorded of their builds is added.
set -euo pipefail
cd "$(dirname "$0")"
rounds=1
if [ "${1:-}" = --rounds ]; then
    rounds=$2
    shift 2
fi
if [ $# = 0 ]; then set -- core http default genai; fi

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

# The folder and the features of what is weighed.
what() {
    case $1 in
        core) echo weight/callsign --no-default-features ;;
        http) echo weight/callsign --no-default-features --features http ;;
        default) echo weight/callsign ;;
        genai) echo weight/genai ;;
        *) echo "error: $1 is not known: core, http, default, genai" >&2; return 1 ;;
    esac
}

# crates FOLDER FEATURE…: how many there are besides the program.
crates() {
    (cd "$1" && cargo tree -e normal,build --prefix none "${@:2}") |
        awk 'NR > 1 && NF { print $1, $2 }' | sort -u | wc -l
}

# The size of a binary without its symbols, in MB.
stripped() {
    strip -o "$work/stripped" "$1"
    awk -v bytes="$(stat -c %s "$work/stripped")" 'BEGIN { printf "%.1f", bytes / 1e6 }'
}

# weigh NAME: builds it from nothing, and adds the CPU seconds to its file.
weigh() {
    local folder features target="$work/target"
    read -r folder features <<<"$(what "$1")"
    rm -rf "$target"
    (
        cd "$folder"
        cargo fetch -q
        TIMEFORMAT='%U %S'
        # shellcheck disable=SC2086 # Features are words.
        { time CARGO_TARGET_DIR="$target" CARGO_INCREMENTAL=0 cargo build -q --release $features; } \
            2>"$work/time"
    )
    awk 'END { print $1 + $2 }' "$work/time" >>"$work/$1.cpu"
    local binary
    binary=$(find "$target/release" -maxdepth 1 -type f -executable -name '*-minimal')
    stripped "$binary" >"$work/$1.size"
    # shellcheck disable=SC2086
    crates "$folder" $features >"$work/$1.crates"
    if [ -n "$url" ] && [ "$1" != core ]; then
        timeout 30 "$binary" "$url" | grep -q DL123 ||
            { echo "error: $1 does not answer" >&2; return 1; }
    fi
    rm -rf "$target"
}

url=
if [ -n "${YARDSTICK:-}" ]; then
    coproc SERVER { exec "$YARDSTICK" serve; }
    server=$SERVER_PID
    read -r -t 30 url <&"${SERVER[0]}"
fi
for _ in $(seq "$rounds"); do
    for name in "$@"; do weigh "$name"; done
done

row='%-22s %7s %10s %12s\n'
# shellcheck disable=SC2059 # The format is one.
{
    printf "$row" '' crates 'CPU, s' 'stripped, MB'
    for name in "$@"; do
        cpu=$(sort -n "$work/$name.cpu" | head -1)
        printf "$row" "$name" "$(<"$work/$name.crates")" "$cpu" "$(<"$work/$name.size")"
    done
    [ -n "${BENCH_TARGET:-}" ] || exit 0
    contestants="${CALLSIGN_SHARED:-../../shared}/bench/contestants"
    for record in "$BENCH_TARGET"/*.build.json; do
        name=$(basename "$record" .build.json)
        binary="$BENCH_TARGET/$name/release/bench-$name"
        [ -d "$contestants/$name" ] && [ -x "$binary" ] || continue
        cpu=$(python3 -c 'import json, sys; b = json.load(open(sys.argv[1])); print(round(b["user"] + b["sys"], 1))' "$record")
        printf "$row" "recorded: $name" "$(crates "$contestants/$name")" "$cpu" "$(stripped "$binary")"
    done
}
