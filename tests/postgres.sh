#!/usr/bin/env bash
# Runs the tests of the store in PostgreSQL against a server of their own. The server is Debian's
# (installed where it is absent, which takes root), its data is in a folder below `target/`, and it
# ends with this script. Whatever is given as arguments runs in place of `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."

newest() { find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort -V | tail -n 1 | xargs -r dirname; }
bin=$(newest)
if [ -z "$bin" ]; then
    [ "$(id -u)" = 0 ] || { echo 'error: PostgreSQL is not installed: apt-get install postgresql' >&2; exit 1; }
    apt-get update -q
    # The server that Debian would start by itself is not wanted.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql
    bin=$(newest)
fi
command -v openssl >/dev/null || { echo 'error: openssl is not installed' >&2; exit 1; }

# The server refuses to run as root.
as=()
if [ "$(id -u)" = 0 ]; then
    id postgres >/dev/null || { echo 'error: there is no user postgres' >&2; exit 1; }
    as=(setpriv --reuid=postgres --regid=postgres --init-groups)
fi

mkdir -p target
place=$(mktemp -d "$PWD/target/postgres.XXXXXX")
# A socket's path may have 107 bytes, and a checkout may lie deeper than that.
sockets=$(mktemp -d)
server=
finish() {
    status=$?
    if [ -n "$server" ]; then
        kill -INT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    [ "$status" = 0 ] || { echo 'the end of what the server said:' >&2; tail -n 20 "$place/log" >&2 || true; }
    rm -rf "$place" "$sockets"
}
trap finish EXIT
chmod 700 "$place" "$sockets"

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -addext 'basicConstraints=critical,CA:FALSE' \
    -keyout "$place/server.key" -out "$place/server.crt" 2>/dev/null
password="s3cret@$RANDOM$RANDOM"
printf '%s' "$password" >"$place/password"
[ "${#as[@]}" = 0 ] || chown -R postgres "$place" "$sockets"
chmod 600 "$place/server.key"

inside() { (cd /; "${as[@]}" "$@"); }
# Nobody but this user reaches the socket, so that it needs no password; TCP does.
inside "$bin/initdb" --no-sync -D "$place/data" -U callsign -E UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256 --pwfile="$place/password" >"$place/initdb.log"
start() {
    # Each of these becomes the next, so that the id is the server's own.
    (cd / && exec "${as[@]}" "$bin/postgres" -D "$place/data" -k "$sockets" -h 127.0.0.1 -p "$1" \
        -c max_connections=200 -c shared_buffers=64MB -c ssl=on \
        -c ssl_cert_file="$place/server.crt" -c ssl_key_file="$place/server.key") >"$place/log" 2>&1 &
    server=$!
    for _ in $(seq 150); do
        kill -0 "$server" 2>/dev/null || break
        if inside "$bin/pg_isready" -q -h "$sockets" -p "$1" -U callsign -d postgres; then return 0; fi
        sleep 0.2
    done
    kill -INT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
    return 1
}
# A free port cannot be asked for; one that is taken makes the server end at once.
port=
for _ in $(seq 10); do
    port=$((20000 + RANDOM % 20000))
    if start "$port"; then break; fi
done
[ -n "$server" ] || { echo 'error: the server did not start' >&2; exit 1; }

folder=$(printf '%s' "$sockets" | sed 's,/,%2F,g')
export CALLSIGN_POSTGRES="postgres://callsign@$folder:$port/postgres"
# The same over TCP, with a password and a certificate that no system knows.
chmod 755 "$place"
chmod 644 "$place/server.crt"
export CALLSIGN_POSTGRES_TCP="postgres://callsign:${password/@/%40}@localhost:$port/postgres"
export CALLSIGN_POSTGRES_ROOT="$place/server.crt"
if [ "$#" -gt 0 ]; then
    "$@"
else
    cargo test --locked -p callsign-store --features postgres
fi
