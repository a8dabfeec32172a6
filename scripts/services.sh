#!/usr/bin/env bash
# Throwaway services for the tests, in a temporary folder and on free ports of 127.0.0.1. Nobody else's are touched.
#
#   variables=$(scripts/services.sh start postgres redis)   # each is started only when it is named
#   eval "$variables"                                       # COUNTERSIGN_TEST_POSTGRES, COUNTERSIGN_TEST_REDIS,
#                                                           # and COUNTERSIGN_TEST_SERVICES, the folder
#                                                           # COUNTERSIGN_TEST_REDIS: four URLs with commas between
#   scripts/services.sh stop                                # stops what stands in $COUNTERSIGN_TEST_SERVICES
#   scripts/services.sh find-postgres                       # prints the folder of PostgreSQL's programs
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/progress.sh
source scripts/progress.sh

main() {
    local command=${1:-}
    shift || true
    case $command in
        start) start_services "$@" ;;
        stop) stop_services "${1:-${COUNTERSIGN_TEST_SERVICES:-}}" ;;
        find-postgres) find_postgres ;;
        *) stop "say start (postgres, redis), stop or find-postgres" ;;
    esac
}

start_services() {
    [ $# -gt 0 ] || stop "say which to start: postgres, redis"
    folder=$(mktemp -d "${TMPDIR:-/tmp}/countersign-services.XXXXXX")
    trap 'stop_services "$folder"' EXIT
    chmod 711 "$folder" # PostgreSQL runs as another user than root and must reach its own folder in here.
    echo "export COUNTERSIGN_TEST_SERVICES='$folder'"
    local service
    for service; do
        case $service in
            postgres) start_postgres ;;
            redis) start_redis ;;
            *) stop "there is no service $service" ;;
        esac
    done
    trap - EXIT
}

stop_services() {
    case $(basename "$1") in countersign-services.*) ;; *) stop "stop what? COUNTERSIGN_TEST_SERVICES is not set" ;; esac
    [ -d "$1" ] || return 0
    stop_postgres "$1/postgres"
    stop_redis "$1/redis"
    rm -rf "$1"
}

start_postgres() {
    local programs password port
    postgres=$folder/postgres
    programs=$(find_postgres)
    password=$(random_password)
    mkdir -m 700 "$postgres"
    printf '%s\n' "$password" >"$postgres/password"
    [ "$EUID" != 0 ] || chown -R "$(postgres_user):" "$postgres"

    # C.UTF-8 sorts by code point and knows the letters of every language; --no-sync is about these first files only.
    as_postgres_user "$programs/initdb" --pgdata data --username countersign --pwfile password \
        --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 --no-sync >"$folder/postgres.log" 2>&1 ||
        give_up "PostgreSQL could not make its files" "$folder/postgres.log"
    local options="-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 -c shared_buffers=32MB"
    on_a_free_port try_postgres || give_up "PostgreSQL did not start" "$folder/postgres.log"
    echo "export COUNTERSIGN_TEST_POSTGRES='postgres://countersign:$password@127.0.0.1:$port/postgres'"
}

try_postgres() {
    as_postgres_user "$programs/pg_ctl" start --silent --wait --timeout 60 --pgdata data \
        --options "$options -p $1" >>"$folder/postgres.log" 2>&1
}

stop_postgres() {
    postgres=$1
    [ -f "$postgres/data/postmaster.pid" ] || return 0
    as_postgres_user "$(find_postgres)/pg_ctl" stop --silent --wait --timeout 10 --mode immediate --pgdata data >&2 ||
        true # It had ended already; pg_ctl said so.
}

# Runs a command in PostgreSQL's folder, as somebody else when we are root, because PostgreSQL refuses root.
as_postgres_user() (
    cd "$postgres"
    if [ "$EUID" = 0 ]; then
        user=$(postgres_user)
        set -- setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "$@"
    fi
    exec "$@" </dev/null
)

postgres_user() {
    if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

# Debian keeps the programs of each version in a folder of its own, off the PATH. The newest is taken.
find_postgres() {
    local programs
    programs=$(compgen -G '/usr/lib/postgresql/*/bin/pg_ctl' | sort -V | tail -n 1 || true)
    programs=${programs:-$(command -v pg_ctl)} || stop "PostgreSQL is not installed. On Debian: sudo apt-get install -y postgresql"
    dirname "$programs"
}

# Four instances, because a channel layer may share its names out among several.
start_redis() {
    local port instance urls=()
    mkdir -m 700 "$folder/redis"
    for instance in 1 2 3 4; do
        redis=$folder/redis/$instance
        mkdir "$redis"
        on_a_free_port try_redis || give_up "Redis did not start" "$redis/log"
        urls+=("redis://127.0.0.1:$port")
    done
    echo "export COUNTERSIGN_TEST_REDIS='$(IFS=,; echo "${urls[*]}")'"
}

# Reads Redis' log and does not knock: on a port that somebody else took first, another Redis would answer.
try_redis() {
    rm -f "$redis/log"
    redis-server --port "$1" --bind 127.0.0.1 --save '' --appendonly no --daemonize yes \
        --dir "$redis" --pidfile "$redis/pid" --logfile "$redis/log" >&2
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        case $(cat "$redis/log" 2>/dev/null) in
            *"Ready to accept connections"*) return 0 ;;
            *"Failed listening"*) return 1 ;;
        esac
        sleep 0.1
    done
    return 1
}

# Redis takes its pid file away when it ends.
stop_redis() {
    local pid_file tries
    for pid_file in "$1"/*/pid; do
        [ -f "$pid_file" ] || continue
        kill "$(cat "$pid_file")" 2>/dev/null || continue
        for ((tries = 0; tries < 100; tries++)); do
            [ -f "$pid_file" ] || continue 2
            sleep 0.1
        done
        kill -9 "$(cat "$pid_file")"
    done
}

# on_a_free_port COMMAND: runs COMMAND PORT; on failure (somebody was faster) with other ports. Sets the caller's `port`.
# The ports lie below the range that the system gives to outgoing connections.
on_a_free_port() {
    local tries
    for ((tries = 0; tries < 5; tries++)); do
        port=$((20000 + RANDOM % 10000))
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue; fi
        if "$1" "$port"; then return 0; fi
    done
    return 1
}

random_password() {
    od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

# give_up MESSAGE LOG
give_up() {
    tail -n 30 "$2" >&2 || true
    stop "$1"
}

main "$@"
