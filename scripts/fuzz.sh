#!/usr/bin/env bash
# fuzz.sh BINARY: starts a server of its own and sends it random requests made from its OpenAPI description.
# Fails on a 5xx and on an answer that the description does not allow.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/progress.sh
source scripts/progress.sh

binary=$1
folder=$(mktemp -d "${TMPDIR:-/tmp}/countersign-fuzz.XXXXXX")
trap 'kill "${server:-}" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT

# Requests that can end the fuzzer's own session, token or rights. They come last, when nothing is lost by that.
lockouts='^(DELETE /api/session|DELETE /api/me/(sessions|tokens).*|PUT /api/.*/password|PATCH /api/people/.*)$'

main() {
    start_server
    sign_in
    if [ -n "${COUNTERSIGN_TEST_LONG:-}" ]; then
        schemathesis examples,coverage,fuzzing,stateful --max-time 600 --exclude-name-regex "$lockouts"
    else
        schemathesis examples,coverage,fuzzing --max-examples 50 --exclude-name-regex "$lockouts"
    fi
    schemathesis examples,coverage,fuzzing --max-examples 15 --include-name-regex "$lockouts"
    kill -0 "$server" 2>/dev/null || server_failed "the server ended"
}

start_server() {
    export COUNTERSIGN_ADMIN_PASSWORD=fuzz-$RANDOM-$RANDOM-$RANDOM
    "$binary" serve --data "$folder/data" --listen 127.0.0.1:0 >"$folder/log" 2>&1 </dev/null &
    server=$!
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        url=$(sed -n 's/.*listening on \(http:[^ ]*\).*/\1/p' "$folder/log")
        [ -z "$url" ] || return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    server_failed "the server did not start"
}

sign_in() {
    local cookies=$folder/cookies
    post /api/session "{\"username\": \"admin\", \"password\": \"$COUNTERSIGN_ADMIN_PASSWORD\"}" --cookie-jar "$cookies" >/dev/null
    COUNTERSIGN_FUZZ_TOKEN=$(post /api/me/tokens '{"name": "fuzz"}' --cookie "$cookies" |
        .cache/python/bin/python -c 'import json, sys; print(json.load(sys.stdin)["secret"])')
    export COUNTERSIGN_FUZZ_TOKEN
}

# post PATH JSON [OPTION…]
post() {
    curl --silent --show-error --fail-with-body --header 'Content-Type: application/json' --data "$2" "${@:3}" "$url$1"
}

# schemathesis PHASES [OPTION…]: in a folder of its own, because it leaves files where it runs.
schemathesis() {
    local programs=$PWD/.cache/python/bin config=$PWD/scripts/schemathesis.toml
    (cd "$folder" && "$programs/schemathesis" --config-file "$config" run "$url/api/openapi.json" --phases "$1" "${@:2}") ||
        server_failed "schemathesis found something"
}

server_failed() {
    echo "the last lines of the server's log:"
    tail -n 40 "$folder/log"
    stop "$1"
}

main
