#!/bin/sh
# circles.sh - no file of the library calls, by way of others, itself.
#
# What a file defines and what it needs is read off its object file. Files that reach one another form a circle: none of
# them can be understood, tested or replaced without all of them. A small circle planted first must be found.
set -eu
build=$(cd "${BUILDDIR:-.}" && pwd)
srcdir=$(cd "${SRCDIR:-.}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Reads `FILE TYPE SYMBOL` lines; prints a line for each circle and, below it, the calls it is made of.
circles() {
    awk '
        $2 == "U" { needs[++n] = $1 " " $3; next }
        { home[$3] = $1 }
        END {
            for (i = 1; i <= n; i++) {
                split(needs[i], need, " ")
                from = need[1]; to = home[need[2]]
                if (to == "" || to == from) continue
                call[from, to] = call[from, to] " " need[2]
                if (!((from, to) in seen)) { seen[from, to] = 1; next_of[from] = next_of[from] " " to; file[from] = file[to] = 1 }
            }
            for (f in file) reach(f)
            for (f in file) {
                if (!((f, f) in reached) || f in told) continue
                line = ""
                for (g in file) if ((f, g) in reached && (g, f) in reached) { told[g] = 1; part[++parts] = g; line = line " " g }
                print "circle:" line
                for (i = 1; i <= parts; i++) for (j = 1; j <= parts; j++)
                    if ((part[i], part[j]) in call) print "    " part[i] " -> " part[j] ":" call[part[i], part[j]]
                parts = 0
            }
        }
        function reach(start,    todo, first, last, i, k, list, at) {
            first = last = 1; todo[1] = start
            while (first <= last) {
                at = todo[first++]
                k = split(next_of[at], list, " ")
                for (i = 1; i <= k; i++) if (!((start, list[i]) in reached)) { reached[start, list[i]] = 1; todo[++last] = list[i] }
            }
        }'
}

planted=$(printf 'a.o T f\na.o U g\nb.o T g\nb.o U h\nc.o T h\nc.o U f\nc.o U free\n' | circles | grep -c '^circle:' || true)
[ "$planted" = 1 ] || { echo "circles.sh: a planted circle of three files is not seen" >&2; exit 1; }

cd "$build"
for source in $(cd "$srcdir" && ls base/*.c base/*/*.c phys/*.c sim/*.c machine/*.c units/*.c traces/*.c traces/*/*.c mapping/*.c arch/*.c stats/*.c api/*.c \
    explore/*.c explore/*/*.c learn/*.c cli/*.c 2>/dev/null); do
    name=${source##*/}
    for object in "${source%.c}.o" "${source%/*}/libwhole_la-${name%.c}.o"; do
        [ ! -f "$object" ] || { echo "$object"; break; }
    done
done >"$work/objects"
# shellcheck disable=SC2046
nm -A $(cat "$work/objects") | awk '{
    type = $(NF - 1)
    if (type !~ /[A-Z]/) next
    file = $1
    sub(/\.o:.*/, ".c", file); sub(/libwhole_la-/, "", file)
    print file, type, $NF
}' >"$work/symbols"
[ "$(cut -d' ' -f1 "$work/symbols" | sort -u | wc -l)" -gt 100 ] || { echo "circles.sh: no objects in $build" >&2; exit 1; }
found=$(circles <"$work/symbols")
if [ -n "$found" ]; then
    echo "$found" >&2
    echo "circles.sh: $(echo "$found" | grep -c '^circle:') circles of calls between files" >&2
    exit 1
fi
echo "circles: none among $(cut -d' ' -f1 "$work/symbols" | sort -u | wc -l) files"
