#!/bin/sh
# light_by_width.sh - the tables of light against width in docs/accuracy.md are what the points say.
set -u
. "$SRCDIR/tests/lib/script.sh"
if ! command -v python3 >which.out; then
    echo "light_by_width: not tried, there is no Python"
    exit 0
fi
points=$srcdir/docs/light_by_width.csv
python3 "$srcdir/tools/light_by_width.py" --points "$points" --table >tables || complain "no tables"
grep '^| .*[0-9] |$' tables >lines
[ "$(wc -l <lines)" -ge 16 ] || complain "the points give fewer lines than plain and decaying networks have"
while read -r line; do
    grep -qxF -- "$line" "$srcdir/docs/accuracy.md" || complain "docs/accuracy.md does not have: $line"
done <lines
exit $failed
