#!/bin/sh
# mutate.sh - do the tests see a fault? N random mutants of the sources, and which of them survive the suites.
#
#     tools/mutate.sh [-n 100] [-s 1] [-w FOLDER] [FOLDER/FILE.c...]      without files: units sim mapping phys stats
#
# Works on a copy in FOLDER (preset: a new one in /tmp), built once; a mutant then costs the compilation of one file, a
# link, and suites until one fails: all mutants meet the quick suites, then what is left the slow ones. results.tsv in
# FOLDER has a line for each; an interrupted run goes on when started again with the same -w, -s and files, and a larger
# -n adds to it. Uncommitted changes are not seen. What is changed, and which suites run, stands in mutate.py.
set -eu
number=100 seed=1 work=""
while getopts n:s:w: option; do
    case $option in
    n) number=$OPTARG ;;
    s) seed=$OPTARG ;;
    w) work=$OPTARG ;;
    *) exit 1 ;;
    esac
done
shift $((OPTIND - 1))
top=$(cd "$(dirname "$0")/.." && pwd)
[ -n "$work" ] || work=$(mktemp -d /tmp/fanlight-mutants-XXXXXX)
mkdir -p "$work"
echo "in $work"
work=$(cd "$work" && pwd)
if [ ! -f "$work/built" ]; then
    mkdir -p "$work/source" "$work/build"
    (cd "$top" && git archive HEAD) | tar x -C "$work/source"
    compiler=gcc
    ! command -v ccache >/dev/null || compiler="ccache gcc"
    (cd "$work/source" && ./bootstrap) >"$work/build.log" 2>&1
    (cd "$work/build" && ../source/configure -q --disable-shared CC="$compiler" CFLAGS=-O1 &&
        make -s fanlight && make -s check_fanlight) >>"$work/build.log" 2>&1 || { tail "$work/build.log"; exit 1; }
    touch "$work/built"
fi
exec python3 "$top/tools/mutate.py" "$work" "$number" "$seed" "$@"
