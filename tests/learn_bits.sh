#!/bin/sh
# Networks are trained and run to the same bits by every compiler, at every optimization, with every vector width.
set -u
. "$SRCDIR/tests/lib/script.sh"

build() { # NAME COMPILER FLAGS...
    name=$1
    shift
    # shellcheck disable=SC2086
    "$@" -std=c11 -ffp-contract=off -D_XOPEN_SOURCE=700 -I"$srcdir" "$srcdir/tests/lib/learn_bits.c" \
        "$srcdir"/learn/adam.c "$srcdir"/learn/draw.c "$srcdir"/learn/expose.c "$srcdir"/learn/gemm.c \
        "$srcdir"/learn/optics.c "$srcdir"/learn/rows.c "$srcdir"/learn/text.c "$srcdir"/learn/transformer*.c \
        "$srcdir"/learn/product.c "$srcdir"/phys/*.c "$srcdir"/base/*.c -lm -o "$name" >out 2>err ||
        { complain "cannot be built: $*"; return; }
    "./$name" >"$name.bits" || complain "does not run: $*"
    [ ! -f first.bits ] || cmp -s first.bits "$name.bits" || { complain "other bits: $*"; diff first.bits "$name.bits" >&2; }
}

build first gcc -O1
[ "$(wc -l <first.bits)" -eq 4 ] || complain "the program does not tell its four results"
build third gcc -O3
if command -v clang >/dev/null; then
    build second clang -O2
fi
exit $failed
