#!/bin/sh
# test_totals.sh LOG... - what the logs of `make check` add up to: the tests that took longest, and Check's totals of all
# suites in Check's own words.
set -eu
echo "processor time of the longest tests:"
for log in "$@"; do
    sed -n "s|^took \([0-9.]*\) s of processor time\$|\1 ${log%.log}|p" "$log"
done | sort -rn | head -n ${LONGEST:-8} | awk '{ printf "  %6.1f s  %s\n", $1, $2 }'
cat "$@" | awk '
    /^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+$/ {
        gsub(/[^0-9 ]/, "")
        split($0, field, " ")
        checks += field[2]; failures += field[3]; errors += field[4]
    }
    END {
        good = checks > 0 ? int(100 * (checks - failures - errors) / checks) : 0
        printf "%d%%: Checks: %d, Failures: %d, Errors: %d\n", good, checks, failures, errors
    }'
