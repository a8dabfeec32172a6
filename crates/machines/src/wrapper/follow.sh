# follow and collect: what goes back to the caller.

# follow_run OFFSET: the output from there, as it comes, until the end.
follow_run() {
    close_run
    say following
    exec 3<"$folder/out"
    tail -c "+$(($1 + 1))" <&3 || exit 0
    pause_ms=20 idle=0 before=
    while :; do
        # The order matters: after the end was seen, one more look at the output finds the rest of it.
        ended=
        if [ -e "$folder/exit" ]; then
            ended=by_itself
        elif [ "$((idle % 8))" = 7 ] && ! is_alive; then
            lock_run
            is_there || ended=unseen
            close_run
            [ ! -e "$folder/exit" ] || ended=by_itself
        fi
        cat <&3 || exit 0
        [ -z "$ended" ] || break
        # All who read through this descriptor share its position: no program is needed to see whether it moved.
        read -r _ now <"/proc/$$/fdinfo/3"
        if [ "$now" = "$before" ]; then
            idle=$((idle + 1))
            pause_ms=$((pause_ms * 3 / 2))
            [ "$pause_ms" -le 500 ] || pause_ms=500
            # An empty line finds out whether anybody still listens.
            [ "$((idle % 8))" != 0 ] || say ""
        else
            before=$now pause_ms=20 idle=0
        fi
        sleep "0.$(printf "%03d" "$pause_ms")"
    done
    size=$(($(wc -c <"$folder/out")))
    [ "$ended" = unseen ] || say_cut
    if [ "$ended" = by_itself ]; then say_exit; else say "gone $size"; fi
}

# "cut KEPT TOTAL LENGTH", and so many raw bytes on stderr: there they can not mix with the output.
say_cut() {
    total=
    read -r total <"$folder/total"
    total=$((${total:-0}))
    [ "$total" -gt "$size" ] || return 0
    length=$(($(wc -c <"$folder/rest")))
    [ "$length" -le "$((total - size))" ] || length=$((total - size))
    say "cut $size $total $length"
    tail -c "$length" "$folder/rest" >&2 || exit 0
}

# send_back NAME: a file as it is, a folder as a tar.
send_back() {
    close_run
    read -r directory <"$folder/directory"
    if [ -d "$directory/$1" ]; then
        say "sends folder"
        tar -cf - -C "$directory/$1" . 2>/dev/null || problem artifact "$1 could not be packed"
    elif [ -f "$directory/$1" ]; then
        say "sends file"
        cat <"$directory/$1" || problem artifact "$1 could not be read"
    else
        problem artifact "the script left no $1"
    fi
    say "done"
}
