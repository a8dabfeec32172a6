#!/usr/bin/env bash
# Builds the web UI into web/dist when something in web/ differs from what web/dist was built from.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/progress.sh
source scripts/progress.sh

# The names and the contents of everything that may go into the build.
describe_sources() {
    find web \( -path web/node_modules -o -path web/dist -o -path web/e2e \) -prune -o -type f -print0 |
        LC_ALL=C sort -z | xargs -0 cksum
}

stamp=.cache/web-dist-sources
mkdir -p .cache
sources=$(describe_sources)
if [ -f web/dist/index.html ] && [ -f "$stamp" ] && [ "$sources" = "$(cat "$stamp")" ]; then
    exit
fi
rm -f "$stamp"
quiet_step "building the web UI" npm --prefix web run build
printf '%s\n' "$sources" >"$stamp"
