#!/bin/sh
# tilings.sh - tilings side by side: what `fanlight compare` tells is what its runs stored; the search is never worse
# than a named strategy; a mapping it wrote comes back as the same rows; and the table of docs/tilings.md is what comes
# out now.
#
#     FANLIGHT=fanlight sh tests/tilings.sh table      writes that table
set -u
f=$FANLIGHT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
db=$work/runs.db
status=0

complain() {
    echo "tilings.sh: $*" >&2
    status=1
}

# ---- the search beside the best named strategy ----

# all designs but three, of which searches take longest and find hardly more than is the best strategy by name; one alone
# by FAST=1
designs=$("$f" list designs --csv | awk -F, 'NR > 1 && $1 !~ /^(netcast|pcm_crossbar|homodyne_256)$/ { print $1 }')
case "${FL_FAST:-0}" in 0 | '') of='' ;; *) designs=free_space_1k of='| free_space_1k' ;; esac

# "design model objective tiling seconds joules others", one line of all and the seconds of work that is no product.
sums() { # design, model, objective, which may have spaces turned to _; then options of compare
    at="$1 $2 $3" objective=$3
    shift 3
    [ "$objective" = - ] && objective=latency
    "$f" compare "$@" --objective "$objective" --csv --db "$db" | awk -F, -v at="$at" '
        $1 == "(all)" { tiling[++n] = $2; all[n] = $4 " " $5 }
        $1 == "(other)" { others[$2] = $4 }
        END { for (i = 1; i <= n; i++) print at, tiling[i], all[i], others[tiling[i]] + 0 }'
}

# Every named strategy (objective -) and the search for each objective.
tilings_of() { # design, model; then options of compare
    named=$1 model=$2
    shift 2
    sums "$named" "$model" - --map weights_in_place,weight_stationary,output_stationary,input_stationary,digital "$@"
    for goal in latency energy edp; do
        sums "$named" "$model" $goal --map search "$@"
    done
}

tilings() {
    for model in gpt2 bert-large; do
        "$f" trace --model $model | sed -E 's/^ +(linear|matmul) .*/& placed=optical/' >"$work/$model.trace"
    done
    for design in $designs; do
        for model in gpt2 bert-large; do
            tilings_of "$design" $model --design "$design" --model $model
        done
        case $design in
        *_bench)
            for model in gpt2 bert-large; do
                tilings_of "$design,_optical" $model --design "$design" --trace "$work/$model.trace"
            done
            ;;
        esac
    done
}

# From these: the table. What search finds must not be worse.
table() {
    awk '
    function si(value, unit,    prefix, i) {
        if (value == 0)
            return "0 " unit
        split("k,1,m,u,n,p", prefix, ",")
        for (i = 1; i < 6 && value < 0.9995 * 1000 ^ (2 - i); i++)
            continue
        return sprintf("%.3g %s%s", value / 1000 ^ (2 - i), prefix[i] == 1 ? "" : prefix[i], unit)
    }
    function edp(value) { return value == 0 ? "0 J s" : sprintf("%.3g J s", value) }
    function show(o, value) { return o == "edp" ? edp(value) : si(value, o == "latency" ? "s" : "J") }
    function less(a, b) { return a > b ? sprintf("%.1f %%", 100 * (1 - b / a)) : "-" }
    function score(o, line) {
        split(line, field, " ")
        return o == "latency" ? field[5] : o == "energy" ? field[6] : field[5] * field[6]
    }
    { at = $1 " " $2 }
    $3 != "-" { found[at, $3] = $0; next }
    { if (!(at in named)) order[++n] = at; named[at]++; line[at, named[at]] = $0 }
    END {
        split("latency energy edp", objective, " ")
        for (k = 1; k <= 3; k++) {
            o = objective[k]
            print "| by " o ": design | model | best named strategy | it | search | less |" \
                (o == "latency" ? " of products |" : "")
            print "|---|---|---|---|---|---|" (o == "latency" ? "---|" : "")
            for (i = 1; i <= n; i++) {
                least = -1
                for (j = named[order[i]]; j >= 1; j--) {
                    value = score(o, line[order[i], j])
                    if (least < 0 || value < least) { least = value; best = field[4]; others = field[7] }
                }
                value = score(o, found[order[i], o])
                if (!((order[i], o) in found) || value > least) {
                    print "tilings.sh: " order[i] ": by " o " search has " value ", best " " " least >"/dev/stderr"
                    worse = 1
                }
                products = less(least - others, value - field[7])
                split(order[i], field, " ")
                gsub("_optical", " optical", field[1])
                printf "| %s | %s | %s | %s | %s | %s |%s\n", field[1], field[2], best, show(o, least), show(o, value),
                    less(least, value), (o == "latency" ? " " products " |" : "")
            }
            print ""
        }
        exit worse
    }'
}

tilings >"$work/tilings"
table <"$work/tilings" >"$work/table" || status=1
if [ "${1:-}" = table ]; then
    cat "$work/table"
    exit $status
fi
grep '^| ' "$SRCDIR/docs/tilings.md" | grep -e '^| by ' -e "^$of.* gpt2 |" -e "^$of.* bert-large |" >"$work/shown"
grep '^| ' "$work/table" >"$work/wanted"
if ! diff -u "$work/shown" "$work/wanted" >&2; then
    complain "docs/tilings.md: FANLIGHT=fanlight sh tests/tilings.sh table writes its table"
fi

# ---- what is told is what was stored ----

query() { "$f" query --db "$db" --csv "$1" | tail -n +2; }

"$f" compare --design free_space_1k --model gpt2 --context 256 --csv --db "$db" >"$work/told.csv"
first=$(awk -F, 'NR == 2 { print $13 }' "$work/told.csv")
awk -F, 'NR > 1 { name = $1 == "(all)" ? "all" : "parts"; sum[name] += $4; joules[name] += $5; loads[$13] += $6 * ($1 != "(all)")
                  if ($1 == "(all)") printf "%d %.9g %.9g %d\n", $13, $4, $5, $6 }
         END { if (sum["all"] / sum["parts"] - 1 > 1e-9 || joules["all"] / joules["parts"] - 1 > 1e-9) print "parts do not sum" }' \
    "$work/told.csv" >"$work/told"
query "select printf('%d %.9g %.9g %d', s.run, s.latency_s, s.energy_j,
           coalesce((select sum(count) from tally t where t.run = s.run and t.operator > 0 and t.action = 'frames'), 0)) as told
       from run_summary s where s.run >= $first order by s.run" >"$work/stored"
cmp -s "$work/told" "$work/stored" || { complain "what is told is not what was stored"; cat "$work/told" "$work/stored"; }
[ "$(wc -l <"$work/stored")" -eq 6 ] || complain "not every tiling was run"
[ "$(query "select count(*) from (select t.other from tilings t join run_summary s on s.run = t.other where t.run = $first
      group by t.other having abs(sum(t.latency_s) / s.latency_s - 1) < 1e-9 and abs(sum(t.energy_j) / s.energy_j - 1) < 1e-9)")" \
    -eq 6 ] || complain "the view tilings does not hold all six tilings"

"$f" plot --db "$db" tilings --run "$first" -o "$work/t.csv" && "$f" plot --db "$db" tilings --run "$first" -o "$work/t.gp" ||
    complain "no figures of the tilings"
best=$(query "select latency_s from run_summary where run = $first + 5")
awk -F, -v best="$best" '$2 == "search" { sum += $3; n++ } END { exit !(n == 8 && sum / best > 0.999999 && sum / best < 1.000001) }' \
    "$work/t.csv" || complain "bars of tilings do not sum: $(cat "$work/t.csv")"

# Why: reasons name the winner's rows. Digital work is what the digital unit does; nothing is better than the winner.
"$f" compare --design free_space_1k --model gpt2 --context 256 --db "$db" >"$work/words"
for words in "By latency, weights_in_place wins: " "  digital takes [0-9.]*x as long, .* more" "the digital unit does .*MAC, 4096 at a time; weights_in_place has" \
    "in logits: 38.6 MB go between DRAM and SRAM, not 0 B" "search: [0-9]* mappings weighed, [0-9]* more passed by, [0-9]* simulated" \
    "Stored as runs"; do
    grep -q "$words" "$work/words" || complain "no \"$words\" in what compare says"
done
"$f" compare --design digital_300fj --model gpt2 --context 256 --db "$db" >"$work/words"
grep -q "By latency, digital wins" "$work/words" || complain "a machine without cores has another winner than digital"
grep -q "  search takes just as long\.$" "$work/words" || complain "equals are not told to be equal"

# A winner that takes no energy is no measure of others; of parts that cost the same more, all are told; where the loser
# is better elsewhere, parts and whole still agree.
"$f" compare --design converters_only --model gpt2 --context 64 --objective edp --db "$db" --map digital,weights_in_place \
    >"$work/words"
grep -q "  weights_in_place takes [0-9.]* uJ more$" "$work/words" || complain "no difference to a winner that takes no energy"
"$f" compare --design free_space_1k --model bert-large --context 77 --batch 3 --objective energy --db "$db" \
    --map weight_stationary,search >"$work/words"
[ "$(grep -c "1.63 mJ in ffn_.* for dram: 1.63 mJ, not 0 J" "$work/words")" -eq 2 ] || complain "of equal reasons one is told"
"$f" compare --design ot_10k --model bert-large --context 100 --objective energy --db "$db" \
    --map weights_in_place,search |
    awk '/^  weights_in_place takes/ { all = $6 } / in context for dac: / { part = $1 } / less elsewhere/ { less = $1 }
         END { exit !(all > 0 && less > 0 && sprintf("%.1f", part - less) == all) }' ||
    complain "parts of a reason do not sum"
"$f" compare --design dmd_bench --model gpt2 --context 64 --db "$db" --json --map weights_in_place,digital >"$work/words"
grep -q '"unfit": \["weights_in_place: weights in place need .* cores' "$work/words" || complain "what cannot be had is not told"

fault() { # TEXT OPTION...
    text=$1
    shift
    "$f" compare "$@" --db "$db" >"$work/words" 2>&1
    [ $? -eq 1 ] && grep -qF "$text" "$work/words" && return
    complain "no \"$text\": $*"
}
fault 'no mapper "sarch"' --model gpt2 --map auto,sarch
fault 'names no tiling' --model gpt2 --map ,
fault 'no.map: cannot be opened' --model gpt2 --map auto,./no.map
fault 'did you mean "gpt2"?' --model gtp2
printf 'fanlight-mapping 1\noptical %s in_place=yes\noptical %s in_place=yes cores_m=64\n' \
    'ffn_up pool=static' 'ffn_down pool=static' >"$work/full.map"
fault 'ffn_down: 192 slices of inputs at once (cores of groups, inputs and vectors); pool "static" has 16 input_sets' \
    --design free_space_1k --model gpt2 --map "$work/full.map"
fault 'ffn_down: weights in place need 2340 cores of pool "static", which has 256' --design free_space_1k --model gpt2 \
    --map "$work/full.map" --set 'core[0].input_sets=0' --set 'core[0].fanout.broadcast=switched'
fault 'weights in place need' --design dmd_bench --model gpt2 --map weights_in_place

# ---- a written mapping ----
rows() {
    query "select path, kind, copies, area_um2, lanes from unit where run = $1 order by unit"
    query "select operator, name, macs, placed, start_ps, end_ps, critical_ps, bound_by from operator where run = $1"
    query "select unit, operator, action, count from tally where run = $1 order by unit, operator, action"
    query "select unit, action, component, class, fj, source from price where run = $1 order by unit, action"
    query "select latency_ps, setup_ps from run where run = $1"
}
run() { "$f" run --design free_space_1k --model gpt2 --context 256 --db "$db" -q "$@" && query "select max(run) from run"; }
for objective in latency energy edp; do
    searched=$(run --map search --objective $objective --write-map "$work/best.map")
    again=$(run --map "$work/best.map" --objective $objective)
    rows "$searched" >"$work/a"
    rows "$again" >"$work/b"
    [ "$(wc -l <"$work/a")" -gt 1000 ] && cmp -s "$work/a" "$work/b" || complain "the mapping found by $objective comes back as other rows"
done

exit $status
