#!/bin/sh
# Networks are trained and run to the same bits by every compiler, at every optimization, with every vector width.
set -u
. "$SRCDIR/tests/lib/script.sh"

# What the program needs of the library.
sources=
for part in learn/adam learn/detect learn/draw learn/expose learn/gemm learn/neighbours learn/optics learn/product learn/rows \
    learn/text learn/transformer learn/transformer_back phys/bits phys/encoding phys/noise phys/operand phys/photons phys/precision phys/squared \
    phys/channels \
    phys/random base/arena base/err base/file base/memory base/whole; do
    sources="$sources $srcdir/$part.c"
done

build() { # NAME COMPILER FLAGS...
    name=$1
    shift
    # shellcheck disable=SC2086
    "$@" -std=c11 -ffp-contract=off -D_XOPEN_SOURCE=700 -I"$srcdir" "$srcdir/tests/lib/learn_bits.c" \
        $sources -lm -o "$name" >out 2>err ||
        { complain "cannot be built: $*"; return; }
    "./$name" >"$name.bits" || complain "does not run: $*"
    [ ! -f first.bits ] || cmp -s first.bits "$name.bits" || { complain "other bits: $*"; diff first.bits "$name.bits" >&2; }
}

build first gcc -O1
[ "$(wc -l <first.bits)" -eq 5 ] || complain "the program does not tell its five results"
# FAST: one other is enough.
clang=$(command -v clang || true)
if [ -n "$clang" ]; then
    build second clang -O2
fi
if [ -z "$clang" ] || [ -z "${FL_FAST:-}" ]; then
    build third gcc -O3
fi
exit $failed
