#!/bin/sh
# The command line: help, faults, exit codes, runs from end to end. A sanitizer's report has an exit code of its own,
# so that it is not taken for a fault of the user's.
set -u
ASAN_OPTIONS=exitcode=99
UBSAN_OPTIONS=exitcode=99
export ASAN_OPTIONS UBSAN_OPTIONS
. "$SRCDIR/tests/lib/script.sh"

silent() { # the last command wrote nothing to this file
    [ ! -s "$1" ] || complain "wrote to $1"
}

cat >small.cfg <<EOF
name = "small";
summary = "a machine for tests";
clocks = { core = "1 GHz"; };
core = (
  { name = "static"; cores = "fit"; shared_input = true; input_bits = 5; weight_bits = 8; output_bits = 7;
    dac = { energy = { v = "10 pJ"; from = "arXiv:2302.10360"; }; };
    source = { modulator_energy = "1 pJ"; wavelength = "1550 nm"; wall_plug = 0.2; };
    slm = { columns = 1024; rows = 1024; pixel_energy = "1 pJ"; };
    detector = { integration = "1 ns"; quantum_efficiency = "80 %"; energy = "1 pJ"; };
    adc = { energy = { v = "3.17 pJ"; from = "arXiv:2302.10360"; }; share = 2; };
    accumulator = { energy = "100 fJ"; };
  },
  { name = "dynamic"; dynamic = true; cores = 2; input_bits = 5; weight_bits = 8; output_bits = 7;
    dac = { energy = "10 pJ"; };
    source = { modulator_energy = "1 pJ"; wavelength = "1550 nm"; wall_plug = 0.2; };
    slm = { columns = 64; rows = 64; pixel_energy = "1 pJ"; settle = "1 ns"; };
    weight_dac = { energy = "1 pJ"; };
    detector = { integration = "1 ns"; quantum_efficiency = 0.8; energy = "1 pJ"; };
    adc = { energy = "3.17 pJ"; };
    accumulator = { energy = "100 fJ"; };
  });
sram = { capacity = "1 MiB"; banks = 4; width = 256; read_energy = "25 pJ"; write_energy = "27 pJ"; };
dram = { device = "ddr4_2400"; };
link = { width = 64; energy = "1 pJ"; };
vector = { lanes = 16; mac_lanes = 16; op_energy = "100 fJ"; mac_energy = "300 fJ"; };
EOF
run() { "$f" run --design small.cfg --set 'sram.banks=8' --map weights_in_place --model gpt2 --context 16 "$@"; }

# ---- help ----
expect 0 "usage: fanlight COMMAND" "$f" --help
expect 0 "fanlight 0." "$f" --version
expect 1 "usage: fanlight COMMAND" "$f"
silent out
for command in $("$f" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    expect 0 "usage: fanlight $command" "$f" "$command" --help
    expect 0 "usage: fanlight $command" "$f" help "$command"
    silent err
done
expect 1 'no command "nothing"' "$f" help nothing
expect 0 ".SH COMMANDS" "$f" help --man
expect 0 "complete -o filenames -F _fanlight fanlight" "$f" help --bash
if command -v bash >/dev/null; then
    "$f" help --bash >complete.bash
    expect 0 report \
        bash -c '. ./complete.bash; COMP_WORDS=(fanlight rep); COMP_CWORD=1; _fanlight; echo "${COMPREPLY[@]}"'
    expect 0 --inferences \
        bash -c '. ./complete.bash; COMP_WORDS=(fanlight run --inf); COMP_CWORD=2; _fanlight; echo "${COMPREPLY[@]}"'
    expect 0 "prefill decode" bash -c \
        '. ./complete.bash; COMP_WORDS=(fanlight run --phase ""); COMP_CWORD=3; _fanlight; echo "${COMPREPLY[@]}"'
fi

# ---- words that are wrong ----
expect 1 'did you mean "report"?' "$f" reprot
expect 1 "fanlight --help" "$f" xyzzyxyzzy
expect 1 "did you mean --context?" "$f" run --contxt 5 --model gpt2
expect 1 "no option -x" "$f" run -x
expect 1 "--db wants a value: FILE" "$f" report --db
expect 1 "--db wants a value: FILE" "$f" report --db --json
expect 1 "--json takes no value" "$f" report --json=5
expect 1 "wants a whole number" "$f" run --model gpt2 --context 5k
expect 1 "it lies between 1 and" "$f" run --model gpt2 --batch 0
expect 1 "it lies between 1 and" "$f" run --model gpt2 --batch 99999999999999999999
expect 1 'one of prefill, decode, train, not "learn"' "$f" run --model gpt2 --phase learn
expect 1 'phase train needs a schedule' "$f" run --model gpt2 --phase train
expect 1 'are for --phase train; give that, too' "$f" run --model gpt2 --train bp
expect 1 "--batch is given twice" "$f" run --model gpt2 --batch 1 --batch 2
expect 1 "one word too many" "$f" report nonsense
expect 1 "is missing" "$f" query
expect 1 "is missing" "$f" check
expect 1 "give a model" "$f" run
expect 1 "give a model" "$f" run --model gpt2 --trace x
expect 1 "give one of" "$f" trace
expect 1 'no number of a run' "$f" diff one two
"$f" run --contxt 5 --bach 2 --phase learn >out 2>err
[ "$(wc -l <err)" -eq 3 ] || complain "three faults are not told together"

# ---- lists and checks ----
for what in designs models units mappers devices; do
    expect 0 - "$f" list $what
    expect 0 "[" "$f" list $what --json
    expect 0 - "$f" list $what --csv
done
expect 0 "per conversion" "$f" list units adc
expect 0 "required" "$f" list units adc --csv
expect 1 'did you mean "adc"?' "$f" list units acd
expect 1 'did you mean "units"?' "$f" list unit
expect 0 "ddr4_2400" "$f" list devices
expect 0 "two ranks of eight 8 Gb x8 devices" "$f" list devices
expect 0 "burst_length" "$f" list devices ddr4_2400
expect 1 "no device" "$f" list devices sdram
expect 0 "weights_in_place" "$f" list mappers
expect 1 "no mapper" "$f" list mappers none
expect 0 "qkv" "$f" list models gpt2
expect 0 "rotary positions, gates, latent attention, experts" "$f" list families
expect 0 "kv_lora_rank" "$f" list families deepseek_v3
expect 1 - "$f" list models gpt99
expect 0 "arXiv:2302.10360" "$f" list designs small.cfg
expect 0 "small: no faults" "$f" check small.cfg
expect 0 "all clocks meet every" "$f" check small.cfg
printf 'base = "small.cfg";\nclocks = { core = "1237 ps"; };\n' >odd.cfg
expect 0 "warning: odd: the clocks are in phase only every 1.02671 us" "$f" check odd.cfg
printf 'base = "small.cfg";\ndram = { trc = 40; };\n' >trc.cfg
expect 0 "warning: trc.cfg:2: dram.trc: below tras + trp" "$f" check trc.cfg
expect 0 "no faults" "$f" check trc.cfg
expect 0 "figures without a source" "$f" check --cited small.cfg
printf 'base = "small.cfg";\nsram = { capasity = "1 MiB"; banks = "1 pW"; };\n' >bad.cfg
expect 1 "bad.cfg:2" "$f" check bad.cfg small.cfg
grep -q "capacity" err || complain "no nearest key"
[ "$(wc -l <err)" -eq 2 ] || complain "not every fault is told"

# ---- traces ----
expect 0 - "$f" trace --model gpt2 --context 16 -o work.trace
silent out
expect 0 - "$f" trace --model=gpt2 --context=16
cmp -s out work.trace || complain "trace -o differs from standard output"
expect 0 - "$f" trace --trace work.trace
cmp -s out work.trace || complain "a trace read and written is another"
printf 'Layer,M,N,K,\nfc,4,16,8,\n' >gemm.csv
expect 0 "fc" "$f" trace --gemm-csv gemm.csv
expect 1 "no.json" "$f" trace --model no.json
expect 1 "no/x.trace" "$f" trace --model gpt2 -o no/x.trace
expect 1 "is a folder" "$f" trace --model gpt2 -o .

# ---- a key that would do nothing ----
expect 1 "core[1].weight_dac: bits slices inputs" "$f" run --design free_space_1k --model gpt2 \
    --set "core[1].weight_dac.bits=2" --db none.db

# ---- a table of products tells of no tokens ----
expect 0 - "$f" trace --gemm-csv gemm.csv -o gemm.trace
expect 0 "Run 1: gemm on digital_300fj, mapped by" "$f" run --design digital_300fj --trace gemm.trace --db gemm.db
grep -q tokens out && complain "tokens of a table of products"
printf 'Layer,M,N,K,\nfc,1,16,8,\n' >gemm.csv
expect 0 - "$f" trace --gemm-csv gemm.csv -o gemm.trace
expect 0 - "$f" run --design digital_300fj --trace gemm.trace --db gemm.db --quiet
expect 0 "summary,MACs,512,128,-384,0.25" "$f" diff --db gemm.db 1 2 --csv

# ---- runs ----
expect 0 "Stored as run 1 in fanlight.db." run
silent err
grep -q "^Energy by component" out || complain "no report after a run"
expect 0 - run --quiet --label second
silent out
silent err
expect 0 '"summary"' run --json
grep -q "^Stored as run 3" err || complain "the run's number is not told"
grep -o '"[^"]*": ' out | grep -v '^"[a-z][a-z0-9_]*": $' && complain "a name in JSON is no name"
expect 0 "run,start_utc" run --csv --inferences 5
expect 0 "second" "$f" query "select label from run where run = 2"
expect 0 "fanlight run --design small.cfg --set sram.banks=8 --map" "$f" query --csv "select command from run where run = 1"
expect 1 "gpt99" "$f" run --design small.cfg --model gpt99 --db never.db
expect 1 "no_such.cfg" "$f" run --model gpt2 --design no_such.cfg --db never.db
expect 1 'no mapper "tight"' "$f" run --model gpt2 --design small.cfg --map tight --db never.db
expect 1 "no_such_key" "$f" run --model gpt2 --design small.cfg --set no_such_key=5 --db never.db
expect 1 "no/such.db" run --db no/such.db
expect 1 "is a folder" run --db .
expect 1 "not a SQLite database" run --db small.cfg
[ ! -e never.db ] || complain "a run that failed made a database"

# A written trace gives the rows of the model it was made from.
rows() {
    for table in unit operator tally price price_range; do
        "$f" query --db "$1" --csv "select * from $table"
    done
    "$f" query --db "$1" --csv \
        "select model, phase, context, tokens, batch, latency_ps, setup_ps, workload_text from run"
}
expect 0 - run --quiet --db model.db
expect 0 - "$f" run --quiet --design small.cfg --set sram.banks=8 --map weights_in_place --trace work.trace --db trace.db
rows model.db >model.rows
rows trace.db >trace.rows
cmp -s model.rows trace.rows || complain "run --trace differs from run --model"
[ "$(wc -l <model.rows)" -gt 500 ] || complain "too few rows to compare"

# ---- stored runs ----
expect 0 "Run 4: gpt2 on small" "$f" report
expect 0 "Run 2:" "$f" report --run 2 --by layer
expect 0 "component,dynamic_j" "$f" report --by component --csv
expect 0 '"unit":' "$f" report --by unit --json
expect 1 "holds no run 9; the newest is 4" "$f" report --run 9
expect 0 "A = run 1: gpt2 on small" "$f" diff 1 4
expect 0 "part,what,a,b" "$f" diff 1 4 --csv
expect 1 "holds no run 7" "$f" diff 1 7
expect 0 '{"n": 4}' "$f" query "select count(*) as n from run" --json
expect 1 "would delete from run" "$f" query "delete from run"
expect 1 "one statement at a time" "$f" query "select 1; select 2"
expect 1 "syntax error" "$f" query "selekt"
expect 1 "no such file" "$f" report --db none.db
expect 1 "not a SQLite database" "$f" query --db small.cfg "select 1"
sqlite3 mine.db "create table mine (x)" 2>/dev/null &&
    expect 1 "some other program" "$f" report --db mine.db

# A dearer converter needs no new simulation.
before=$("$f" query --csv "select total_j from energy_by_component where run = 1 and component = 'adc'" | tail -1)
if command -v sqlite3 >/dev/null; then
    sqlite3 fanlight.db "update price set fj = 2 * fj where run = 1 and component = 'adc'"
    expect 0 1 "$f" query --csv \
        "select total_j / $before = 2 from energy_by_component where run = 1 and component = 'adc'"
    expect 0 1 "$f" query --csv "select abs(sum(total_j) / s.energy_j - 1) < 1e-12 from energy_by_component e
        join run_summary s using (run) where run = 1"
fi

# ---- searched and written mappings ----
short() { "$f" run --design small.cfg --model gpt2 --context 64 --db maps.db "$@"; }
expect 0 - short --map auto -q
silent out
expect 0 "mappings weighed" short --map search --write-map best.map
expect 0 - short --map ./best.map --quiet
expect 0 1 "$f" query --csv --db maps.db "select a.latency_ps = b.latency_ps and a.latency_ps <= c.latency_ps
    from run a, run b, run c where a.run = 2 and b.run = 3 and c.run = 1"
expect 0 "equal" sh -c '"$1" run --design small.cfg --model gpt2 --context 64 --db maps.db -q --map ./best.map \
    --write-map again.map && cmp best.map again.map && echo equal' sh "$f"
expect 1 "best.map:3: a mapping for operators that overlap by block; the design's machine.overlap is none" \
    short --map ./best.map --overlap none
echo "optical qvk pool=static" >>best.map
expect 1 'best.map:11: the trace has no operator "qvk"; did you mean "qkv"?' short --map ./best.map
expect 1 "no mapper \"serch\"" short --map serch
expect 1 "none.map: cannot be opened" short --map none.map
for goal in energy edp; do
    expect 0 - short --map auto --objective $goal -q
    expect 0 - short --map search --objective $goal -q
done
expect 0 1 "$f" query --csv --db maps.db "select a.energy_j >= b.energy_j and
    c.energy_j * c.latency_s >= d.energy_j * d.latency_s
    from run_summary a, run_summary b, run_summary c, run_summary d
    where a.run = 5 and b.run = 6 and c.run = 7 and d.run = 8"

# ---- where writing fails ----
if [ -w /dev/full ]; then
    "$f" list units >/dev/full 2>err
    [ $? -eq 1 ] && grep -q "standard output" err || complain "a full disk behind standard output is not told"
    "$f" trace --model gpt2 -o /dev/full 2>err
    [ $? -eq 1 ] && grep -q "/dev/full: cannot be written" err || complain "a full disk is not told"
fi
cp fanlight.db whole.db
# (blocks of 512 or 1024 bytes, as the shell has it: both are too few)
limited() { (ulimit -f $(($(wc -c <fanlight.db) / 1024)); trap '' XFSZ; run --quiet); }
expect 1 "nothing was stored" limited
"$f" query "select count(*) from tally" >out
"$f" query --db whole.db "select count(*) from tally" >err
cmp -s out err || complain "a run that did not fit left rows"

# ---- ends that nobody asked for ----
# Starts a slow run, sends it a signal once it is at work (it has read its design, which is a pipe), and gives its exit
# code. (A shell's background jobs ignore INT.)
ended_by() {
    rm -f begun.cfg
    mkfifo begun.cfg
    "$f" run --design begun.cfg --map weights_in_place --model gpt2 --context 1000 --no-leap --db killed.db \
        >out 2>err &
    slow=$!
    cat small.cfg >begun.cfg &
    fed=$!
    while kill -0 $fed && kill -0 $slow; do sleep 0.05; done
    kill "-$1" $slow
    wait $slow
    code=$?
    kill $fed
    return $code
}
ended_by TERM 2>shell
[ $? -gt 128 ] || complain "a run that was stopped ends as if it were whole"
ended_by KILL 2>shell
[ ! -e killed.db ] || expect 0 0 "$f" query --csv --db killed.db "select count(*) from run"

exit $failed
