#!/usr/bin/env bash
# Runs the tests of the PostgreSQL store with a temporary server. The server is Debian's package; if
# it is absent, the script installs it, which requires root. The data is in a folder in `target/`.
# The server stops when this script ends. Arguments are a command to run instead of `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."

newest() { find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort -V | tail -n 1 | xargs -r dirname; }
bin=$(newest)
if [ -z "$bin" ]; then
    [ "$(id -u)" = 0 ] || { echo 'error: PostgreSQL is not installed: apt-get install postgresql' >&2; exit 1; }
    apt-get update -q
    # This prevents that the package starts a server of its own.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql
    bin=$(newest)
fi
command -v openssl >/dev/null || { echo 'error: openssl is not installed' >&2; exit 1; }

# The server refuses to run as root.
as_user=()
if [ "$(id -u)" = 0 ]; then
    id postgres >/dev/null || { echo 'error: the user postgres does not exist' >&2; exit 1; }
    as_user=(setpriv --reuid=postgres --regid=postgres --init-groups)
fi

mkdir -p target
work_dir=$(mktemp -d "$PWD/target/postgres.XXXXXX")
# The path of a socket is limited to 107 bytes, and the path of the checkout can be longer.
sockets=$(mktemp -d)
server=
finish() {
    status=$?
    if [ -n "$server" ]; then
        kill -INT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    [ "$status" = 0 ] || { echo 'the last lines of the server log:' >&2; tail -n 20 "$work_dir/log" >&2 || true; }
    rm -rf "$work_dir" "$sockets"
}
trap finish EXIT
chmod 700 "$work_dir" "$sockets"

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -addext 'basicConstraints=critical,CA:FALSE' \
    -keyout "$work_dir/server.key" -out "$work_dir/server.crt" 2>/dev/null
password="s3cret@$RANDOM$RANDOM"
printf '%s' "$password" >"$work_dir/password"
[ "${#as_user[@]}" = 0 ] || chown -R postgres "$work_dir" "$sockets"
chmod 600 "$work_dir/server.key"

run_as_user() { (cd /; "${as_user[@]}" "$@"); }
# Only this user can access the socket, so it needs no password. TCP connections do.
run_as_user "$bin/initdb" --no-sync -D "$work_dir/data" -U callsign -E UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256 --pwfile="$work_dir/password" >"$work_dir/initdb.log"
start() {
    # `exec` makes the id in `$!` that of the server.
    (cd / && exec "${as_user[@]}" "$bin/postgres" -D "$work_dir/data" -k "$sockets" -h 127.0.0.1 -p "$1" \
        -c max_connections=200 -c shared_buffers=64MB -c ssl=on \
        -c ssl_cert_file="$work_dir/server.crt" -c ssl_key_file="$work_dir/server.key") >"$work_dir/log" 2>&1 &
    server=$!
    for _ in $(seq 150); do
        kill -0 "$server" 2>/dev/null || break
        if run_as_user "$bin/pg_isready" -q -h "$sockets" -p "$1" -U callsign -d postgres; then return 0; fi
        sleep 0.2
    done
    kill -INT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
    return 1
}
# The server cannot choose a free port. If the port is taken, it exits at once.
port=
for _ in $(seq 10); do
    port=$((20000 + RANDOM % 20000))
    if start "$port"; then break; fi
done
[ -n "$server" ] || { echo 'error: the server did not start' >&2; exit 1; }

folder=$(printf '%s' "$sockets" | sed 's,/,%2F,g')
export CALLSIGN_POSTGRES="postgres://callsign@$folder:$port/postgres"
# The same server over TCP, with a password and a self-signed certificate.
chmod 755 "$work_dir"
chmod 644 "$work_dir/server.crt"
export CALLSIGN_POSTGRES_TCP="postgres://callsign:${password/@/%40}@localhost:$port/postgres"
export CALLSIGN_POSTGRES_ROOT="$work_dir/server.crt"
if [ "$#" -gt 0 ]; then
    "$@"
else
    cargo test --locked -p callsign-store --features postgres
fi
