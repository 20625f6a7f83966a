#!/bin/sh
# judge.sh - tests/same_rows.bash must find a build equal to itself, and must see what it is there to see: a price, a time,
# a refusal that is another's.
. "$SRCDIR/tests/lib/script.sh"
command -v bash >bash.path || { echo "judge.sh: no bash, not tried"; exit 77; }

# A build with a fault: options that its runs get besides.
faulty() { # NAME OPTIONS
    printf '#!/bin/sh\nfirst=$1\nshift\n[ "$first" = run ] && exec "%s" run "$@" %s\nexec "%s" "$first" "$@"\n' "$f" "$2" "$f" >"$1"
    chmod +x "$1"
}
faulty price '--set core[0].dac.energy="1.001 pJ"'
faulty time '--set vector.lanes=2047'
faulty refusal '--set clocks.core=abc'

expect 0 "identical rows: 1 jobs, 0 of them refused" bash "$srcdir/tests/same_rows.bash" "$f" "$f" 'free_space_1k gpt2 --context 64'
expect 1 "price differs" bash "$srcdir/tests/same_rows.bash" "$f" ./price 'free_space_1k gpt2 --context 64'
expect 1 "operator differs" bash "$srcdir/tests/same_rows.bash" "$f" ./time 'free_space_1k gpt2 --context 64'
expect 1 "what is refused differs" bash "$srcdir/tests/same_rows.bash" "$f" ./refusal 'free_space_1k gpt2 --context 64'
expect 1 "no job fits" bash "$srcdir/tests/same_rows.bash" "$f" "$f" 'no such job'
exit $failed
