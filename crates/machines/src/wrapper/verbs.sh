# status, cancel, forget and erase.

say_status() {
    if [ ! -e "$folder/begun" ]; then
        say "status unknown"
    elif [ -e "$folder/exit" ]; then
        say_exit
    elif is_there; then
        say "status running"
    elif [ -e "$folder/exit" ]; then
        say_exit # It ended while it was looked for.
    else
        say "status gone"
    fi
}

# Is the run alive? When it is not, it stays so: a supervisor that nobody could see yet will find "never", and what a
# killed one left (its watch on the time) goes. What it was just about to start counts. The run has to be locked.
is_there() {
    is_alive && return
    [ ! -e "$folder/exit" ] || return
    # A name is changed on a full disk, too.
    mv "$folder/in_time" "$folder/never" 2>/dev/null || try disk touch "$folder/never"
    end_supervision
    is_alive
}

end_supervision() {
    left=$(marked_processes COUNTERSIGN_SUPERVISOR)
    # shellcheck disable=SC2086
    [ -z "$left" ] || kill -KILL $left 2>/dev/null || true
}

say_exit() {
    read -r status overtime <"$folder/exit"
    say "exit $status $overtime $(($(wc -c <"$folder/out")))"
}

# cancel_run GRACE_S
cancel_run() {
    try disk touch "$folder/never"
    close_run
    [ -e "$folder/begun" ] || { say "cancelled gone"; return; }
    # A supervisor that was stopped would neither see the end nor write it down.
    is_process "$folder/supervisor" && kill -CONT "$pid" 2>/dev/null
    end_processes "$1" || { say "cancelled still_there"; return; }
    tries=0
    while [ ! -e "$folder/exit" ] && is_process "$folder/supervisor" && [ "$tries" -lt 100 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    [ -e "$folder/exit" ] || end_supervision
    # What the supervisor was about to start when it was killed carries the mark.
    if end_processes 0; then say "cancelled gone"; else say "cancelled still_there"; fi
}

# The tombstone stays: a start that was on its way for long must not find an empty place.
forget_run() {
    need_end
    try disk touch "$folder/never"
    for file in "$folder"/*; do
        case ${file##*/} in lock | epoch | never) ;; *) rm -rf "$file" ;; esac
    done
    find "$root/runs" -mindepth 1 -maxdepth 1 -type d -mtime +90 -exec rm -rf "{}" + 2>/dev/null
    say "done"
}

# No tombstone either, for what only one request ever starts. One that nobody came back for goes after a day.
erase_run() {
    need_end
    try disk rm -rf "$folder"
    find "$root/runs" -mindepth 1 -maxdepth 1 -type d -name "health-*" -mtime +0 -exec rm -rf "{}" + 2>/dev/null
    say "done"
}

need_end() {
    if [ -e "$folder/begun" ] && [ ! -e "$folder/exit" ] && is_there; then
        say "busy $run"
        exit 0
    fi
}
