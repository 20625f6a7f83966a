#!/bin/sh
# casts.sh - no double becomes an integer but by fl_whole: a cast of a double that the integer cannot hold is undefined.
#
# The compiler finds them: -fsanitize=float-cast-overflow puts a call before each such cast, which it shows, whatever the
# types are called and however the cast is hidden. Implicit ones are warnings, and warnings are errors.
set -u
srcdir=$(cd "${SRCDIR:-.}" && pwd)
cd "${BUILDDIR:-.}" || exit 1
compile=$(printf 'include Makefile\ncompile-command:\n\t@: $(info $(COMPILE))\n' | ${MAKE:-make} -s --no-print-directory -f - compile-command) || exit 1
bare=$(mktemp)
trap 'rm -f "$bare"' EXIT

# The functions of a file that cast a double themselves, one a line. gcc shows them in its first tree, before it has made
# any code, which takes half the time; another compiler in the assembly.
casts() { # NAME FILE
    eval "$compile -O0 -w -fsanitize=float-cast-overflow $show" '"$2"' >"$bare" || { echo "$1: does not compile"; return; }
    awk -v name="$1" '
        /^;; Function / { where = $3 }
        /^[A-Za-z_][A-Za-z_0-9]*:/ { where = $1; sub(/:.*/, "", where) }
        /__ubsan_handle_float_cast_overflow/ && !told[where]++ {
            printf "%s: %s casts a double to an integer; fl_whole (base/whole.h) does so safely\n", name, where
        }' "$bare"
}

planted=$(mktemp -d)
echo 'int planted(double x) { return (int)x; }' >"$planted/planted.c"
for show in "-fsyntax-only -fdump-tree-original=/dev/stdout" "-S -o -"; do
    found=$(casts planted "$planted/planted.c" 2>"$planted/err")
    case "$found" in
    "planted: planted casts a double"*) break ;;
    esac
done
rm -r "$planted"
case "$found" in
"planted: planted casts a double"*) ;;
*) echo "casts.sh: this compiler does not show casts: $found" >&2; exit 1 ;;
esac

status=0
for file in "$srcdir"/*/*.c "$srcdir"/*/*/*.c; do
    name=${file#"$srcdir"/}
    case "$name" in
    base/whole.c | */registry.c | *_sql.c) continue ;;
    tests/* | bench/* | examples/* | tools/* | build*/* | *-[0-9]*/*) continue ;;
    esac
    found=$(casts "$name" "$file")
    [ -z "$found" ] || { echo "$found" >&2; status=1; }
done
[ $status -eq 0 ] && echo "casts: by fl_whole alone"
exit $status
