#!/bin/sh
# run_test.sh script|suite TEST... - how `make check` runs one test: a script by the shell, a suite of Check by its name.
# The log ends with the processor time it took, which tools/test_totals.sh collects.
kind=$1
shift
case "$kind" in
suite) "$BUILDDIR/check_fanlight" "$(basename "$1" .suite)" ;;
*) "${CONFIG_SHELL:-sh}" "$@" ;;
esac
code=$?
# The second line of `times` is the user and system time of all children; a pipe would ask for another shell's.
took=$(mktemp)
times >"$took"
sed -n 's/^\([0-9]*\)m\([0-9.]*\)s \([0-9]*\)m\([0-9.]*\)s$/\1 \2 \3 \4/p' "$took" |
    awk 'NR == 2 { printf "took %.1f s of processor time\n", 60 * $1 + $2 + 60 * $3 + $4 }'
rm -f "$took"
exit $code
