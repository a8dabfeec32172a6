# Who may speak about a run, and how files are written so that they are there whole.

# Everything up to the release of descriptor 8 happens for one speaker at a time. Nobody holds it while waiting for the
# network or for a process, so that a stopped owner can not keep the next one out.
open_run() {
    try disk mkdir -p "$folder"
    try disk touch "$folder/lock"
    lock_run
    stored=0
    [ ! -s "$folder/epoch" ] || read -r stored <"$folder/epoch"
    [ "$epoch" -ge "$stored" ] || { say "stale $stored"; exit 0; }
    [ "$epoch" -gt "$stored" ] || return 0
    try disk write_whole "$folder/epoch" "$epoch"
}

lock_run() {
    exec 8>>"$folder/lock"
    tries=0
    until flock -n 8; do
        [ "$tries" -lt 200 ] || problem locked "$run"
        tries=$((tries + 1))
        sleep 0.05
    done
}

close_run() { exec 8>&-; }

need_begun() { [ -e "$folder/begun" ] || { say unknown; exit 0; }; }

# What scripts work on may be read by others, as their own umask says; only the runs are private.
make_folder() { umask 022 && mkdir -p "$1"; }
write_whole() { printf "%s\n" "$2" >"$1.part" && mv "$1.part" "$1"; }
# A file that has its block already is written in place: that works on a full disk, too.
reserve() { printf "%-120s\n" "" >"$1"; }
write_reserved() { printf "%s\n" "$2" 1<>"$1"; }
