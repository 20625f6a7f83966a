#!/bin/sh
# Notes: what a run, a comparison or a sweep must say stands on stderr, also under --quiet, and in run.notes.
set -u
. "$SRCDIR/tests/lib/script.sh"
ring=$srcdir/tests/cases/machine_ring_bank.cfg

noted() { # TEXT, then a command: it says the note on stderr and nothing else but notes
    text=$1
    shift
    "$@" >out 2>err || complain "$* failed: $(cat err)"
    grep '^note: ' err | grep -qF "$text" || complain "$* does not say \"$text\" but: $(cat err)"
    grep -qv '^note: ' err && complain "$* says more than notes: $(cat err)"
}

dark="auto put nothing on the optical cores: every product runs on the vector unit"
noted "$dark" "$f" run --design "$ring" --model deit-tiny --quiet
noted "$dark" "$f" compare --design "$ring" --model deit-tiny --map auto,digital --quiet
"$f" query --csv "select notes from run" >out
[ "$(grep -cF "$dark" out)" -eq 2 ] || complain "run.notes lack what was said: $(cat out)"

# The same as JSON: the notes are no part of it.
"$f" run --design "$ring" --model deit-tiny --json >out 2>err
grep -qF "note: $dark" err || complain "a run with --json does not note"

cat >small.json <<END
{"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128,
 "max_position_embeddings": 64, "vocab_size": 100, "num_foo": 3}
END
noted "not understood, and left out: num_foo = 3" "$f" run --design ot_10k --model small.json --quiet
noted "99 tokens are beyond the model's maximum of 64" "$f" run --design ot_10k --model small.json --context 99 --quiet
noted "not understood, and left out: num_foo = 3" "$f" trace --model small.json -o small.trace
noted "not understood, and left out: num_foo = 3" "$f" run --design ot_10k --trace small.trace --quiet

cat >sweep.cfg <<END
design = "ot_10k";
model = "gpt2";
context = 16;
mapper = ["digital", "weights_in_place"];
axes = ({ name = "adc"; path = "core[0].adc.energy"; values = ["1 pJ", "2 pJ"]; });
END
noted "set, but of units that did no work in this run: core[0].adc.energy" "$f" sweep sweep.cfg --db sweep.db --quiet
grep -q "^note: 2 of 4 points: " err || complain "a sweep does not say how many points a note is of"

exit $failed
