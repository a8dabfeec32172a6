# Artifacts: ~/countersign/PLACE/artifacts/RELEASE.

# prepare_artifacts PLACE RELEASE; the payload is what sha256sum reads.
prepare_artifacts() {
    base=$HOME/countersign/$1/artifacts
    try disk make_folder "$base"
    find "$base" -mindepth 1 -maxdepth 1 -name ".part.*" -mmin +1440 -exec rm -rf "{}" + 2>/dev/null
    sums=$(cat)
    if [ "$sums" = "$(cat "$base/$2/.sums" 2>/dev/null)" ]; then
        try disk touch "$base/$2"
        say "have $base/$2"
        return
    fi
    part=$(mktemp -d "$base/.part.XXXXXX" 2>&1) || problem disk "$part"
    say "send $part"
}

# put_artifact PLACE PART NAME: for a machine without SFTP, which is this one.
put_artifact() {
    cat >"$HOME/countersign/$1/artifacts/$2/$3" 2>/dev/null || problem disk "$3"
    say "done"
}

# place_artifacts PLACE RELEASE PART; the same payload.
place_artifacts() {
    base=$HOME/countersign/$1/artifacts
    cd "$base/$3" || problem artifact "what was sent is not there"
    cat >.sums 2>/dev/null || problem disk "$base"
    if [ -s .sums ] && ! sha256sum -c .sums >/dev/null 2>&1; then problem artifact "what arrived is not what was sent"; fi
    while read -r _ name; do
        case $name in .*.tar) ;; *) continue ;; esac
        plain=${name#.}
        plain=${plain%.tar}
        try disk mkdir "$plain"
        try artifact tar -xof "$name" -C "$plain"
        rm -f "$name"
    done <.sums
    cd "$base" || problem artifact "$base"
    chmod 755 "$3"
    # Whoever uses the old files of the same release keeps them for a day.
    [ ! -e "$2" ] || { touch "$2" && mv "$2" ".part.old.$$"; }
    try disk mv "$3" "$2"
    forget_releases
    say "placed $base/$2"
}

# Twenty stay, and what was asked for within a month: scripts may have left links to them. Only a release has its sums.
forget_releases() {
    # shellcheck disable=SC2012 # The names are plain ones, and find does not sort.
    ls -1t "$base" | tail -n +21 | while IFS= read -r name; do
        [ -f "$base/$name/.sums" ] || continue
        [ -z "$(find "$base/$name" -maxdepth 0 -mtime +30)" ] || rm -rf "${base:?}/$name"
    done
}
