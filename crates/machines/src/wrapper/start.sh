# start: from a request to a supervisor.

# start_run PLACE FOLDER LIMIT_S KIB SCRIPT INDEX VALUES FILES PROCESSES MEMORY_KIB FILE_BLOCKS
start_run() {
    find "$root" -maxdepth 1 -name "incoming.*" -mmin +60 -exec rm -rf "{}" + 2>/dev/null
    incoming=$(mktemp -d "$root/incoming.XXXXXX" 2>&1) || problem disk "$incoming"
    trap "rm -rf \"\$incoming\"" EXIT
    trap "exit 1" HUP INT TERM
    receive "$5" "$6" "$7"
    open_run
    if [ ! -e "$folder/begun" ]; then
        [ ! -e "$folder/never" ] || problem never "$run"
        case $2 in own) directory=$folder/work ;; *) directory=$HOME/countersign/$1 ;; esac
        try disk make_folder "$directory"
        [ "$2" != shared ] || take_place "$1"
        try disk lay_out "$3" "$4" "$8" "$9" "${10}" "${11}"
        try disk write_whole "$folder/directory" "$directory"
        # From here to the supervisor nothing interrupts. Caught and not ignored, because what is ignored is inherited.
        trap : HUP INT TERM
        try disk touch "$folder/begun"
        # Descriptor 9, the lock of the place, belongs to the supervisor from here on.
        COUNTERSIGN_SUPERVISOR=$folder setsid sh -c "eval \"\$1\"" countersign "$text" supervise "$run" \
            </dev/null >/dev/null 2>&1 8>&- &
        write_reserved "$folder/supervisor" "$(identify "$!")"
        exec 9>&-
    fi
    rm -rf "$incoming"
    trap - EXIT HUP INT TERM
    follow_run 0
}

# The whole payload is on the disk before anything is decided: a connection that ends in the middle starts nothing.
receive() {
    cat >"$incoming/all" 2>/dev/null || problem disk "$incoming"
    [ "$(($(wc -c <"$incoming/all")))" = "$(($1 + $2 + $3))" ] || problem truncated "the payload"
    head -c "$1" "$incoming/all" >"$incoming/script" || problem disk "$incoming"
    tail -c "+$(($1 + 1))" "$incoming/all" | head -c "$2" >"$incoming/index" || problem disk "$incoming"
    tail -c "+$(($1 + $2 + 1))" "$incoming/all" >"$incoming/values" || problem disk "$incoming"
}

# The lock goes when its supervisor is killed, although the script may live on: so the last holder is asked for as well.
take_place() {
    lock=$root/locks/${1%%/*}+${1#*/}
    try disk touch "$lock"
    exec 9>>"$lock"
    holder=
    [ ! -s "$lock" ] || read -r holder <"$lock"
    flock -n 9 || { say "busy ${holder:--}"; exit 0; }
    if [ -n "$holder" ] && [ "$holder" != "$run" ] && (
        run=$holder folder=$root/runs/$holder
        [ -e "$folder/begun" ] && [ ! -e "$folder/exit" ] && is_alive
    ); then
        say "busy $holder"
        exit 0
    fi
    printf "%s\n" "$run" >"$lock" || problem disk "$lock"
}

lay_out() {
    mv "$incoming/script" "$incoming/index" "$incoming/values" "$folder/" &&
        chmod 700 "$folder/script" &&
        printf "%s\n" "$*" >"$folder/limits" &&
        : >"$folder/out" && : >"$folder/in_time" &&
        reserve "$folder/supervisor" && reserve "$folder/pid" && reserve "$folder/total" && reserve "$folder/exit.part" &&
        rm -f "$folder/pipe" "$folder/counted" "$folder/last" &&
        mkfifo "$folder/pipe" "$folder/counted" "$folder/last"
}
