#!/bin/sh
# bad_inputs.sh - every bad input in tests/bad through the program itself: exit code 1, the expected words and no
# others, each naming file and line or key; nothing stored, nothing left behind. A sanitizer's report or a crash has
# an exit code of its own.
#
# What is expected stands in the designs themselves (lines "#! ..."), and in expected.txt of the other folders; in
# training/ that has the commands, too.
set -u
ASAN_OPTIONS=exitcode=99
UBSAN_OPTIONS=exitcode=99
FL_DESIGNS=/nonexistent
export ASAN_OPTIONS UBSAN_OPTIONS FL_DESIGNS
f=$FANLIGHT
bad=$(cd "$SRCDIR/tests/bad" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0 files=0 faults=0 runs=0

complain() {
    echo "bad_inputs.sh: $*" >&2
    sed 's/^/    /' "$work/out" "$work/err" >&2
    failed=1
}

# told COMMAND...: it exits with 1 and says what $work/wanted says; "..." stands for the rest of a line
told() {
    "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
    runs=$((runs + 1))
    [ $code -eq 1 ] || complain "exit code $code: $*"
    [ ! -s "$work/out" ] || complain "something on standard output: $*"
    sed 's|^\./||' "$work/err" |
        awk 'NR == FNR { wanted[++n] = $0; next }
             { length_ = length(wanted[++m]); open_ = substr(wanted[m], length_ - 2) == "..."
               if (open_ ? substr($0, 1, length_ - 3) != substr(wanted[m], 1, length_ - 3) : $0 != wanted[m]) bad = 1 }
             END { exit bad || n != m }' "$work/wanted" - || complain "other words than expected: $*"
}

# expected FILE: what its folder's list says of it
expected() {
    awk -v file="$1" 'index($0, file ":") == 1 && substr($0, length(file) + 2, 1) ~ /[0-9 ]/' expected.txt >"$work/wanted"
    [ -s "$work/wanted" ] || complain "nothing is expected of $1"
}

counted() {
    files=$((files + 1))
    faults=$((faults + $(wc -l <"$work/wanted")))
    grep -qvE '^[^ ]+\.[a-z]+(:[0-9]+)?: ' "$work/wanted" && complain "no file is named: $(cat "$work/wanted")"
}

cd "$bad/designs" || exit 1
for design in *.cfg; do
    sed -n 's/^#! //p' "$design" >"$work/wanted"
    told "$f" check "$design"
    told "$f" run --design "$design" --model gpt2 --db "$work/never.db"
    counted
done
cd "$bad/traces" || exit 1
for trace in *.trace *.csv; do
    expected "$trace"
    case $trace in
    *.csv) told "$f" trace --gemm-csv "$trace" -o "$work/never.trace" ;;
    *) told "$f" trace --trace "$trace" -o "$work/never.trace"
       told env -u FL_DESIGNS "$f" run --trace "$trace" --db "$work/never.db" ;;
    esac
    counted
done
cd "$bad/models" || exit 1
for model in *.json; do
    expected "$model"
    told "$f" trace --model "./$model" -o "$work/never.trace"
    told env -u FL_DESIGNS "$f" run --model "./$model" --db "$work/never.db"
    counted
done
# Commands ("$ fanlight ...") with what they say below, indented.
cd "$bad/training" || exit 1
steps=0
while IFS= read -r line; do
    case $line in
    '$ fanlight '*) steps=$((steps + 1)); printf '%s\n' "${line#'$ fanlight '}" >"$work/step.$steps"; : >"$work/says.$steps" ;;
    '  '*) printf '%s\n' "${line#  }" >>"$work/says.$steps" ;;
    esac
done <expected.txt
i=0
while [ $i -lt $steps ]; do
    i=$((i + 1))
    cp "$work/says.$i" "$work/wanted"
    [ -s "$work/wanted" ] || complain "nothing is expected of $(cat "$work/step.$i")"
    eval "told env -u FL_DESIGNS \"\$f\" $(cat "$work/step.$i") --db \"\$work/never.db\""
    faults=$((faults + $(wc -l <"$work/wanted")))
done
for left in "$work"/never*; do
    [ ! -e "$left" ] || complain "left behind: $left"
done
[ $files -ge 130 ] || complain "only $files bad inputs are left"
[ $steps -ge 40 ] || complain "only $steps bad steps of training are left"
[ $failed -eq 0 ] && echo "bad inputs: $files files and $steps steps of training, $faults faults, each told by file and line or key in $runs runs"
exit $failed
