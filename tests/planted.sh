#!/bin/sh
# planted.sh - a broken law ends its run and nothing else: run, compare, sweep, --resume, by a program with a planted fault.
set -u
. "$SRCDIR/tests/lib/script.sh"
(cd "$BUILDDIR" && "$MAKE" -s fanlight_planted) >make.out 2>&1 || {
    cat make.out >&2
    complain "fanlight_planted is not built"
    exit 1
}
p=$BUILDDIR/fanlight_planted
cat >small.trace <<'EOT'
fanlight-trace 1
model small
phase prefill
context 6
input x
repeat 3 layer 0
norm ln x -> a m=6 n=40
linear up a -> b m=6 k=40 n=60
linear down b -> y m=6 k=60 n=40
add join x y -> x m=6 n=40
end
EOT
cat >small.cfg <<'EOT'
design = "free_space_1k";
trace = "small.trace";
axes = ( { name = "columns"; path = "core[0].slm.columns"; values = [16, 48, 64, 80]; } );
EOT
cell() { "$f" query --db "$1" --csv "$2" | tail -n 1; }
rows() { # of the points that did not fail, in DATABASE
    "$f" query --db "$1" --csv "select r.run, t.unit, t.action, t.operator, t.count, r.latency_ps from run r
        join tally t using (run) where r.run <> 2 order by 1, 2, 3, 4"
}

# run: exit code 70, in words, and nothing is stored
PLANTED_CALL=1 expect 70 "bug at tests/faulty/planted.c" "$p" run --trace small.trace --db run.db
grep -q "sequencer at [0-9]* ps: '++faulty.wakes < 5' does not hold" err || complain "no unit, time and law"
[ ! -e run.db ] || [ "$(cell run.db "select count(*) from run")" = 0 ] || complain "a broken run is stored"
expect 0 - "$p" run --trace small.trace --db run.db --quiet
[ "$(cell run.db "select count(*) from run")" = 1 ] || complain "a sound run is not stored"

# compare: the row failed, the others stand, and so does what they were asked for
PLANTED_CALL=2 expect 70 "output_stationary (failed)" "$p" compare --trace small.trace --db run.db \
    --map weight_stationary,output_stationary,digital
grep -q "^(all) *digital" out && grep -q "^(all) *weight_stationary" out || complain "the other tilings are not shown"
grep -q "Failed: output_stationary: bug at" out || complain "no word why"
[ "$(cell run.db "select count(*) from run")" = 3 ] || complain "the other tilings are not stored"
PLANTED_CALL=2 expect 70 '"failed": [{"tiling": "output_stationary", "error": "bug at' "$p" compare --json \
    --trace small.trace --db run.db --map weight_stationary,output_stationary,digital

# sweep: the point is stored with its error, the others as they are without it, by one thread or two
"$f" sweep small.cfg --db sound.db --jobs 1 --quiet || complain "the sound sweep fails"
rows sound.db >sound.csv
for jobs in 1 2; do
    PLANTED_COLUMNS=48 expect 0 "4 of 4 points" "$p" sweep small.cfg --db "sweep$jobs.db" --jobs $jobs
    [ "$(cell "sweep$jobs.db" "select count(*) from sweep_point where state = 'done'")" = 3 ] ||
        complain "not three points are done"
    [ "$(cell "sweep$jobs.db" "select count(*) from sweep_point p join run r using (run) join sweep_value v
        on v.sweep = p.sweep and v.point = p.point where state = 'failed' and value = '48' and error like
        '%bug at tests/faulty/planted.c%sequencer at % ps%' and design = 'free_space_1k'")" = 1 ] ||
        complain "the broken point has no row that says so"
    rows "sweep$jobs.db" | cmp - sound.csv >cmp.out || complain "$jobs threads: the other points have other rows"
done

# --resume finishes what a broken point stands in the middle of, and does not try it again
PLANTED_COLUMNS=48 expect 0 "2 of 2 points" "$p" sweep small.cfg --db resumed.db --shard 2/2
PLANTED_COLUMNS=48 expect 0 "4 of 4 points" "$p" sweep small.cfg --db resumed.db --resume
rows resumed.db | cmp - sound.csv >cmp.out || complain "resumed: other rows"

# every point may break: the sweep still ends, and so does its judgement of constraints
echo 'constraints = "area_mm2 > 0 && latency_s < 1";' >>small.cfg
for columns in 16 64; do
    PLANTED_COLUMNS=$columns expect 0 "4 of 4 points" "$p" sweep small.cfg --db "c$columns.db"
done

[ $failed -eq 0 ] && echo "planted: run, compare, sweep and --resume outlive a broken law"
exit $failed
