#!/usr/bin/env bash
# Measures the build cost of a minimal agent: crates in its dependency tree, CPU time of a clean
# release build, size of the binary without symbols. The variants are the core alone, HTTP only, the
# default features, and an agent written with genai. Each round builds every variant from scratch.
# The result is the minimum over all rounds.
#
#   benches/weight.sh                         one round of all variants
#   benches/weight.sh --rounds 3 http genai   three rounds of two variants
#
# The number of crates includes procedural macros and excludes the agent itself. Crates are
# downloaded before the measurement. If YARDSTICK names the executable of benches/yardstick, the
# agents that use HTTP also have to get an answer from its server.
#
# If BENCH_TARGET names the build folder of the benchmark clients in `shared/bench`, next to this
# repository, the recorded costs of their builds are added.
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

# variant NAME: prints the folder and the options of a variant.
variant() {
    case $1 in
        core) echo weight/callsign --no-default-features ;;
        http) echo weight/callsign --no-default-features --features http ;;
        default) echo weight/callsign ;;
        genai) echo weight/genai ;;
        *) echo "error: unknown variant $1: use core, http, default or genai" >&2; return 1 ;;
    esac
}

# crates FOLDER OPTION…: prints the number of dependencies.
crates() {
    (cd "$1" && cargo tree -e normal,build --prefix none "${@:2}") |
        awk 'NR > 1 && NF { print $1, $2 }' | sort -u | wc -l
}

# stripped FILE: prints the size of a binary without symbols, in MB.
stripped() {
    strip -o "$work/stripped" "$1"
    awk -v bytes="$(stat -c %s "$work/stripped")" 'BEGIN { printf "%.1f", bytes / 1e6 }'
}

# measure NAME: builds a variant from scratch and appends the CPU time to a file, in seconds.
measure() {
    local folder features target="$work/target"
    read -r folder features <<<"$(variant "$1")"
    rm -rf "$target"
    (
        cd "$folder"
        cargo fetch -q
        TIMEFORMAT='%U %S'
        # shellcheck disable=SC2086 # The options have to be split into words.
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
            { echo "error: the variant $1 returned no answer" >&2; return 1; }
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
    for name in "$@"; do measure "$name"; done
done

row='%-22s %7s %10s %12s\n'
# shellcheck disable=SC2059 # `row` is a format.
{
    printf "$row" '' crates 'CPU, s' 'stripped, MB'
    for name in "$@"; do
        cpu=$(sort -n "$work/$name.cpu" | head -1)
        printf "$row" "$name" "$(<"$work/$name.crates")" "$cpu" "$(<"$work/$name.size")"
    done
    [ -n "${BENCH_TARGET:-}" ] || exit 0
    clients="${CALLSIGN_SHARED:-../../shared}/bench/contestants"
    for record in "$BENCH_TARGET"/*.build.json; do
        name=$(basename "$record" .build.json)
        binary="$BENCH_TARGET/$name/release/bench-$name"
        [ -d "$clients/$name" ] && [ -x "$binary" ] || continue
        cpu=$(python3 -c 'import json, sys; b = json.load(open(sys.argv[1])); print(round(b["user"] + b["sys"], 1))' "$record")
        printf "$row" "recorded: $name" "$(crates "$clients/$name")" "$cpu" "$(stripped "$binary")"
    done
}
