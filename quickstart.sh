#!/bin/sh
# quickstart.sh - from a bare Debian 12 to a first result, or to a tested build.
#
#   ./quickstart.sh          installs what is missing, builds, simulates GPT-2 on the default design,
#                            shows where time and energy go, with a digital baseline beside it
#   ./quickstart.sh check    installs what is missing, builds, runs make check
#
# Needs root or sudo only if packages are missing. Builds in ./build-quickstart; CONFIGURE_ARGS go to ./configure.
set -eu
cd "$(dirname "$0")"

packages="gcc make autoconf automake libtool pkg-config libsqlite3-dev libconfig-dev libjansson-dev check node-d3"

install_missing() {
    missing=""
    for package in $packages; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo "quickstart.sh: needs root or sudo to install:$missing" >&2; exit 1; }
        as_root=sudo
    fi
    echo "installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get update -qq
    # shellcheck disable=SC2086
    $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

build() {
    jobs=$(nproc 2>/dev/null || echo 2)
    [ -x configure ] && [ configure -nt configure.ac ] || ./bootstrap >/dev/null 2>&1 || ./bootstrap
    mkdir -p build-quickstart
    cd build-quickstart
    [ -f Makefile ] || ../configure -q --disable-shared ${CONFIGURE_ARGS:-}
    make -s -j"$jobs" "$@"
}

show() {
    echo
    echo "\$ $*" | sed 's/ \.\// /g'
    "$@"
}

case "${1:-run}" in
check)
    install_missing
    build check
    ;;
run)
    install_missing
    build
    db=fanlight.db
    show ./fanlight run --design free_space_1k --model gpt2 --context 1024 --db $db --label quickstart
    optical=$(./fanlight query --db $db --csv "select max(run) from run" | tail -n 1)
    echo
    echo "The same work on a digital machine of 300 fJ a MAC:"
    ./fanlight run --design digital_300fj --model gpt2 --context 1024 --db $db --label baseline --quiet
    digital=$(./fanlight query --db $db --csv "select max(run) from run" | tail -n 1)
    show ./fanlight query --db $db "select design, round(latency_s * 1e3, 3) as latency_ms, round(energy_j * 1e3, 3) as energy_mj, round(j_per_mac * 1e15, 1) as fj_per_mac from run_summary where run in ($optical, $digital)"
    echo
    echo "The same as a page for a browser:"
    show ./fanlight report --db $db --run $optical --html gpt2.html
    echo
    echo "Every row is in $(pwd)/$db. Ask it anything, for example: which operators take the most energy?"
    show ./fanlight query --db $db "select name, kind, round(sum(energy_j) * 1e3, 4) as energy_mj from energy_by_operator where run = $optical group by name order by energy_mj desc limit 5"
    ;;
*)
    echo "usage: ./quickstart.sh [check]" >&2
    exit 1
    ;;
esac
