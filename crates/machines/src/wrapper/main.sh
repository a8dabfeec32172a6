# What runs on the machine itself: POSIX sh, and the programs that check_tools names. This text is one constant argument
# ($1) of one constant command; what is to be done comes on stdin: a line of words, then a payload whose length the line
# says. No single quote may appear here, since the command quotes this text with them.
#
# stdout carries raw bytes (output of scripts, files), stderr one line for each thing to say. Both begin with the line
# "countersign 1"; what comes before it is chatter of the login shell.
#
# A run has a folder, ~/.countersign/runs/RUN, with
#   lock epoch       who may speak about it; both outlive everything else here, as the tombstone
#   begun            from here on it is never started again; "never" = it may not be started any more
#   script values    what it runs, and its variables, which are removed when it has read them
#   supervisor pid   process, its start time, and the boot: the three together never name another process
#   out rest total   the first bytes of the output, the last 64 KiB, and how many there were
#   exit             written under another name and renamed, so that it is there whole or not at all
# Files that must be writable in the end (pid, total, exit) get their block on the disk before the script starts.
set -u
umask 077
text=$1
root=$HOME/.countersign

say() { printf "%s\n" "$*" >&2 || exit 0; } # Whoever listened is gone; the run itself has other processes.
problem() { say "problem $*"; exit 1; }
# try CODE COMMAND…: a command that has to work; what it complains about is the note.
try() {
    code=$1
    shift
    complaint=$("$@" 2>&1) || problem "$code" "$(printf "%s" "$complaint" | tail -n 1)"
}

main() {
    printf "countersign 1\n"
    printf "countersign 1\n" >&2
    read -r line || problem truncated "the request"
    set -f
    # shellcheck disable=SC2086 # These are the words of the request; each is of [A-Za-z0-9._/-].
    set -- $line
    set +f
    [ $# -gt 0 ] || problem truncated "the request"
    check_tools
    try disk mkdir -p "$root/runs" "$root/locks"
    verb=$1
    shift
    case $verb in
        start | follow | status | cancel | collect | forget | erase) run=$1 epoch=$2 folder=$root/runs/$1; shift 2 ;;
    esac
    case $verb in
        start) start_run "$@" ;;
        follow) open_run; need_begun; follow_run "$1" ;;
        status) open_run; say_status ;;
        cancel) open_run; cancel_run "$1" ;;
        collect) open_run; need_begun; send_back "$1" ;;
        forget) open_run; forget_run ;;
        erase) open_run; erase_run ;;
        prepare) prepare_artifacts "$@" ;;
        put) put_artifact "$@" ;;
        place) place_artifacts "$@" ;;
        check) check_machine ;;
        *) problem truncated "an unknown verb" ;;
    esac
}

check_tools() {
    for tool in cat flock grep head mkdir mkfifo mktemp mv rm setsid sha256sum sleep tail tar tee tr wc find; do
        command -v "$tool" >/dev/null || problem tools "$tool"
    done
    [ -r "/proc/$$/stat" ] || problem tools "/proc"
}

check_machine() {
    try disk touch "$root/check.$$"
    head -c 1048576 /dev/zero >"$root/check.$$" 2>/dev/null || { rm -f "$root/check.$$"; problem full "$root"; }
    rm -f "$root/check.$$"
    say "done"
}

case ${2:-} in
    "") main ;;
    supervise) run=$3 folder=$root/runs/$3; supervise ;;
    begin) run=$3 folder=$root/runs/$3; shift 3; begin "$@" ;;
esac
