#!/bin/sh
# library.sh - the installed library: one header, for C and C++, that offers fanlight_... and no more; a program
# found through pkg-config that gives what `fanlight run` gives; the man page and the shell's completion.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
complain() {
    echo "library.sh: $*" >&2
    failed=1
}
(cd "$BUILDDIR" && "$MAKE" -s install DESTDIR="$work/root") >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    complain "make install fails"
    exit 1
}
installed() { find "$work/root" -path "*/$1" | head -n 1; }
for file in bin/fanlight include/fanlight.h lib*/pkgconfig/fanlight.pc man/man1/fanlight.1 \
    bash-completion/completions/fanlight designs/free_space_1k.cfg models/gpt2.json devices/hbm2.cfg \
    doc/fanlight/docs/library.md doc/fanlight/examples/minimal.c; do
    [ -n "$(installed "$file")" ] || complain "not installed: $file"
done
[ "$(find "$work/root" -name '*.h' | wc -l)" -eq 1 ] || complain "more than one header is installed"

pc=$(dirname "$(installed 'pkgconfig/fanlight.pc')")
PKG_CONFIG_PATH=$pc${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH} PKG_CONFIG_SYSROOT_DIR=$work/root
FL_DESIGNS=$(dirname "$(installed designs/free_space_1k.cfg)")
FL_MODELS=$(dirname "$(installed models/gpt2.json)")
FL_DEVICES=$(dirname "$(installed devices/hbm2.cfg)")
LD_LIBRARY_PATH=$(dirname "$pc")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR FL_DESIGNS FL_MODELS FL_DEVICES LD_LIBRARY_PATH
[ -z "$(installed libfanlight.so)" ] || nm -D --defined-only "$(installed libfanlight.so)" |
    awk '$2 ~ /[A-Z]/ && $3 !~ /^fanlight_/ { print "library.sh: the library offers " $3; bad = 1 } END { exit bad }' ||
    failed=1

# No global that could change: two simulations would meet in it. (Sanitizers add some of theirs.) A thread's innermost
# guard is no global: each thread has its own.
[ -n "$SANITIZE_CFLAGS" ] || size -A "$(installed libfanlight.a)" |
    awk '/^[A-Za-z_0-9-]*\.o / { object = $1 }
         object ~ /memory\.o$/ && $1 == ".tbss" && $2 == 8 { next }
         ($1 == ".data" || $1 == ".bss" || $1 == ".tdata" || $1 == ".tbss") && $2 > 0 {
             print "library.sh: " object " has " $2 " bytes of mutable globals"; bad = 1 }
         END { exit bad }' || failed=1

# The header by itself, strictly.
flags=$(pkg-config --cflags fanlight) || complain "pkg-config does not find it"
printf '#include <fanlight.h>\nconst char *version(void);\nconst char *version(void) { return fanlight_version(); }\n' \
    >"$work/alone.c"
# shellcheck disable=SC2086
$CC -std=c99 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror $flags -c "$work/alone.c" -o "$work/alone.o" ||
    complain "the header alone does not compile as C"

# Every record of the header has a size that is told, and the functions that take sizes are those without them.
{
    printf '#include <fanlight.h>\nint main(void)\n{\n    int bad = fanlight_abi() != FANLIGHT_ABI;\n'
    sed -n 's/^struct \([a-z_]*\) {.*/\1/p' "$SRCDIR/api/fanlight.h" | while read -r record; do
        printf '    if (fanlight_sizeof("%s") != sizeof(struct %s)) bad = 1, puts("%s");\n' "$record" "$record" "$record"
    done
    printf '    return bad || fanlight_sizeof("fl_records") != 0;\n}\n'
} >"$work/sizes.c"
[ "$(grep -c fanlight_sizeof "$work/sizes.c")" -gt 12 ] || complain "hardly a record in the header"

# build NAME SOURCE COMPILER FLAGS...: a program against what is installed, shared or not
build() {
    name=$1 source=$2
    shift 2
    libraries=$(pkg-config --libs $static fanlight)
    # shellcheck disable=SC2086
    "$@" $SANITIZE_CFLAGS $flags "$source" $libraries -o "$work/$name" || complain "does not build: $name"
}
[ -n "$(installed libfanlight.so)" ] && static= || static=--static
build minimal "$SRCDIR/examples/minimal.c" $CC -std=c99 -Wall -Wextra -Wpedantic
said=$("$work/minimal" gpt2) || complain "minimal fails"
ran=$("$FANLIGHT" run --model gpt2 --context 256 --set 'core[0].adc.share=4' --quiet \
    --db "$work/run.db" && "$FANLIGHT" query --db "$work/run.db" --csv \
    "select printf('latency %.4g us, energy %.4g mJ', latency_s * 1e6, energy_j * 1e3) as said from run_summary")
[ "$(echo "$ran" | sed '1d;s/"//g')" = "$said" ] || complain "minimal says \"$said\", the program $ran"
grep -qF "It prints \`$said\`" "$SRCDIR/docs/library.md" || complain "docs/library.md does not show: $said"
build sizes "$work/sizes.c" $CC -std=c99 -Wall -Wextra -Wpedantic
"$work/sizes" || complain "sizes of records are not told right"

# Statically all the way: no more is needed than pkg-config says. (Sanitizers cannot be linked so.)
if [ -z "$SANITIZE_CFLAGS" ]; then
    # shellcheck disable=SC2046,SC2086
    $CC -static $flags "$SRCDIR/examples/minimal.c" $(pkg-config --static --libs fanlight) -o "$work/static" \
        2>"$work/log" || { cat "$work/log"; complain "pkg-config --static does not say all that is needed"; }
    [ "$("$work/static" gpt2)" = "$said" ] || complain "linked statically, minimal says something else"
fi
# The library does not start, nor want, the program's MPI.
for library in $(installed 'libfanlight.so') $(installed 'libfanlight.a'); do
    nm "$library" 2>"$work/log" | grep -q ' MPI_' && complain "$library speaks MPI"
done
pkg-config --static --libs fanlight | grep -q mpi && complain "pkg-config wants MPI for the library"
awk '/^```/ { inside = $0 == "```c" && !shown++; next } inside' "$SRCDIR/docs/library.md" |
    cmp - "$SRCDIR/examples/minimal.c" || complain "docs/library.md shows another minimal.c"
"$work/minimal" gpt99 >"$work/out" 2>"$work/err" && complain "a model that is not there is no fault"
[ ! -s "$work/out" ] && grep -q 'gpt99' "$work/err" || complain "the fault does not name the model"

case $CC in *clang*) cxx=clang++ ;; *) cxx=g++ ;; esac
if command -v $cxx >/dev/null; then
    cat >"$work/plus.cc" <<'EOF'
#include <fanlight.h>
#include <string>
static void add(void *context, const fl_component *c) { *static_cast<double *>(context) += c->total_j; }
int main()
{
    fl_request ask{};
    fl_err *err = fanlight_err_new();
    fl_result *result = nullptr;
    fl_summary sum;
    double all = 0;
    ask.model = "gpt2";
    ask.work.context = 16;
    bool ok = fanlight_run(&ask, &result, err) && fanlight_summary(result, &sum, err) &&
              fanlight_components(result, add, &all, err) && all > 0.999 * sum.energy_j && all < 1.001 * sum.energy_j;
    std::string why = fanlight_err_text(err);
    fanlight_free(result);
    fanlight_err_free(err);
    return ok && why.empty() ? 0 : 1;
}
EOF
    build plus "$work/plus.cc" $cxx -std=c++11 -Wall -Wextra -Wpedantic
    "$work/plus" || complain "the library does not work from C++"
    build share "$SRCDIR/examples/share.cc" $cxx -std=c++11 -Wall -Wextra -Wpedantic
    "$work/share" gpt2 >"$work/out" || complain "examples/share.cc fails"
    awk '/^```text/ { inside = 1; next } /^```/ { inside = 0 } inside' "$SRCDIR/docs/library.md" | cmp - "$work/out" ||
        { cat "$work/out"; complain "docs/library.md shows something else than examples/share.cc gives"; }
    # four to a converter is what minimal asked for, too
    [ "$(awk '$1 == 4 { print "latency " $2 " us, energy " $3 " mJ" }' "$work/out")" = "$said" ] ||
        complain "share.cc and minimal.c disagree"
    "$work/share" gpt99 >"$work/out" 2>"$work/err" && complain "share.cc: a model that is not there is no fault"
    grep -q 'gpt99' "$work/err" || complain "share.cc: the fault does not name the model"
fi
exit $failed
