#!/bin/sh
# names.sh - what comments and documents name is there: names of the library (fl_..., fanlight_...), functions written
# with their brackets, files, and the name that a file gives itself in its first line. Wrong names planted first must be
# found.
#
# With a star, `fl_arena_*`, a name stands for all that begin so; test_x.c and X.md stand for any. A file of a user's,
# mine.cfg, need not be there, and CHANGELOG.md tells of what is gone.
set -u
cd "${SRCDIR:-.}" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folders='base phys sim machine units traces mapping arch stats api explore learn cli
    tests bench examples tools docs m4 python debian'

# Prints `FILE:LINE: NAME is not there`. There is what the list of files names, what Makefile.am makes, what C includes
# from outside, and what stands in code.
names() { # LIST FILE...
    awk -v folders="$folders" '
    BEGIN { k = split(folders, f, " "); for (i = 1; i <= k; i++) folder[f[i]] = 1 }
    FILENAME == ARGV[1] { there[$0] = 1; sub(/.*\//, ""); there[$0] = 1; next }
    FNR == 1 {
        comment = 0
        kind = FILENAME ~ /\.[ch]$/ ? "c" : FILENAME ~ /\.(sh|bash|am|py)$/ || FILENAME ~ /run$/ ? "script" : "text"
        if (kind == "c" && match($0, /^\/\* [a-z_0-9]+\.[ch] -/)) {
            own = substr($0, 4, RLENGTH - 5); base = FILENAME; sub(/.*\//, "", base)
            if (own != base) { print FILENAME ":1: " own " is not its name"; wrong = 1 }
        }
    }
    kind == "text" || $0 ~ /^[ \t]*#/ && kind == "script" { hear($0); next }
    FILENAME ~ /Makefile\.am$/ { keep($0, "[a-z_0-9/]+[.][ch]", there) }
    kind == "script" { next }
    {
        for (rest = $0; rest != ""; rest = at ? substr(rest, at + 2) : "") {
            at = index(rest, comment ? "*/" : "/*")
            part = at ? substr(rest, 1, at - 1) : rest
            if (comment) hear(part); else learn(part)
            if (at) comment = !comment
        }
    }
    END {
        for (i = 1; i <= n; i++) if (!exists(said[i])) { print where[i] ": " said[i] " is not there"; wrong = 1 }
        exit wrong
    }
    function keep(line, pattern, list) {
        for (; match(line, pattern); line = substr(line, RSTART + RLENGTH)) list[substr(line, RSTART, RLENGTH)] = 1
    }
    function learn(code,    file) {
        if (match(code, /^[ \t]*#[ \t]*include[ \t]*<[^>]*>/)) {
            file = code; gsub(/.*<|>.*/, "", file); sub(/.*\//, "", file); there[file] = 1
        }
        keep(code, "(fl|fanlight)_[A-Za-z0-9_]+", known)
        keep(code, "[A-Za-z_][A-Za-z0-9_]*[(]", known)
    }
    # What matches, unless `left` matches the character before or `right` what comes after.
    function note(text, pattern, left, right,    before, after) {
        for (; match(text, pattern); text = after) {
            before = RSTART > 1 ? substr(text, RSTART - 1, 1) : ""
            after = substr(text, RSTART + RLENGTH)
            if (before ~ left || after ~ right) continue
            said[++n] = substr(text, RSTART, RLENGTH); where[n] = FILENAME ":" FNR
        }
    }
    function hear(text) {
        note(text, "(fl|fanlight)_[a-z0-9_]+[*]?", "[A-Za-z0-9_/.-]", "^([A-Za-z/-]|[.][a-z])")
        if (kind == "c") note(text, "[A-Za-z_][A-Za-z0-9_]*[(][)]", "^$ ", "^$ ")
        note(text, "[A-Za-z0-9_./*-]*[A-Za-z0-9_*-][.](c|h|sh|bash|py|sql|md|cfg|trace|ipynb)", "[$}<~>]",
             "^[A-Za-z0-9_/(-]")
    }
    function exists(name,    stem, k, top) {
        if (name in known || name in there || name ~ /[(]/ && substr(name, 1, length(name) - 1) in known) return 1
        stem = name
        if (sub(/[*].*/, "", stem)) {
            for (k in known) if (index(k, stem) == 1) return 1
            for (k in there) if (index(k, stem) == 1) return 1
            return 0
        }
        if (name ~ /(^|[\/_])([a-z]|[A-Z]+)[.][a-z]+$/) return 1
        if (name !~ /[\/]/) return name !~ /[.](c|h|sh|bash|py)$/ && name ~ /[.]/
        top = name; sub(/\/.*/, "", top)
        return !(top in folder)
    }' "$@"
}

# ---- planted: wrong names among right ones ----
cat >"$work/planted.c" <<'END'
/* right.c - calls fl_there, and see fl_the*, test_x.c and right.sh.
 * Not fl_not_there,
 * nor sim/not_there.h,
 * nor not_there(), but fl_there(). Nor fl_never.
 */
void fl_there(void);
END
echo 'See `docs/not_there.md`, mine.cfg and fl_there.' >"$work/planted.md"
printf 'right.c\nright.sh\n' >"$work/list"
names "$work/list" "$work/planted.c" "$work/planted.md" >"$work/found"
[ "$(sed "s|$work/||" "$work/found" | cut -d: -f1,2 | sort | tr '\n' ' ')" = \
    "planted.c:1 planted.c:2 planted.c:3 planted.c:4 planted.c:4 planted.md:1 " ] ||
    { echo "names.sh: of the wrong names planted these are found:" >&2; cat "$work/found" >&2; exit 1; }

# ---- the sources and documents ----
# shellcheck disable=SC2086
find $folders ! -type d >"$work/list" 2>"$work/none"
{ ls; echo .ci/run; } >>"$work/list"
texts=$(grep -E '\.([ch]|sh|bash|py|sql|md)$' "$work/list" | grep -vE '^tests/(bad|cases)/|^CHANGELOG')
# shellcheck disable=SC2086
names "$work/list" Makefile.am .ci/run $texts >&2 || exit 1
echo "names: all there"
