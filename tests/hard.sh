#!/bin/sh
# hard.sh - what a user may type and nobody expects: each gets an answer, or a refusal in true words. Nothing here waits for
# a time to pass, only for things to happen.
set -u
. "$SRCDIR/tests/lib/script.sh"
cat >small.trace <<'EOT'
fanlight-trace 1
model small
phase prefill
context 6
input x
linear up x -> y m=6 k=40 n=60
EOT
expect 0 - "$f" run --trace small.trace --map digital --db d.db --quiet
count() { "$f" query --db "$1" --csv "select count(*) from $2" | tail -n 1; }

# ---- query ----
# Every pragma there is: rows, or a reason.
python3 -c 'import sqlite3
for row in sqlite3.connect(":memory:").execute("pragma pragma_list"): print(row[0])' >pragmas 2>python.err
[ -s pragmas ] || echo shrink_memory >pragmas
cp d.db before.db
while read -r pragma; do
    "$f" query --db d.db "pragma $pragma" >out 2>err </dev/null
    case $? in
    0) [ -s out ] && [ ! -s err ] || [ "$pragma" = optimize ] || complain "pragma $pragma: no answer" ;;
    1) grep -q "^SQL: " err || complain "pragma $pragma: no reason" ;;
    *) complain "pragma $pragma: neither an answer nor a refusal" ;;
    esac
done <pragmas
cmp -s d.db before.db || complain "a pragma has changed the database"
told "SQL: this gives no rows" "$f" query --db d.db "pragma shrink_memory"
expect 0 - "$f" query --db d.db "select count(*) from pragma_table_info('run')"
endless="with recursive c(x) as (select 1 union all select x + 1 from c) select"
told "has taken 1 s, and was ended; ask for less, or allow it more with --seconds" "$f" query --db d.db --seconds 1 \
    "$endless count(*) from c"
for format in "" --json --csv; do
    # shellcheck disable=SC2086
    told "needs more than 16 MiB, and was ended" "$f" query --db d.db --memory 16 $format \
        "$endless group_concat(x) from c"
done
told "needs more than 16 MiB" "$f" query --db d.db --memory 16 "select zeroblob(900000000)"
told "needs more than 4 MiB" "$f" query --db d.db --memory 4 "$endless hex(zeroblob(2000)) from c"

# ---- merge ----
ln -s d.db link.db
ln d.db hard.db
for part in d.db ./d.db link.db hard.db "$PWD/d.db"; do
    told "$part: is the database to merge into" "$f" merge d.db "$part"
done
echo 'core = { dac = { energy = "*0.5"; }; };' >cheap.cfg
expect 0 - "$f" merge e.db d.db ./d.db --quiet
expect 0 - "$f" merge e.db d.db --quiet
[ "$(count e.db run)" = 1 ] || complain "a part merged twice is there twice"
expect 0 - "$f" reprice --db d.db --run 1 --with cheap.cfg
expect 0 - "$f" run --trace small.trace --map digital --db d.db --quiet
expect 0 - "$f" merge e.db d.db --quiet
[ "$(count e.db run)" = 3 ] || complain "runs made since are not merged: $(count e.db run)"
[ "$(count e.db "run where tallies_of = 1")" = 1 ] || complain "a run of other prices lost its counts"

# ---- sweeps ----
cat >many.cfg <<'EOT'
design = "free_space_1k"; trace = "small.trace";
sample = "random"; samples = 1000000000;
axes = ( { path = "core[0].adc.share"; from = 1; to = 1000; } );
EOT
(
    ulimit -v 8000000
    told "1000000000 points need " "$f" sweep many.cfg --db many.db
    grep -q "of memory" err || complain "the memory is not named"
    [ ! -e many.db ] || complain "a sweep that was refused made a database"
    exit $failed
) || failed=1
cat >long.trace <<'EOT'
fanlight-trace 1
model long
phase prefill
context 1
input x
repeat 1000000000000000 layer 0
linear a x -> x m=1 k=1 n=1
end
EOT
(
    ulimit -v 6000000
    told "makes 1000000000000000 operators with all repetitions" "$f" run --design free_space_1k --trace long.trace \
        --db long.db
    told "dram.stacks: the data need 29104 stacks of 34.4 GB, more than there can be" "$f" run --design lcos_resident --trace long.trace \
        --db long.db
    exit $failed
) || failed=1

# A first SIGTERM while points are held against constraints that none meets: sent once the program listens to it.
{ sed 's/1000000000/100000000/' many.cfg; echo 'constraints = "area_mm2 < 0";'; } >deaf.cfg
listens() { [ $((0x$(awk '/^SigCgt/ { print $2 }' "/proc/$1/status") & 0x4000)) -ne 0 ]; }
if [ -r /proc/self/status ]; then
    "$f" sweep deaf.cfg --db deaf.db >out 2>err </dev/null &
    until listens $! || ! kill -0 $! 2>kill.out; do sleep 0.05; done
    kill -TERM $!
    wait $! 2>wait.out
    [ $? -eq 1 ] || complain "SIGTERM while constraints are tried: exit code $?"
    grep -q "stopped while points were held against the constraints" err || complain "SIGTERM: no word"
fi

# A reader that holds the database from the first point on until the sweep has ended: all points are stored, exit 0.
cat >some.cfg <<'EOT'
design = "free_space_1k"; trace = "small.trace";
axes = ( { name = "share"; path = "core[0].adc.share"; values = [1, 2, 4, 8]; },
         { name = "cores"; path = "core[0].cores"; values = [1, 2, 4, 8, 16]; } );
EOT
cat >reader.py <<'EOT'
import os, sqlite3, time
c = None
while c is None:
    try:
        if os.path.exists("held.db"):
            c = sqlite3.connect("held.db", isolation_level=None)
            c.execute("begin")
            if c.execute("select count(*) from sweep_point").fetchone()[0] == 0:
                c = None
    except sqlite3.OperationalError:
        c = None
    time.sleep(0.01)
open("holds", "w").close()
while not os.path.exists("release"):
    time.sleep(0.01)
c.close()
EOT
if command -v python3 >which.out; then
    python3 reader.py &
    reader=$!
    sed 's/1, 2, 4, 8, 16/1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16/; s/1, 2, 4, 8\]/1, 2, 4, 8, 16, 32]/' \
        some.cfg >more.cfg
    expect 0 "96 of 96 points" "$f" sweep more.cfg --db held.db --jobs 1
    : >release
    wait $reader
    [ "$(count held.db sweep_point)" = 96 ] || complain "points are missing beside a reader"
fi

# Two sweeps in one file at once.
sed 's/cores"; values = \[1/&, 3/' some.cfg >other.cfg
"$f" sweep some.cfg --db two.db --jobs 1 --quiet 2>some.err &
first=$!
expect 0 - "$f" sweep other.cfg --db two.db --jobs 1 --quiet
wait $first || complain "the first of two sweeps in one file fails: $(cat some.err)"
[ "$(count two.db "sweep_point where state = 'done'")" = 44 ] || complain "two sweeps in one file: points are missing"
[ "$(count two.db run)" = 44 ] || complain "two sweeps in one file: runs are missing"

# ---- mpirun ----
OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 told "mpirun: 2 processes would each do all of \`fanlight run\`" \
    "$f" run --trace small.trace --db ranks.db
OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=1 expect 0 - "$f" run --trace small.trace --db ranks.db
[ ! -s out ] && [ ! -s err ] && [ ! -e ranks.db ] || complain "the second process is not silent"
OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 expect 0 usage "$f" run --help

[ $failed -eq 0 ] && echo "hard: each has its answer"
exit $failed
