#!/bin/sh
# format.sh - the house style, as far as a script can see it: no tabs, no trailing blanks, 120 columns, functions that fit a screen
# (80 lines at most), no unfinished business, memory by one door.
set -u
cd "${SRCDIR:-.}"
status=0
for folder in base base/conf phys sim units traces mapping arch stats api explore explore/report learn cli tests tests/laws tests/oracle bench examples; do
    for file in "$folder"/*.[ch]; do
        [ -f "$file" ] || continue
        case "$file" in units/registry.c | stats/*_sql.c | explore/report/assets.c | tests/suites.c) continue ;; esac
        awk -v file="$file" '
            function bad(what) { printf "%s:%d: %s\n", file, FNR, what; faults = 1 }
            /\t/ { bad("a tab") }
            /[ \r]$/ { bad("blank at the end of the line") }
            length($0) > 120 { bad("longer than 120 columns") }
            /(TODO|FIXME)/ { bad("unfinished, by its own words") }
            /^[A-Za-z_].*\)$/ { start = FNR }
            /^}/ { if (start && FNR - start > 80) bad("a function longer than a screen"); start = 0 }
            END { exit faults }' "$file" || status=1
    done
done
# A broken law gives back the library's memory, so all of it comes from base/guard.h; free() is for what a C library's
# stream or JSON as text has made.
for folder in base base/conf phys sim units traces mapping arch stats api explore explore/report learn cli; do
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
