#!/bin/sh
# paper.sh - docs/optical-transformers.md against `fanlight reproduce optical-transformers`: every advantage, share and exponent
# on the page must be one that the command prints, to the digits quoted, and its pictures those that it draws.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
page=$(cd "$SRCDIR" && pwd)/docs/optical-transformers.md
figures=$(dirname "$page")/figures
cd "$work" || exit 1
failed=0
plots=
gnuplot --version >gnuplot.version 2>gnuplot.err && plots="--plots figures"
mkdir figures
# shellcheck disable=SC2086
"$FANLIGHT" reproduce optical-transformers --csv --quiet $plots >claims.csv || exit 1

# A figure agrees with a quoted one if it lies within half a unit of its last digit; zeros at the end of a whole number
# are no digits. What the paper itself claims, and what prices are changed by, is not ours.
awk -v page="$page" '
    function fields(line, cell,    n, c, i, quoted) {
        n = 1; cell[1] = ""; quoted = 0
        for (i = 1; i <= length(line); i++) {
            c = substr(line, i, 1)
            if (c == "\"") quoted = !quoted
            else if (c == "," && !quoted) cell[++n] = ""
            else cell[n] = cell[n] c
        }
        return n
    }
    function half(text,    k) {
        if (text ~ /\./) { sub(/.*\./, "", text); return 0.5 * 10 ^ -length(text) }
        k = match(text, /0*$/) ? RLENGTH : 0
        return 0.5 * 10 ^ k
    }
    function known(text, unit,    i, plain) {
        plain = text; gsub(/,/, "", plain)
        for (i = 1; i <= rows; i++)
            if (unit_of[i] == unit && ours[i] - plain <= half(plain) * 1.001 && plain - ours[i] <= half(plain) * 1.001)
                return 1
        return 0
    }
    function tell(what) { print "paper.sh: optical-transformers.md quotes " what ", which is not printed"; bad = 1 }
    FNR > 1 {
        fields($0, cell); rows++; ours[rows] = cell[4]; sigma[rows] = cell[5]; unit_of[rows] = cell[6]
        if (cell[7] ~ /^at (most|least) /) {            # a threshold, worked out too
            split(cell[7], part, " "); rows++
            ours[rows] = part[3]; sigma[rows] = ""; unit_of[rows] = part[4]
        }
    }
    END {
        while ((getline line <page) > 0) {
            if (line ~ /^```/) inside = !inside
            if (inside) continue
            rest = line
            while (match(rest, /-?[0-9]\.[0-9]+ \+- [0-9.]*[0-9]/)) {
                split(substr(rest, RSTART, RLENGTH), part, " [+]- ")
                found = 0
                for (i = 1; i <= rows; i++)
                    if (sigma[i] != "" && sprintf("%.3f", ours[i]) + 0 == part[1] + 0 && sprintf("%.3f", sigma[i]) + 0 == part[2] + 0)
                        found = 1
                if (!found) tell(substr(rest, RSTART, RLENGTH))
                seen++; rest = substr(rest, RSTART + RLENGTH)
            }
            rest = line
            while (match(rest, /[0-9][0-9,]*(\.[0-9]+)?(x| %)/)) {
                text = substr(rest, RSTART, RLENGTH)
                rest = substr(rest, RSTART + RLENGTH)
                unit = text ~ /x$/ ? "x" : "%"
                number = text; sub(/(x| %)$/, "", number)
                if (text !~ /^(100x|8,000x|100,000x|5x|2x|1 %|2 %)$/ && !known(number, unit)) tell(text)
                seen++
            }
            in_table = line ~ /^\| E_s, pJ \|/ || (in_table && line ~ /^\|/)
            if (in_table) {                             # thresholds, and what each choice gives
                cells = split(line, part, "|")
                for (i = 3; i < cells; i++)
                    if (part[i] ~ /^ [0-9.]+ $/) { seen++; gsub(/ /, "", part[i]); if (!known(part[i], "pJ")) tell(part[i] " pJ") }
            }
            rest = line
            while (match(rest, /E_s <= [0-9.]+ pJ/)) {
                text = substr(rest, RSTART, RLENGTH)
                rest = substr(rest, RSTART + RLENGTH)
                split(text, part, " ")
                if (!known(part[3], "pJ")) tell(text)
                seen++
            }
            rest = line
            while (match(rest, /[0-9.]+ fJ of light/)) {
                text = substr(rest, RSTART, RLENGTH)
                rest = substr(rest, RSTART + RLENGTH)
                split(text, part, " ")
                if (!known(part[1], "fJ")) tell(text)
                seen++
            }
        }
        print "optical-transformers.md: " seen " figures compared"
        exit bad || seen < 60
    }' claims.csv || failed=1

[ -n "$plots" ] || { echo "paper.sh: no gnuplot, pictures not compared"; exit $failed; }
for picture in figures/*.svg; do
    old=$figures/$(basename "$picture")
    [ -s "$picture" ] || { echo "paper.sh: $picture was not drawn" >&2; failed=1; continue; }
    # Another gnuplot draws other outlines.
    if [ "$(grep -o 'GNUPLOT [0-9.]* patchlevel [0-9]*' "$old")" = "$(grep -o 'GNUPLOT [0-9.]* patchlevel [0-9]*' "$picture")" ]; then
        cmp -s "$old" "$picture" || {
            echo "paper.sh: docs/figures is not what is drawn now: fanlight reproduce optical-transformers --plots docs/figures" >&2
            failed=1
        }
    fi
done
exit $failed
