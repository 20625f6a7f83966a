#!/bin/sh
# planted.sh - a broken law ends its run and nothing else: run, compare, sweep, --resume, and a host process, by a program
# and a library with planted faults: an assertion that breaks, and results that break each law of their own.
set -u
. "$SRCDIR/tests/lib/script.sh"
another fanlight_planted
small_trace
on="--design free_space_1k --trace small.trace"
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
PLANTED_CALL=1 expect 70 "bug at tests/faulty/planted.c" "$p" run $on --db run.db
grep -q "sequencer at [0-9]* ps: '++faulty.wakes < 5' does not hold" err || complain "no unit, time and law"
[ ! -e run.db ] || [ "$(cell run.db "select count(*) from run")" = 0 ] || complain "a broken run is stored"
expect 0 - "$p" run $on --db run.db --quiet
[ "$(cell run.db "select count(*) from run")" = 1 ] || complain "a sound run is not stored"

# compare: the row failed, the others stand, and so does what they were asked for
PLANTED_CALL=2 expect 70 "output_stationary (failed)" "$p" compare $on --db run.db \
    --map weight_stationary,output_stationary,digital
grep -q "^(all) *digital" out && grep -q "^(all) *weight_stationary" out || complain "the other tilings are not shown"
grep -q "Failed: output_stationary: bug at" out || complain "no word why"
[ "$(cell run.db "select count(*) from run")" = 3 ] || complain "the other tilings are not stored"
PLANTED_CALL=2 expect 70 '"failed": [{"tiling": "output_stationary", "error": "bug at' "$p" compare $on --json \
    --db run.db --map weight_stationary,output_stationary,digital

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

# ---- results that break a law of their own: exit code 2 ----

# each law by itself, and nothing is stored
while read -r fault law; do
    PLANTED_LAW=$fault PLANTED_CALL=1 expect 2 "$law" "$p" run $on --map weight_stationary --db law.db
    grep -q "law broken by this result, a bug of fanlight: " err || complain "$fault: not told as what it is"
    [ ! -e law.db ] || [ "$(cell law.db "select count(*) from run")" = 0 ] || complain "$fault: the result is stored"
    [ "$fault" = energy ] || [ "$fault" = counts ] || [ "$(wc -l <err)" -eq 1 ] || complain "$fault: more than one law is broken"
done <<'EOT'
counts what operators count sums to what the unit counts
counts operators' joules and static ones sum to the whole
energy operators' joules and static ones sum to the whole
energy units' joules sum to the whole
latency latency: operators' parts sum to the whole
bound latency: no run takes less than the bound of its plan
time sequencer: nobody is busy for longer than there is time
lanes no more lanes are busy than there are
power no unit draws more than its peak power
macs optical cores: no more MACs are made than at the peak
EOT
PLANTED_LAW=time PLANTED_CALL=1 expect 2 "setup: sequencer: nobody is busy for longer than there is time" "$p" run \
    $on --map weights_in_place --db law.db

# compare and sweep as above
PLANTED_LAW=bound PLANTED_CALL=2 expect 2 "output_stationary (failed)" "$p" compare $on --db lawful.db \
    --map weight_stationary,output_stationary,digital
grep -q "Failed: output_stationary: law broken by this result" out || complain "no word which law"
[ "$(cell lawful.db "select count(*) from run")" = 2 ] || complain "the other tilings are not stored"
sed -i '/^constraints/d' small.cfg
PLANTED_LAW=power PLANTED_COLUMNS=48 expect 0 "4 of 4 points" "$p" sweep small.cfg --db lawful.db
[ "$(cell lawful.db "select count(*) from sweep_point p join run r using (run) where state = 'failed' and error like
    'law broken by this result%: no unit draws more than its peak power: %'")" = 1 ] || complain "the point has no row that says which law"
[ "$(cell lawful.db "select count(*) from sweep_point where state = 'done'")" = 3 ] || complain "not three points are done"

# ---- a host: Python over the shared library, where there is one ----
if [ -z "$SANITIZE_CFLAGS" ] && grep -q '^build_libtool_libs=yes' "$BUILDDIR/libtool"; then
    (cd "$BUILDDIR" && "$MAKE" -s libfanlight_planted.la) >make.out 2>&1 || complain "libfanlight_planted is not built"
    PYTHONPATH=$srcdir/python FANLIGHT_LIBRARY=$BUILDDIR/.libs/libfanlight_planted.so \
        expect 0 "the host lives" /usr/bin/python3 "$srcdir/tests/faulty/host.py" small.trace
fi

[ $failed -eq 0 ] && echo "planted: run, compare, sweep, --resume and hosts outlive a broken law"
exit $failed
