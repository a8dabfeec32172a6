# shellcheck shell=bash
# Sourced by the other scripts: how they say what they are doing, and for how long.

if [ "${CI:-}" = true ]; then
    export NO_COLOR=1 CARGO_TERM_COLOR=never
fi

# stop MESSAGE: ends the script with a sentence for a person.
stop() {
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    exit 1
}

# quiet_step WHAT COMMAND…: one line with the seconds; the command's output is shown only when it fails.
quiet_step() {
    local what=$1 started=$SECONDS output
    shift
    output=$(mktemp)
    printf 'setup: %s … ' "$what"
    if "$@" >"$output" 2>&1 </dev/null; then
        printf '%s s\n' "$((SECONDS - started))"
        rm -f "$output"
    else
        printf 'failed after %s s\n' "$((SECONDS - started))"
        cat "$output"
        rm -f "$output"
        exit 1
    fi
}

# loud_step WHAT COMMAND…: a line before, the command's own output, and a line with the seconds after.
loud_step() {
    local what=$1 started=$SECONDS
    shift
    printf '=== %s\n' "$what"
    "$@"
    printf '=== %s: %s s\n' "$what" "$((SECONDS - started))"
}
