#!/bin/sh
# fanlight learn and accuracy: rows that scripts read, files, what is refused.
set -u
. "$SRCDIR/tests/lib/script.sh"
small="--task characters --text generated --width 8 --context 16 --steps 20"
# shellcheck disable=SC2086
expect 0 "last_layer" "$f" learn $small --method dfa -o a.net --csv
grep -q '^characters,dfa,1,[0-9.]*,,$' out || complain "no row of dfa"
# shellcheck disable=SC2086
expect 0 - "$f" learn $small --method dfa -o b.net
cmp a.net b.net || complain "the same seed trains another network"
# its head says how it was made, and that makes it again
recipe=$(sed -n 's/^recipe fanlight //p' a.net)
# shellcheck disable=SC2086
expect 0 - "$f" $recipe -o c.net
cmp a.net c.net || complain "the recipe makes another network"

# trained on a machine, with its noise: by the recipe to the bit, too
# shellcheck disable=SC2086
expect 0 - "$f" learn $small --design slm_bench --set core.encoding=dual_rail --photons-per-mac 30 -o noisy.net
cmp -s a.net noisy.net && complain "a design makes no difference to training"
recipe=$(sed -n 's/^recipe fanlight //p' noisy.net)
eval "expect 0 - '$f' $recipe -o again.net"
cmp noisy.net again.net || complain "the recipe with a design makes another network"

# interrupted without warning and let go on: the same network to the bit, and none of the file where all is done
long="--task characters --text generated --width 8 --context 16 --steps 400 --method dfa --noise 0.3 --decay 0.5 --only"
long="$long --design slm_bench --set core.encoding=dual_rail --photons-per-mac 30"
# shellcheck disable=SC2086
expect 0 - "$f" learn $long -o whole.net --csv
[ "$(wc -l <out)" -eq 2 ] || complain "--only tells other rows"
# shellcheck disable=SC2086
"$f" learn $long --checkpoint state -o resumed.net >out 2>err &
for _ in $(seq 1000); do [ ! -e state ] || break; sleep 0.02; done
kill -9 $! && wait $! 2>/dev/null
[ -e state ] && [ ! -e resumed.net ] || complain "was not interrupted"
rm -f resumed.net.* state.[0-9]*
done=$(sed -n 's/^step //p' state)
sed "s/^step $done\$/step $((done + 50))/" state >ahead
sed 's/^text ..../text 0000/' state >text
head -c 3000 state >short
# shellcheck disable=SC2086
{
    expect 0 - "$f" learn $long --checkpoint state -o resumed.net
    cmp whole.net resumed.net || complain "interrupted at step $done, training makes another network"
    [ ! -e state ] || complain "the checkpoint stays"
    expect 0 - "$f" learn $long --checkpoint ahead -o ahead.net
    cmp -s whole.net ahead.net && complain "what the checkpoint says makes no difference"
    told "was trained on another text" "$f" learn $long --checkpoint text
    told "damaged" "$f" learn $long --checkpoint short
    told "is of another training" "$f" learn $long --seed 2 --checkpoint short
    told 'its line "fanlight-training" is missing' "$f" learn $long --checkpoint a.net
    told "no/state: cannot be written" "$f" learn $long --checkpoint no/state
    told "where the network goes" "$f" learn $long --checkpoint a.net -o a.net
    told "not kept" "$f" learn $long --opu slm_bench --checkpoint state
}
told "is for characters" "$f" learn --task letters --checkpoint state
told "is for characters" "$f" learn --task graph --decay 1
recipe=$(sed -n 's/^recipe fanlight //p' whole.net)
case $recipe in *' --decay 0.5 '*) ;; *) complain "the recipe leaves the decay out: $recipe" ;; esac

expect 0 '"arithmetic": "optical"' "$f" accuracy --design slm_bench --net ./a.net --windows 16 --json
expect 0 "8 bits" "$f" accuracy --design ot_10k --net generated-16 --windows 16 --seeds 2

# points in a database: every value with every light, in order, each with its run, its joules and its deviation
expect 0 "photons/MAC" "$f" accuracy --design slm_bench --net ./a.net --windows 8 --seeds 2 --set core.encoding=dual_rail \
    --vary core.adc.range=3,4 --vary core.adc.energy=1pJ,2pJ --photons-per-mac 10 --photons-per-mac 100 --db points.db
[ "$(grep -c '^a  *core.adc.range=[34] core.adc.energy=[12]pJ ' out)" -eq 8 ] || complain "not eight points: $(cat out)"
value() { "$f" query --db points.db --csv "$1" | tail -n 1; }
[ "$(value "select count(*), count(distinct run), sum(arithmetic = 'optical' and sigma > 0 and j_per_token > 0 and photons_per_mac > 0 and
    encoding = 'dual_rail' and input_bits = 8), sum(training_seed = 1 and variant = 'dfa' and width = 8) from accuracy_summary")" = 32,8,8,32 ] ||
    complain "the points are not as asked: $("$f" query --db points.db "select * from accuracy_summary")"
[ "$(value "select min(number), max(number), count(*) from accuracy_setting where name = 'core.adc.energy'")" = 1000,2000,8 ] ||
    complain "an energy is not kept in fJ: $("$f" query --db points.db "select * from accuracy_setting")"
[ "$(value "select count(*) from accuracy_summary a join run_summary r using (run) where a.j_per_token = r.j_per_token")" -eq 8 ] ||
    complain "other joules than the run's"
[ "$(value "select count(*) from accuracy_summary where arithmetic = 'noiseless' and over_noiseless = 1")" -eq 8 ] ||
    complain "noiseless is not the measure of noise"
"$f" plot --db points.db accuracy-light -o points.csv && [ "$(grep -c '^"a, core.adc.energy=[12]pJ core.adc.range=[34]",' points.csv)" -eq 8 ] &&
    head -n 1 points.csv | grep -qx 'series,photons detected for a product,perplexity,+-' || complain "accuracy-light: $(cat points.csv)"
"$f" plot --db points.db accuracy-key --axis core.adc.energy -o key.csv && grep -q '^"a, core.adc.range=4, 100 photons",2000,' key.csv ||
    complain "accuracy-key: $(cat key.csv)"
"$f" plot --db points.db accuracy-energy -o key.gp && grep -q 'with yerrorbars' key.gp || complain "no bars of error"
expect 0 "What networks reach" "$f" report --db points.db --by accuracy
[ "$(grep -c ' a  *dfa  *dual_rail ' out)" -eq 8 ] || complain "report --by accuracy: $(cat out)"
"$f" run --design slm_bench --model gpt2 --context 8 --db both.db --quiet && "$f" merge both.db points.db >out 2>err || complain "no merge: $(cat err)"
[ "$("$f" query --db both.db --csv "select count(*) from accuracy_summary" | tail -n 1)" -eq 32 ] || complain "merging loses points"
told "is not KEY=VALUE" "$f" accuracy --net generated-16 --vary core.adc.range
told "has an empty value" "$f" accuracy --net generated-16 --vary core.adc.range=3,,4
told 'no key "rang"; did you mean "range"?' "$f" accuracy --net generated-16 --vary core.adc.rang=3
told 'has nothing to draw for "accuracy-light"' "$f" plot --db both.db accuracy-light --run 1 -o x.csv

# networks of layers: what is learnt is what the file does, whoever computes it; the recipe makes it again
expect 0 "bp" "$f" learn --task letters --width 16 --steps 30 -o l.net --csv
told=$(sed -n 's/^letters,bp,1,,\([0-9.]*\),.*/\1/p' out)
recipe=$(sed -n 's/^recipe fanlight //p' l.net)
# shellcheck disable=SC2086
expect 0 - "$f" $recipe -o m.net
cmp l.net m.net || complain "the recipe makes another network of layers"
for jobs in 1 3; do
    "$f" accuracy --design slm_bench --net ./l.net --set core.encoding=dual_rail --set core.adc.range=4 --photons-per-mac 2 \
        --jobs $jobs --csv >rows.$jobs || complain "letters do not go through the light"
done
cmp rows.1 rows.3 || complain "threads change letters"
[ "$(awk -F, '$3 == "exact" { print $14 }' rows.1)" = "$told" ] || complain "learn told $told: $(cat rows.1)"
awk -F, '$3 == "optical" { exit !($14 > 0.1 && $14 < told && $9 > 0 && $12 == 2000) }' told="$told" rows.1 || complain "letters in little light: $(cat rows.1)"
expect 0 " %" "$f" accuracy --design ot_10k --net letters-64
told "leave it out" "$f" accuracy --design ot_10k --net letters-64 --windows 9
told "no network of layers" "$f" learn --task letters --method elm -o d.net
sed 's/^widths 144 16 16 26$/widths 144 16 16 25/' l.net >wrong.net
told "bytes behind" "$f" accuracy --net ./wrong.net
sed 's/^widths 144 16 16 26$/widths 144 16 0 26/' l.net >wrong.net
told 'wrong.net:3: "144 16 0 26" is no list' "$f" accuracy --net ./wrong.net
sed 's/^task letters$/task lettres/' l.net >wrong.net
told 'wrong.net:2: no task "lettres"' "$f" accuracy --net ./wrong.net

# digits by their patches: a Transformer learns them, the last layer alone does not; through the light, too
expect 0 "bp" "$f" learn --task digits --width 16 --steps 200 -o v.net --csv
told=$(sed -n 's/^digits,bp,1,,\([0-9.]*\),.*/\1/p' out) top=$(sed -n 's/^digits,last_layer,1,,\([0-9.]*\),.*/\1/p' out)
awk "BEGIN { exit !($told > 0.55 && $told > $top + 0.2) }" || complain "digits are not learnt: $(cat out)"
recipe=$(sed -n 's/^recipe fanlight //p' v.net)
# shellcheck disable=SC2086
expect 0 - "$f" $recipe --only --checkpoint state -o again.net
cmp v.net again.net || complain "the recipe makes another network of digits"
for jobs in 1 3; do
    "$f" accuracy --design slm_bench --net ./v.net --set core.encoding=dual_rail --set core.adc.range=4 --photons-per-mac 3 \
        --jobs $jobs --csv >rows.$jobs || complain "digits do not go through the light"
done
cmp rows.1 rows.3 || complain "threads change digits"
[ "$(awk -F, '$3 == "exact" { print $14 }' rows.1)" = "$told" ] || complain "learn told $told: $(cat rows.1)"
awk -F, '$3 == "optical" { exit !($14 > 0.2 && $14 < told && $9 > 0 && $12 == 1000) }' told="$told" rows.1 || complain "digits in little light: $(cat rows.1)"
told "is not for digits" "$f" learn --task digits --context 9
told "is not for letters" "$f" learn --task letters --text generated
told "not learnt by elm" "$f" learn --task digits --method elm
sed 's/^patch 9$/patch 8/' v.net >wrong.net
told "bytes behind" "$f" accuracy --net ./wrong.net
grep -av '^patch' v.net >wrong.net
told "its head has no patch" "$f" accuracy --net ./wrong.net
sed 's/^width 8$/width 8\npatch 3/' a.net >wrong.net
told "text has none" "$f" accuracy --net ./wrong.net

# a bench of 40 detectors: numbers by a formula, with a hidden gain, offset, error of each detector and noise
awk 'BEGIN { srand(77); print "when,output,wanted,got"
    for (i = 0; i < 4000; i++) { o = i % 40; if (i < 40) s[o] = 0.12 * (rand() + rand() + rand() - 1.5)
        w = 2 * rand() - 1; n = 0.2 * (rand() + rand() + rand() - 1.5)
        printf "%d,d%d,%.9g,%.9g\n", i, o, w, 3.25 + 0.62 * w + s[o] + n } }' >pairs.csv
expect 0 "--systematic 0.1" "$f" calibrate pairs.csv
grep -q "4000 pairs of 40 outputs" out || complain "not all pairs: $(cat out)"
expect 0 - "$f" calibrate pairs.csv --csv
awk -F, '$1 == "gain" { g = $2 / 0.62 } $1 == "offset" { o = $2 / 3.25 } $1 == "noise" { n = $2 / 0.1 } $1 == "systematic" { s = $2 / 0.06 }
    END { exit !(g > 0.99 && g < 1.01 && o > 0.99 && o < 1.01 && n > 0.9 && n < 1.1 && s > 0.6 && s < 1.5) }' out || complain "not the hidden chain: $(cat out)"
cut -d, -f3,4 pairs.csv >nameless.csv
expect 0 "a column \`output\` would part them" "$f" calibrate nameless.csv
printf '\357\273\277wanted , got\r\n1,2\r\n\r\n# said\r\n2,3\r\n' >few.csv
told "few.csv: has 2 pairs; measure at least 10" "$f" calibrate few.csv
printf 'wanted,got,output\n1,2,a\n1,x,a\n3\n1,1,\nnan,1,b\n' >wrong.csv
told 'wrong.csv:3: "x" is no number' "$f" calibrate wrong.csv
for fault in 'wrong.csv:4: ends before its column "got"' 'wrong.csv:5: has no output' 'wrong.csv:6: "nan" is no number'; do
    grep -qF "$fault" err || complain "not told: $fault"
done
printf 'want,got\n1,2\n' >wrong.csv
told 'wrong.csv:1: no column "wanted"' "$f" calibrate wrong.csv
printf 'wanted,got,got\n1,2,3\n' >wrong.csv
told 'two columns are called "got"' "$f" calibrate wrong.csv
: >wrong.csv
told "wrong.csv: is empty" "$f" calibrate wrong.csv
told "No such file" "$f" calibrate nowhere.csv
told "wrong.csv" "$f" calibrate wrong.csv --json
awk 'BEGIN { print "wanted,got"; for (i = 0; i < 50; i++) print i ",x" }' >wrong.csv
told "wrong.csv: and 30 faults more" "$f" calibrate wrong.csv

# errors projected by a design's light: by the recipe to the bit, and another network than with exact projections
for method in dfa two_pass; do
    expect 0 - "$f" learn --task letters --width 4 --steps 3 --method $method -o exact.net
    expect 0 - "$f" learn --task letters --width 4 --steps 3 --method $method --opu slm_bench --opu-set core.encoding=dual_rail \
        --opu-photons-per-mac 2 -o lit.net
    cmp -s exact.net lit.net && complain "light projects as arithmetic does"
    recipe=$(sed -n 's/^recipe fanlight //p' lit.net)
    eval "expect 0 - '$f' $recipe -o again.net"
    cmp lit.net again.net || complain "the recipe with an OPU makes another network"
done
# shellcheck disable=SC2086
expect 0 "dfa_ternary" "$f" learn $small --method dfa_ternary --opu slm_bench --opu-set core.encoding=dual_rail
told "no method projects" "$f" learn --task letters --opu slm_bench
told "name it with --opu" "$f" learn --task letters --method dfa --opu-photons-per-mac 3
told "not on optical cores" "$f" learn --task letters --method dfa --opu digital_300fj
told "this design reads squares" "$f" learn --task letters --method dfa --opu pelm_72 --opu-set core.slm.columns=64 --opu-set core.slm.rows=64

# V and tolerated errors, of every layer and all together; a kind alone tolerates more than all
expect 0 - "$f" tolerance --net generated-16 --windows 16 --layers --csv
awk -F, 'NR == 1 { next } $1 == "all" { all = $8; if (!($8 > 0.02 && $9 > $8 && $10 > $11)) bad = 1; next }
    { rows++; if ($2 == "" && !($4 >= $5 && $4 <= $6)) bad = 1; if ($2 == "") { kinds++; if ($8 < least || least == "") least = $8 } }
    END { exit !(rows == 19 && kinds == 7 && all < least && !bad) }' out || complain "tolerance: $(cat out)"
# excess goes as the squared error and adds up: 1 / error^2 of a kind of operator is the sum over its layers
awk -F, '$2 == "" { whole[$1] = 1 / $8 ^ 2 } $2 ~ /^[0-9]+$/ { sum[$1] += 1 / $8 ^ 2; layers++ }
    END { for (k in sum) if (sqrt(whole[k] / sum[k]) > 1.12 || sqrt(whole[k] / sum[k]) < 0.88) bad = bad " " k; print bad; exit !(layers == 12 && bad == "") }' out >bad ||
    complain "errors of layers do not add up to those of:$(cat bad)"
"$f" tolerance --net generated-16 --windows 16 --layers --csv --jobs 3 >threads
cmp out threads || complain "threads change tolerance"
# attention, feed-forward layers and head on benches of their own: a mapping file says which, and the light of one is its own
apart="--design $srcdir/examples/light_apart.cfg --map $srcdir/examples/light_apart.map"
for error in 0.06 0.5; do
    # shellcheck disable=SC2086
    expect 0 optical "$f" accuracy $apart --net generated-16 --windows 8 --set "core[2].source.error=$error" --csv
    awk -F, '$3 == "optical" { print $4, $7 }' out >>head.light
done
awk 'NR == 1 { p = $1; n = $2 } END { exit !($1 > 1.1 * p && $2 < n) }' head.light || complain "the head has no light of its own: $(cat head.light)"
# shellcheck disable=SC2086
expect 0 - "$f" precision $apart --model gpt2 --context 8 --csv
awk -F, '{ on[$1 " " $2]++ } END { exit !(on["logits head"] && on["ffn_up feed_forward"] && on["qkv attention"]) }' out || complain "precision by a mapping file: $(cat out)"

# a light for each part: no more in all than one light for all needs, and what is tolerated alone is more than all
expect 0 - "$f" tolerance --net generated-16 --windows 16 --parts --csv
awk -F, 'NR == 1 { next } $1 == "all" { all = $10; error = $8 } $1 ~ /^(attention|attention_scores|ffn|head)$/ { parts++; if (!($8 > error && $10 > 0)) bad = 1 }
    $1 == "apart" { apart = $10 } $3 != "" && !($12 > 1 && $13 > 1) { bad = 1 } END { exit !(parts == 4 && apart > 0 && apart < 1.02 * all && !bad) }' out ||
    complain "tolerance of parts: $(cat out)"
told "continue text" "$f" tolerance --net letters-64
told "config.json" "$f" tolerance --net .
told "is for published models" "$f" tolerance --net generated-16 --context 12
told "No such file" "$f" tolerance --net ./nowhere.net

told "no network \"generated-17\"; did you mean" "$f" accuracy --design ot_10k --net generated-17
told "no design is called" "$f" accuracy --design ot_11k --net generated-16
told "wordnet-base" "$f" learn --task graph --wordnet /nowhere
told "wordnet-base" "$f" accuracy --design ot_10k --net generated-16 --text wordnet --wordnet /nowhere
told "no number from" "$f" accuracy --design ot_10k --net generated-16 --photons-per-mac many
told "less than one photon" "$f" accuracy --design ot_10k --net generated-16 --photons-per-mac 0.0001
told "no product of generated-16 is on optical cores" "$f" accuracy --design ot_10k --net generated-16 --map digital \
    --photons-per-mac 10
told "not learnt by elm" "$f" learn --task characters --method elm
told "heads do not divide" "$f" learn --task characters --width 65
told "only networks for characters" "$f" learn --task letters --design slm_bench
told "name it with --design" "$f" learn --task characters --photons-per-mac 3
[ ! -e d.net ] || complain "a file of a failed command stays"
head -c 3000 a.net >short.net
told "bytes behind" "$f" accuracy --net ./short.net
echo hello >word.net
told "no network: its first line" "$f" accuracy --net ./word.net
sed 's/^width 8$/width eight/' a.net >wrong.net
told "wrong.net:5: \"eight\" is no whole number" "$f" accuracy --net ./wrong.net
echo short >short.txt
told "too little text" "$f" accuracy --net generated-16 --text ./short.txt
exit $failed
