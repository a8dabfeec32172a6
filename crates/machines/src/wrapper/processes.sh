# What is alive, and how it is ended.

# identify PID: "PID START BOOT"
identify() { printf "%s %s %s" "$1" "$(start_of "$1")" "$(cat /proc/sys/kernel/random/boot_id)"; }

start_of() {
    stat=
    read -r stat 2>/dev/null <"/proc/$1/stat" || true
    # shellcheck disable=SC2086
    set -- ${stat##*) }
    # A process that has ended and was not asked about yet (Z) is gone.
    case ${1:-Z} in Z | X) echo 0 ;; *) echo "${20:-0}" ;; esac
}

# is_process FILE: does the process that is written there still run?
is_process() {
    pid= start= boot=
    [ ! -s "$1" ] || read -r pid start boot <"$1"
    [ -n "$pid" ] && [ "$start" != 0 ] && [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] &&
        [ "$(start_of "$pid")" = "$start" ]
}

is_alive() {
    is_process "$folder/supervisor" || is_process "$folder/pid" || [ -n "$(script_processes)" ] || is_beginning
}

# A supervisor that has not written itself down yet.
is_beginning() {
    pid=
    [ ! -s "$folder/supervisor" ] || read -r pid _ <"$folder/supervisor"
    [ -z "$pid" ] && [ -n "$(marked_processes COUNTERSIGN_SUPERVISOR)" ]
}

# Every process in the session of the script, and every one that carries its mark, whatever session it went to.
script_processes() {
    leader= start= boot=
    [ ! -s "$folder/pid" ] || read -r leader start boot <"$folder/pid"
    if [ -n "$leader" ] && [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ]; then
        now=$(start_of "$leader")
        # Has the number gone to somebody else, then none of the session is left.
        case $now in 0 | "$start") session_members "$leader" ;; esac
    fi
    marked_processes COUNTERSIGN_RUN_FOLDER
}

session_members() {
    cat /proc/[0-9]*/stat 2>/dev/null | while read -r stat; do
        pid=${stat%% *}
        # shellcheck disable=SC2086
        set -- "$1" ${stat##*) }
        case ${2:-Z} in Z | X) continue ;; esac
        [ "${5:-}" != "$1" ] || echo "$pid"
    done
}

# The mark is the path and not the name of the run: another home on this machine may know a run of the same name.
marked_processes() {
    grep -lF "$1=$folder" /proc/[0-9]*/environ 2>/dev/null | while read -r file; do
        tr "\0" "\n" 2>/dev/null <"$file" | grep -qxF "$1=$folder" || continue
        pid=${file#/proc/}
        echo "${pid%/environ}"
    done
}

# end_processes GRACE_S: TERM, and when that did not help, KILL. Fails when something is left even then. STOPped ones
# are woken, so that they can obey.
end_processes() {
    for signal in TERM KILL; do
        tries=$(($1 * 10))
        [ "$signal" = TERM ] || tries=50
        # A process that forks faster than it is read would escape one KILL, but not a row of them.
        while left=$(script_processes) && [ -n "$left" ]; do
            # TERM is said once; the script may need its time.
            # shellcheck disable=SC2086
            case $signal:$tries in
                KILL:* | "TERM:$(($1 * 10))") kill "-$signal" $left 2>/dev/null ;;
            esac
            # shellcheck disable=SC2086
            kill -CONT $left 2>/dev/null
            [ "$tries" -gt 0 ] || break
            tries=$((tries - 1))
            sleep 0.1
        done
        [ -n "$left" ] || return 0
    done
    return 1
}
