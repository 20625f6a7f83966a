#!/usr/bin/env bash
# same_rows.bash OLD NEW [PATTERN] - two builds must give identical rows, but for what the contract calls effort: run number,
# start, wall time, version, command and the leap statistics; and for how the work is written down (its operators are rows). The judge of every change that should move nothing, and
# the witness of those that move something on purpose.
#
# Every design that both builds know: prefill, decode, batch, a long context, setup, every named mapper. Tables are
# compared by the columns that both have, rows by their order; where they differ, the first lines that do are shown, by
# job and table. PATTERN (a bash pattern over "design model options") picks jobs: 'ot_10k*', '*decode*'.
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: same_rows.bash OLD NEW [PATTERN]" >&2; exit 1; }
programs=("$1" "$2")
for program in "${programs[@]}"; do
    [ -x "$program" ] || { echo "same_rows.bash: $program is no program" >&2; exit 1; }
done
pattern=${3:-*}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
effort=" run start_utc wall_s version command leapt_share tallies_of workload_text "

names() { # PROGRAM, what to list
    "$1" list "$2" --csv | sed '1d; s/,.*//'
}

jobs() {
    local design mapper
    while read -r design; do
        echo "$design gpt2 --context 64"
        echo "$design vit-base --batch 2"
        echo "$design gpt2 --phase decode --context 64 --tokens 3"
        echo "$design llama-3-8b --phase decode --context 100 --tokens 2 --batch 3"
        echo "$design gpt2 --context 1024 --inferences 100"
        echo "$design bert-large --context 384 --objective energy"
        for mapper in "${mappers[@]}"; do
            echo "$design bert-base --context 128 --map $mapper"
        done
    done < <(comm -12 <(names "${programs[0]}" designs | sort) <(names "${programs[1]}" designs | sort))
    echo "free_space_1k gpt3-175b --context 2048"
    echo "ot_10k gpt3-175b --context 2048"
    echo "ot_10k palm-like --context 256"
}

# A job that one build refuses, the other must refuse, too: its exit code stands for it.
run_all() { # PROGRAM, database; the jobs on standard input
    local design model options
    while read -r design model options; do
        # shellcheck disable=SC2086
        "$1" run --design "$design" --model "$model" $options --db "$2" --label "$design $model $options" --quiet \
            </dev/null >/dev/null 2>&1 && continue
        echo "exit code $?: $design $model $options"
    done >"$2.refused"
}

columns() { # PROGRAM, database, table
    "$1" query --db "$2" --csv "select * from $3 limit 1" | head -n 1 | tr ',' '\n'
}

shared_columns() { # table
    local column list=
    while read -r column; do
        case "$effort" in *" $column "*) continue ;; esac
        list="$list, t.$column"
    done < <(grep -Fxf <(columns "${programs[0]}" "$work/0.db" "$1") <(columns "${programs[1]}" "$work/1.db" "$1"))
    echo "r.label as job$list"
}

dump() { # number, table, columns, order
    "${programs[$1]}" query --db "$work/$1.db" --csv \
        "select $3 from $2 t join run r on r.run = t.run order by r.run, $4" >"$work/$1.$2"
}

mapfile -t mappers < <(comm -12 <(names "${programs[0]}" mappers | sort) <(names "${programs[1]}" mappers | sort))
jobs | while read -r job; do
    # shellcheck disable=SC2053
    [[ $job == $pattern ]] && echo "$job"
done >"$work/jobs" || true
[ -s "$work/jobs" ] || { echo "same_rows.bash: no job fits \"$pattern\"" >&2; exit 1; }

run_all "${programs[0]}" "$work/0.db" <"$work/jobs" &
run_all "${programs[1]}" "$work/1.db" <"$work/jobs"
wait

status=0 lines=0
compare() { # what, file of OLD, file of NEW
    lines=$((lines + $(wc -l <"$3")))
    cmp -s "$2" "$3" && return
    echo "$1 differs (< old, > new), first lines:" >&2
    diff "$2" "$3" | grep '^[<>]' | head -n "${SHOW:-6}" | cut -c 1-200 >&2 || true
    status=1
}
compare "what is refused" "$work/0.db.refused" "$work/1.db.refused"
while read -r table order; do
    list=$(shared_columns "$table")
    dump 0 "$table" "$list" "$order"
    dump 1 "$table" "$list" "$order"
    compare "$table" "$work/0.$table" "$work/1.$table"
done <<'TABLES'
run r.run
unit t.path, t.kind
operator t.operator
tally t.unit, t.operator, t.action
price t.unit, t.action, t.component, t.class, t.fj
price_range t.unit, t.action, t.component, t.class, t.key
run_summary r.run
TABLES
[ $status -ne 0 ] || echo "identical rows: $(wc -l <"$work/jobs") jobs, $(wc -l <"$work/1.db.refused") of them refused by both, $lines lines compared"
exit $status
