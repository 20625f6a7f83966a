#!/bin/sh
# light_by_width.sh - the tables of light against width in docs/accuracy.md are what the points say.
set -u
. "$SRCDIR/tests/lib/script.sh"
if ! command -v python3 >which.out; then
    echo "light_by_width: not tried, there is no Python"
    exit 0
fi
python3 "$srcdir/tools/light_by_width.py" --points "$srcdir/docs/light_by_width.csv" \
    --tolerances "$srcdir/docs/tolerance_by_width.csv" --table >tables || complain "no tables"
grep '^| .*[0-9] |$' tables >lines
[ "$(wc -l <lines)" -ge 60 ] || complain "the points give fewer lines than the networks have"
while read -r line; do
    grep -qxF -- "$line" "$srcdir/docs/accuracy.md" || complain "docs/accuracy.md does not have: $line"
done <lines
# the light of every network lies between two of its points: a mean over those that happen to have one tells less or more
awk -F, 'NR > 1 { k = $1 " " $2 " " $3 " " $4 " " $5 " " $6; r = $9 / $10; if (!(k in most) || r > most[k]) most[k] = r; if (!(k in least) || r < least[k]) least[k] = r }
    END { for (k in most) if (most[k] <= 1.2 || least[k] > 1.05) { print k; bad = 1 }; exit bad }' "$srcdir/docs/light_by_width.csv" >open ||
    complain "no light for 5 % or 20 % worse of: $(cat open)"
# what statistics = "trained" takes operands to have in common is what they had
v=$(sed -n 's/^V of all, plain: \([0-9.]*\) (d .* 32)^(\([0-9.]*\) .*/at_32 = \1, exponent = \2;/p' tables)
grep -qF "$v" "$srcdir/phys/operand.c" && [ -n "$v" ] || complain "phys/operand.c does not have: $v"
exit $failed
