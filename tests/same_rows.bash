#!/usr/bin/env bash
# same_rows.bash PROGRAM_A PROGRAM_B - two builds must give identical rows, but for what CONTRACT calls effort:
# run number, start, wall time, command and the leap statistics.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dump() { # PROGRAM, database
    "$1" query --db "$2" --csv "select label, design, model, phase, mapper, objective, context, tokens, batch, design_text, workload_text, latency_ps, setup_ps, inferences, notes from run"
    "$1" query --db "$2" --csv "select * from unit order by run, unit"
    "$1" query --db "$2" --csv "select * from operator order by run, operator"
    "$1" query --db "$2" --csv "select * from tally order by run, unit, operator, action"
    "$1" query --db "$2" --csv "select run, unit, action, component, class, fj, source, line from price order by run, unit, action, component, class"
    "$1" query --db "$2" --csv "select run, unit, action, component, class, key, low_fj, high_fj from price_range order by run, unit, action, component, class, key"
}

for program in "$1" "$2"; do
    name=$(printf '%s' "$program" | cksum | cut -d' ' -f1)
    for job in "free_space_1k gpt2 prefill" "ot_10k bert-base prefill" "free_space_1k gpt2 decode" "digital_300fj vit-base prefill"; do
        read -r design model phase <<<"$job"
        "$program" run --design "$design" --model "$model" --phase "$phase" --context 64 --db "$work/$name.db" --quiet
    done
    dump "$program" "$work/$name.db" >"$work/$name.csv"
done
cmp "$work"/*.csv
echo "identical rows: $(wc -l <"$work/$name.csv") lines compared"
