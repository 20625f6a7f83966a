#!/bin/sh
# fanlight explain, and run --timeline: what they write, and what they refuse.
set -u
. "$SRCDIR/tests/lib/script.sh"
expect 0 "in place, cores 0 to 11" "$f" explain --design ot_10k --model gpt2 --map weights_in_place
expect 0 "54 cores of 10000 inputs and 10000 outputs" "$f" explain --design ot_10k --model gpt2
expect 0 '"runs on": "static"' "$f" explain --design ot_10k --model gpt2 --json
expect 0 "kv_cache,cache," "$f" explain --design digital_300fj --model gpt2 --tensors --csv
expect 0 "operator,kind,times," "$f" explain --design digital_300fj --model gpt2 --csv
expect 1 "give a model" "$f" explain --design ot_10k
expect 1 "no design is called" "$f" explain --design ot_11k --model gpt2
expect 1 "past its end (53 days)" "$f" explain --design slm_bench --model gpt-4q
"$f" run --design ot_10k --model gpt2 --context 16 --quiet --timeline t.json || failed=1
grep -q '"displayTimeUnit"' t.json || { echo "explain.sh: no timeline in t.json" >&2; failed=1; }
expect 1 "nowhere" "$f" run --design ot_10k --model gpt2 --context 16 --quiet --timeline nowhere/t.json
expect 1 "no design" "$f" run --design ot_11k --model gpt2 --timeline never.json
[ "$(ls)" = "err
fanlight.db
out
t.json" ] || { echo "explain.sh: files left behind:" >&2; ls >&2; failed=1; }
exit $failed
