# A session of its own, with nobody connected: output, time limit and end of one script.

supervise() {
    cd "$folder" || exit 1
    # If whoever started this was killed just now, somebody may have looked for it before it could be seen, and have told
    # that it is gone. Then it has to be so.
    exec 8>>lock
    flock 8
    [ ! -e never ] || exit 0
    write_reserved supervisor "$(identify "$$")"
    exec 8>&-
    read -r limit kib files processes memory blocks <limits
    wc -c <counted 1<>total 2>/dev/null 9>&- &
    counter=$!
    tail -c 65536 <last >rest 2>/dev/null 9>&- &
    keeper=$!
    # tee writes at once, and when it may write no more to one file it goes on with the others.
    (trap "" XFSZ; ulimit -f "$((kib * 2))"; exec tee out counted last <pipe >/dev/null 2>&1 9>&-) &
    collector=$!
    (unset COUNTERSIGN_SUPERVISOR
    export COUNTERSIGN_RUN="$run" COUNTERSIGN_RUN_FOLDER="$folder"
    exec setsid sh -c "eval \"\$1\"" countersign "$text" begin "$run" \
        "$files" "$processes" "$memory" "$blocks" </dev/null >pipe 2>&1 9>&-) &
    script=$!
    # A redirection would only put the descriptor of the lock aside.
    (exec 9>&-; watch_the_time) &
    watcher=$!
    wait "$script"
    status=$?
    overtime=0
    if [ -e in_time ]; then
        kill "$watcher" 2>/dev/null
    else
        overtime=1
        wait "$watcher" # It ends what the script left behind.
    fi
    # A daemon that the script left behind may hold the output open for ever. What was written by now is read; then that
    # is all.
    tries=0
    while kill -0 "$collector" 2>/dev/null && [ "$tries" -lt 100 ]; do
        sleep 0.02
        tries=$((tries + 1))
    done
    kill "$collector" 2>/dev/null
    # Had nothing ever opened the pipe, then these two still wait for their own to be opened.
    : 4<>counted 5<>last
    wait "$counter" "$keeper"
    write_reserved exit.part "$status $overtime"
    exec 9>&-
    mv exit.part exit
    rm -f pipe counted last
}

watch_the_time() {
    sleeper= told=
    # Told to end before the number of the sleeper is known, it ends when it is: a sleeper must not be left alone.
    trap "told=1; [ -z \"\$sleeper\" ] || { kill \"\$sleeper\" 2>/dev/null; exit 0; }" TERM
    sleep "$limit" &
    sleeper=$!
    [ -z "$told" ] || { kill "$sleeper"; exit 0; }
    wait "$sleeper"
    rm -f in_time
    end_processes 10
}

# begin: becomes the script. Its own session and group, and written down before anything of the script runs.
begin() {
    cd "$folder" || exit 125
    write_reserved pid "$(identify "$$")" || exit 125
    [ ! -e never ] || exit 125
    [ "$1" = - ] || ulimit -n "$1" || exit 125
    [ "$2" = - ] || ulimit -u "$2" 2>/dev/null || ulimit -p "$2" || exit 125
    [ "$3" = - ] || ulimit -v "$3" || exit 125
    [ "$4" = - ] || ulimit -f "$4" || exit 125
    read -r directory <"$folder/directory"
    place=1
    while read -r name length; do
        # The dot keeps newlines at the end of the value, which the substitution would remove.
        value=$(tail -c "+$place" values | head -c "$length"; echo .)
        export "$name=${value%.}"
        place=$((place + length))
    done <index
    rm -f index values
    first=
    IFS= read -r first <script
    case $first in
        "#!"*) set -- "$folder/script" ;;
        *) set -- sh "$folder/script" ;;
    esac
    cd "$directory" || exit 125
    umask 022
    exec "$@"
}
