#!/bin/sh
# sweep.sh - one sweep by many roads, the same rows: threads, shards, processes, and one that is killed ten times.
# Also what a bad sweep, a full disk and a newer database are told, before the first simulation.
set -u
. "$SRCDIR/tests/lib/script.sh"
design=$srcdir/tests/bad/good_design.cfg
trap 'rm -rf "$work" /dev/shm/fanlight.$$' EXIT

toys
printf 'base = "%s";\nname = "small";\n' "$design" >small.cfg
[ -n "${FL_FAST:-}" ] && contexts=12 points=48 || contexts="12, 48" points=96   # FAST: half of them
cat >small_sweep.cfg <<EOF
design = "small.cfg";
model = "toy.json";
context = [$contexts];
mapper = ["weight_stationary", "auto"];
axes = (
  { name = "rows"; path = "core.slm.rows"; values = [8, 16, 32]; },
  { name = "share"; path = "core.adc.share"; values = [1, 2, 4, 2]; },
  { name = "banks"; path = ["sram.banks", "sram.capacity"]; values = ((2, "1 MiB"), (4, "2 MiB")); }
);
constraints = "rows != 16 || share < 4 && peak_w > 0";
EOF

dump() {
    "$f" query --db "$1" --csv "select run, label, design, model, phase, mapper, objective, context, tokens, batch,
        design_text, workload_text, latency_ps, setup_ps, inferences, tallies_of, error, notes, width, parameters from run order by run"
    "$f" query --db "$1" --csv "select * from unit order by run, unit"
    "$f" query --db "$1" --csv "select * from operator order by run, operator"
    "$f" query --db "$1" --csv "select * from tally order by run, unit, action, operator"
    "$f" query --db "$1" --csv "select * from price order by run, unit, action, component, class"
    "$f" query --db "$1" --csv "select * from price_range order by run, unit, action, component, class, key"
    "$f" query --db "$1" --csv "select * from run_total order by run"
    "$f" query --db "$1" --csv "select sweep, name, identity, points, first_run from sweep"
    "$f" query --db "$1" --csv "select * from sweep_axis order by sweep, axis"
    "$f" query --db "$1" --csv "select * from sweep_point order by sweep, point"
    "$f" query --db "$1" --csv "select * from sweep_value order by sweep, point, axis"
}

same() { # what, database
    dump "$2" >other.csv
    cmp whole.csv other.csv || complain "$1: other rows than one thread gives"
    [ ! -e "$2-wal" ] || complain "$1: $2-wal is left over"
}

begun=$(date +%s%N)
"$f" sweep small_sweep.cfg --db whole.db --jobs 1 >out || complain "the sweep failed"
takes_ms=$((($(date +%s%N) - begun) / 1000000 + 1))
grep -q "$points of $points points" out || complain "not $points points: $(cat out)"
dump whole.db >whole.csv
[ "$(wc -l <whole.csv)" -gt 1000 ] || complain "hardly any rows to compare"

"$f" sweep small_sweep.cfg --db two.db --jobs 2 --quiet || complain "two threads failed"
same "two threads" two.db

for i in 1 2 3; do
    "$f" sweep small_sweep.cfg --db "part$i.db" --shard "$i/4" --quiet || complain "shard $i failed"
done
SLURM_ARRAY_TASK_ID=13 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=10 \
    "$f" sweep small_sweep.cfg --db part4.db --quiet || complain "the shard of an array job failed"
"$f" merge merged.db part4.db part1.db part3.db part2.db --quiet || complain "merge failed"
same "four shards, merged" merged.db

# Points of three shards share work across them: who gives up its tallies takes along a run of other prices.
for i in 1 2 3; do
    "$f" sweep small_sweep.cfg --db "third$i.db" --shard "$i/3" --quiet || complain "shard $i of 3 failed"
done
"$f" merge thirds.db third3.db third1.db third2.db --quiet || complain "merge of three failed"
same "three shards, merged" thirds.db
cell() { "$f" query --db "$1" --csv "$2" | tail -n 1; }

# What a model is asked for beside its context: tokens of an encoder, shares of experts.
cat >asked.cfg <<'EOT'
design = "small.cfg";
jobs = ( { model = "t5-small"; context = 2; source = 5; }, { model = "experts.json"; context = 4; routing = "3,1"; } );
axes = ( { path = "core.adc.share"; values = [1]; } );
EOT
printf '{"model_type": "mixtral", "hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "vocab_size": 9,
    "intermediate_size": 8, "max_position_embeddings": 8, "num_local_experts": 2, "num_experts_per_tok": 1}' >experts.json
"$f" sweep asked.cfg --db asked.db --quiet || complain "a sweep with a source and a routing failed"
[ "$(cell asked.db "select count(*) from run where workload_text like '%source 5%'")" = 1 ] || complain "the source is lost"
[ "$(cell asked.db "select count(*) from run where workload_text like '%rows=3,1%'")" = 1 ] || complain "the routing is lost"
shared=$(cell whole.db "select max(run) from run where tallies_of % 3 <> run % 3")
echo 'core = { dac = { energy = "*0.5"; }; };' >cheap.cfg
its=third$(((shared - 1) % 3 + 1)).db
"$f" reprice --db "$its" --run "$shared" --with cheap.cfg >out || complain "no new prices for run $shared of $its"
cp "$its" priced.db
"$f" merge again.db third1.db third2.db third3.db --quiet || complain "merge of new prices failed"
joules="select printf('%.12g', sum(total_j)) from energy_by_component
    where run = (select max(run) from run where tallies_of is not null and run not in (select run from sweep_point where run > 0))"
[ "$(cell priced.db "$joules")" = "$(cell again.db "$joules")" ] && [ "$(cell again.db "$joules")" != "" ] ||
    complain "new prices lost their counts: $(cell priced.db "$joules"), merged $(cell again.db "$joules")"

# Waits for a part of the time that the whole sweep took: $1 of 1000.
wait_for() {
    ms=$((takes_ms * $1 / 1000))
    sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
}

# Killed ten times (FAST: three times) without warning, at moments drawn by a seed of their own, and let go on each time. A sweep that ends
# before it is killed is looked at and begun again. Some kills must leave a part of the points behind.
draw=4711 killed=0 parts=0 tries=0
[ -n "${FL_FAST:-}" ] && kills=3 || kills=10
while [ $tries -lt 200 ] && { [ $killed -lt $kills ] || [ $parts -lt 2 ]; }; do
    tries=$((tries + 1))
    "$f" sweep small_sweep.cfg --db killed.db --jobs 2 --resume --quiet &
    draw=$(((draw * 1103515245 + 12345) % 2147483648))
    wait_for $((draw / 65536 % 500))
    kill -KILL $! 2>kill.out
    wait $! 2>wait.out
    if [ $? -eq 137 ]; then
        killed=$((killed + 1))
        left=$("$f" query --db killed.db --csv "select count(*) from sweep_point" 2>query.out | tail -n 1)
        [ "${left:-0}" -gt 0 ] && [ "$left" -lt $points ] && parts=$((parts + 1))
    else
        same "killed $killed times, gone on to the end" killed.db
        rm -f killed.db*
    fi
done
[ $killed -ge $kills ] && [ $parts -ge 2 ] || complain "killed just $killed times in $tries tries, $parts times between points"
"$f" sweep small_sweep.cfg --db killed.db --resume >out || complain "the last resume failed"
grep -q "$points of $points points" out || complain "resumed, but not all points: $(cat out)"
same "killed $killed times and resumed" killed.db

# Asked to stop, it ends after the points in flight and says how to go on; the same for Ctrl-C.
tries=0
while [ $tries -lt 100 ]; do
    tries=$((tries + 1))
    rm -f stopped.db*
    "$f" sweep small_sweep.cfg --db stopped.db --jobs 1 >out 2>err &
    wait_for $((100 * (1 + tries * 4 % 9)))
    kill -TERM $! 2>kill.out
    wait $! 2>wait.out
    [ $? -eq 1 ] && break
done
grep -q "stopped.db: stopped at [0-9]* of $points points; the same command with --resume goes on" err ||
    complain "asked to stop: $(cat out err)"
"$f" sweep small_sweep.cfg --db stopped.db --resume --quiet || complain "no going on after a stop"
same "stopped and resumed" stopped.db

if ldd "$f" 2>ldd.out | grep -q libmpi && command -v mpirun >which.out; then
    OMPI_MCA_plm=isolated               # one machine: no remote shell is needed
    export OMPI_MCA_plm
    mpirun --allow-run-as-root --oversubscribe -n 3 "$f" sweep small_sweep.cfg --db ranks.db >out 2>err ||
        complain "three ranks failed: $(cat out err)"
    grep -q "$points of $points points" out || complain "three ranks: not all points"
    same "three ranks" ranks.db
    mpirun --allow-run-as-root --oversubscribe -n 3 "$f" sweep none.cfg --db ranks.db >out 2>err &&
        complain "three ranks swept nothing"
    [ "$(grep -c 'none.cfg' err)" -eq 1 ] || complain "three ranks tell a missing file other than once: $(cat err)"
else
    echo "    three ranks: not tried, this build has no MPI (./configure --with-mpi)"
fi

# ---- told before the first simulation ----

sed 's/core.slm.rows/core.slm.rwos/' small_sweep.cfg >bad.cfg
told 'bad.cfg:6: rows: 8: core[0].slm: no key "rwos"; did you mean "rows"?' "$f" sweep bad.cfg --db bad.db
sed 's/\[8, 16, 32\]/[]/' small_sweep.cfg >bad.cfg
told "the axis is empty" "$f" sweep bad.cfg --db bad.db
sed 's/rows != 16/rows < 8 \&\& rows > 8/; s/share < 4/share < 1/' small_sweep.cfg >bad.cfg
told "not one of $points points meets" "$f" sweep bad.cfg --db bad.db
{ grep -v '^constraints' small_sweep.cfg; echo 'constraints = ["share < 100", "shar < 100 && bad > 1"];'; } >bad.cfg
told 'constraints[1]: column 1: no quantity "shar"; did you mean "share"?' "$f" sweep bad.cfg --db bad.db
{ echo 'design = "free_space_1k"; model = "gpt2"; axes = ( { name = "a"; path = "core[1].cores"; values = [1, 2]; },'
  echo '{ name = "b"; path = ["sram.banks", "core.cores"]; values = [8, 16]; } );'; } >bad.cfg
echo 'model = "gpt2"; constraints = "mapper == 1"; axes = ( { path = "core[0].cores"; values = [1, 2]; } );' >nobody.cfg
told 'no quantity "mapper"; ' "$f" sweep nobody.cfg --db bad.db
told 'bad.cfg:2: axes[1]: sets core.cores, which axis "a" has set' "$f" sweep bad.cfg --db bad.db
echo 'design = "digital_300fj"; model = "bert-base"; phase = "decode"; context = [8, 16];' >bad.cfg
told "is an encoder and has no decode phase" "$f" sweep bad.cfg --db bad.db
[ "$(wc -l <err)" -eq 1 ] || complain "one fault told more than once: $(cat err)"
[ ! -e bad.db ] || complain "a sweep that cannot be made a database"
sed 's/path = "core.slm.rows"; values = .*\]/path = "core.slm.settle"; from = "1 ns"; to = "40 ns"; steps = 6/' \
    small_sweep.cfg >range.cfg
"$f" sweep range.cfg --db range.db --shard 1/8 >out || complain "a range of times failed"
grep -q ", 0 failed" out || complain "a range of times has steps that are no whole picoseconds: $(cat out)"
told "--shard: \"5/4\" is not of the form I/N" "$f" sweep small_sweep.cfg --db bad.db --shard 5/4
told "holds $points of the $points points of this sweep; --resume" "$f" sweep small_sweep.cfg --db whole.db
cp whole.db newer.db
printf '\0\0\0\143' | dd of=newer.db bs=1 seek=60 conv=notrunc 2>dd.out
told "was made by a newer fanlight" "$f" sweep small_sweep.cfg --db newer.db
told "the disk is full; nothing was stored" "$f" sweep small_sweep.cfg --db /dev/full
(
    ulimit -f 40
    trap '' XFSZ
    told "nothing was stored" "$f" sweep small_sweep.cfg --db full.db
    exit $failed
) || failed=1
# More points than the disk of shared memory holds; not tried if that is vast.
room=$(df -k /dev/shm 2>df.out | awk 'NR == 2 { print $4 }')
if [ -w /dev/shm ] && [ "${room:-0}" -gt 0 ] && [ "$room" -lt 80000000 ]; then
    mkdir /dev/shm/fanlight.$$
    sed "/^constraints/d; s/^axes/sample = \"random\"; samples = $((room / 8)); seed = 1; axes/" small_sweep.cfg >vast.cfg
    told "its disk has" "$f" sweep vast.cfg --db /dev/shm/fanlight.$$/vast.db
    rm -r /dev/shm/fanlight.$$
fi

# A disk that fills up on the way: what was stored stays, and with more room the sweep goes on to the same rows.
(
    ulimit -f 800
    trap '' XFSZ
    told "points had been stored before; --resume goes on from there" "$f" sweep small_sweep.cfg --db half.db
    exit $failed
) || failed=1
"$f" sweep small_sweep.cfg --db half.db --resume >out || complain "no going on after a full disk"
grep -q "were there" out || complain "nothing was left of a sweep that filled its disk: $(cat out)"
same "the disk was full" half.db

[ $failed -eq 0 ] && echo "sweep: same rows by threads, shards and after $killed kills"
exit $failed
