#!/bin/sh
# quickstart.sh - from a bare Debian 12 to a first result, or to a tested build.
#
#   ./quickstart.sh          installs what is missing, builds, simulates GPT-2 on the default design: what the machine is,
#                            what it costs, how sure that is, against whom
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
    echo
    echo "What the machine is (every choice, with its status: docs/default-machine.md):"
    ./fanlight list designs | grep '^lcos_resident '
    echo
    echo "What it costs:"
    show ./fanlight run --model gpt2 --context 1024 --db $db --label quickstart
    run=$(./fanlight query --db $db --csv "select max(run) from run" | tail -n 1)
    echo
    echo "How sure that is, drawing prices from their ranges (and \"worst error\" above is how exact the outputs are):"
    show ./fanlight uncertainty --db $db --run "$run"
    echo
    echo "Against whom: the same work on digital machines with the same memories, INT8 in 22 nm and INT4 in 5 nm."
    show ./fanlight compare --designs lcos_resident,digital_22nm,digital_5nm --model gpt2 --context 1024 --db $db
    echo
    echo "The same as a page for a browser:"
    show ./fanlight report --db $db --run "$run" --html gpt2.html
    echo
    echo "Every row is in $(pwd)/$db. Ask it anything, for example: which operators take the most energy?"
    show ./fanlight query --db $db "select name, kind, round(sum(energy_j) * 1e3, 4) as energy_mj from energy_by_operator where run = $run group by name order by energy_mj desc limit 5"
    ;;
*)
    echo "usage: ./quickstart.sh [check]" >&2
    exit 1
    ;;
esac
