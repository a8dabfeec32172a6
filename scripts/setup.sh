#!/usr/bin/env bash
# Makes this machine ready to build (`setup.sh run`) or to build and test (`setup.sh test`). Does only what is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/progress.sh
source scripts/progress.sh

main() {
    local purpose=${1:-}
    case $purpose in run | test) ;; *) stop "say what for: setup.sh run, or setup.sh test" ;; esac
    check_toolchains
    install_web_packages
    if [ "$purpose" = test ]; then
        install_debian_packages
        install_python_packages
    fi
}

check_toolchains() {
    local rust_advice="Get it from https://rustup.rs, then: rustup update stable"
    local node_advice="Get it from https://nodejs.org"
    require_version cargo 1.95 "$(cargo --version 2>/dev/null | cut -d' ' -f2)" "$rust_advice"
    require_version rustc 1.95 "$(rustc --version 2>/dev/null | cut -d' ' -f2)" "$rust_advice"
    require_version node 20.19 "$(node --version 2>/dev/null | tr -d v)" "$node_advice"
    [ -n "$(command -v npm)" ] || stop "npm is missing. It comes with Node.js. $node_advice"
    [ -n "$(command -v cc)" ] || stop "a C compiler is missing. On Debian: sudo apt-get install -y build-essential"
}

# require_version NAME MINIMUM FOUND ADVICE
require_version() {
    local name=$1 minimum=$2 found=$3 advice=$4
    if [ -z "$found" ]; then
        stop "$name is missing; Countersign needs $name $minimum or newer. $advice"
    elif [ "$(printf '%s\n' "$minimum" "$found" | sort -V | head -n 1)" != "$minimum" ]; then
        stop "$name $found is too old; Countersign needs $name $minimum or newer. $advice"
    fi
}

# The stamp is a copy of the lock file inside node_modules, which `npm ci` takes away together with the rest.
install_web_packages() {
    local stamp=web/node_modules/.countersign-package-lock.json
    cmp -s web/package-lock.json "$stamp" && return
    quiet_step "installing web packages" npm --prefix web ci --ignore-scripts --no-audit --no-fund
    cp web/package-lock.json "$stamp"
}

# Looks for the thing itself and not for the package, so that other systems and other ways to install it are fine.
install_debian_packages() {
    local missing=()
    has_command curl || missing+=(curl)
    has_command chromium || missing+=(chromium)
    has_chinese_font || missing+=(fonts-noto-cjk)
    has_command redis-server || missing+=(redis-server)
    has_command sshd || missing+=(openssh-server)
    scripts/services.sh find-postgres >/dev/null 2>&1 || missing+=(postgresql)
    python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
    [ ${#missing[@]} = 0 ] && return

    if ! has_command apt-get || ! as_root true 2>/dev/null; then
        stop "the tests need what these packages hold: ${missing[*]}. On Debian: sudo apt-get install -y ${missing[*]}"
    fi
    quiet_step "updating the list of Debian packages" as_root apt-get update
    quiet_step "installing Debian packages (${missing[*]})" \
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# Servers stand in sbin, which is not on everybody's PATH.
has_command() {
    [ -n "$(PATH="$PATH:/usr/local/sbin:/usr/sbin" command -v "$1")" ]
}

has_chinese_font() {
    [ -n "$(fc-list :lang=zh 2>/dev/null)$(find /usr/share/fonts -iname '*cjk*' -print -quit 2>/dev/null)" ]
}

as_root() {
    if [ "$EUID" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Here, too, the stamp is a copy of the file that was installed from.
install_python_packages() {
    cmp -s scripts/requirements.txt .cache/python/requirements.txt && return
    quiet_step "installing Python packages" make_python_environment
    cp scripts/requirements.txt .cache/python/requirements.txt
}

make_python_environment() {
    rm -rf .cache/python &&
        python3 -m venv .cache/python &&
        .cache/python/bin/pip install --disable-pip-version-check -r scripts/requirements.txt
}

main "$@"
