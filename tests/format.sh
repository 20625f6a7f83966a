#!/bin/sh
# format.sh - the house style, as far as a script can see it: no tabs, no trailing blanks, 120 columns, functions that fit a screen
# (60 lines) and take 7 parameters at most, files of at most 500 lines, no unfinished business, memory by one door.
set -u
cd "${SRCDIR:-.}"
status=0

looked_at() { # FILE: prints what is wrong with it
    awk -v file="$1" '
        function bad(what) { printf "%s:%d: %s\n", file, FNR, what; faults = 1 }
        function parameters(text) {
            sub(/^[^(]*\(/, "", text); sub(/\)[^)]*$/, "", text)      # what stands between the outermost brackets
            while (gsub(/\([^()]*\)/, "", text)) ;                      # less those of pointers to functions
            return gsub(/,/, ",", text) + 1
        }
        /\t/ { bad("a tab") }
        /[ \r]$/ { bad("blank at the end of the line") }
        length($0) > 120 { bad("longer than 120 columns") }
        /(TODO|FIXME)/ { bad("unfinished, by its own words") }
        /^[A-Za-z_][A-Za-z_0-9 *]*\(/ { start = FNR; head = ""; open = 1 }
        open && /^\{/ { if (parameters(head) > 7) bad("a function of more than 7 parameters"); open = 0 }
        open { head = head $0; if (/;$/) open = start = 0 }
        /^\}/ { if (start && FNR - start > 60) bad("a function longer than a screen"); start = 0 }
        END { if (FNR > 500) bad("a file of more than 500 lines"); exit faults }' "$1"
}

# It sees what it looks for.
planted=$(mktemp)
trap 'rm -f "$planted"' EXIT
{
    printf 'void long_one(int a,\n              int b)\n{\n'
    yes '    a += b;' | head -60
    printf '}\nvoid wide(int a, int b, int c, int d, int e, int f, void (*g)(int, int), int h)\n{\n}\n'
    yes '/* a line */' | head -440
} >"$planted"
for fault in "longer than a screen" "more than 7 parameters" "more than 500 lines"; do
    looked_at "$planted" | grep -q "$fault" || { echo "format.sh: does not see $fault" >&2; exit 1; }
done
[ "$(looked_at "$planted" | wc -l)" -eq 3 ] || { echo "format.sh: sees what is not there" >&2; exit 1; }

for folder in base base/conf phys sim machine units traces traces/ops mapping arch stats api explore explore/report learn cli tests tests/laws tests/oracle bench examples; do
    for file in "$folder"/*.[ch]; do
        [ -f "$file" ] || continue
        case "$file" in units/registry.c | traces/ops/registry.c | stats/*_sql.c | explore/report/assets.c | tests/suites.c) continue ;; esac
        looked_at "$file" || status=1
    done
done
# A broken law gives back the library's memory, so all of it comes from base/guard.h; free() is for what a C library's
# stream or JSON as text has made.
for folder in base base/conf phys sim machine units traces traces/ops mapping arch stats api explore explore/report learn cli; do
    for file in "$folder"/*.c; do
        case "$file" in base/memory.c) continue ;; esac
        if grep -nE '(^|[^_[:alnum:].>])(malloc|calloc|realloc|strdup|strndup|asprintf|vasprintf)\(' "$file" ||
            [ "$(grep -cE '(^|[^_[:alnum:].>])free\(' "$file")" -gt "$(grep -cE 'open_memstream\(|json_dumps\(' "$file")" ]; then
            echo "$file: memory comes from fl_calloc or fl_grow and goes by fl_free"
            status=1
        fi
    done
done
[ $status -eq 0 ] && echo "format: as agreed"
exit $status
