#!/bin/sh
# machines.sh - machines side by side (compare --designs), and what `run` holds a run against.
set -u
. "$SRCDIR/tests/lib/script.sh"
some="lcos_resident,digital_22nm,free_space_1k"

# A table that fits a page; the same figures as the runs that it stores.
expect 0 "lcos_resident" "$f" compare --designs "$some" --model gpt2 --context 128 --db runs.db
[ "$(sed -n '1,5p' out | awk '{ if (length($0) > w) w = length($0) } END { print (w <= 100) }')" = 1 ] || complain "too wide"
grep -q "Outputs of free_space_1k are noise" out || complain "noise is not told"
expect 0 "design,time_s,energy_j" "$f" compare --designs "$some" --model gpt2 --context 128 --db runs.db --csv
sed 1d out | cut -d, -f 1-8 >told
"$f" query --db runs.db --csv "select design, latency_s, energy_j, j_per_mac, mean_w, area_mm2, worst_error,
    coalesce(mac_utilization * peak_macs_per_s * latency_s / macs, 0.0) from run_summary where run > 3" | sed 1d >stored
awk -F, 'NR == FNR { line[NR] = $0; next }
    { n = split(line[FNR], a, ",")
      for (i = 1; i <= 8; i++) if (i == 1 ? a[i] != $i : (a[i] - $i) ^ 2 > 1e-18 * $i ^ 2) bad = 1 }
    END { exit bad || FNR != 3 }' told stored || { cp told out; cp stored err; complain "told and stored differ"; }
expect 0 '"worst_operator": "qkv"' "$f" compare --designs "$some" --model gpt2 --context 128 --db runs.db --json
python3 -c 'import json; rows = json.load(open("out")); assert [r["worst_error"] is None for r in rows] == [False, True, False]' ||
    complain "JSON"
# What one machine cannot do does not stop the others; a name that is wrong does, before anything runs.
expect 0 "Not to be had: lcos_resident: weights" "$f" compare --designs lcos_resident,digital_300fj --model gpt3-175b \
    --context 16 --set dram.stacks=1 --db other.db
told 'did you mean "lcos_resident"' "$f" compare --designs lcos_residen,digital_22nm --model gpt2 --db none.db
[ ! -e none.db ] || complain "a database for nothing"
told "need 174" "$f" compare --designs lcos_resident --model gpt3-175b --context 16 --set dram.stacks=1 --db other.db
told "or several" "$f" compare --designs ot_10k --design ot_10k --model gpt2
told "names no design" "$f" compare --designs , --model gpt2

# Every shipped machine says how much of it exists, and every report does so; past a design's limit of error nothing gains.
expect 0 projected "$f" list designs --csv
[ "$(sed 1d out | wc -l)" = "$(ls "$srcdir"/arch/designs/*.cfg | wc -l)" ] || complain "not all designs are listed"
sed 1d out | grep -vE '^[a-z0-9_]+,(product|demonstrated|projected|assumed),' >untold && { cp untold out; complain "designs of no status"; }
head -n 1 "$srcdir/arch/designs/free_space_1k.cfg" | grep -q projected || complain "free_space_1k is not said to be projected"
small="--model gpt2 --context 16 --layers-only --db status.db"
for design in free_space_1k slm_bench a100 digital_300fj; do
    status=$("$f" list designs --csv | sed -n "s/^$design,\([a-z]*\),.*/\1/p")
    expect 0 "the machine is" "$f" run --design $design $small
    grep -Eq "the machine is +$status " out || complain "the report of $design does not say $status"
    [ "$("$f" query --db status.db --csv "select status from run where design = '$design'" | sed 1d)" = "$status" ] ||
        complain "the status of $design is not stored"
    expect 0 "machine    $status: " "$f" explain --design $design --model gpt2 --context 16
    expect 0 "The machine, $design, is $status: " "$f" compare --design $design $small --map auto
    "$f" compare --designs $design $small >out && grep -q "^Machines: $design $status\.$" out ||
        complain "$design side by side"
    if [ -f "${FANLIGHT_D3:-/usr/share/nodejs/d3/dist/d3.min.js}" ]; then
        "$f" report --html status.html --db status.db >out && grep -q "\"$status\"" status.html ||
            complain "no page says $status"
    fi
done
told '"sketched" is not one of untold, product, demonstrated, projected or assumed' "$f" run --design a100 $small \
    --set machine.status=sketched
expect 0 "within its limit of 11.0 %" "$f" run --design lcos_resident $small
grep -q "less than the 300 fJ" out || complain "no advantage within the limit"
# What must be in light is, however inexact; else `auto` would take it elsewhere.
"$f" trace --model gpt2 --context 16 --layers-only | sed "/^ *linear/s/\$/ placed=optical/" >light.trace
light="--trace light.trace --db status.db"
for limit in 0.11 0.10; do
    expect 0 - "$f" compare --designs lcos_resident $light --set machine.error_limit=$limit
    grep -c "off by more than the 10.0 % that the design allows in qkv" out >count
    [ "$(cat count)" = "$([ $limit = 0.10 ] && echo 1 || echo 0)" ] || complain "a limit of $limit judges otherwise"
done
expect 0 "past its limit of 10.0 %" "$f" run --design lcos_resident $light --set machine.error_limit=0.1
grep -q "off by more than the 10.0 % that the design allows: no advantage over anything" out || complain "an advantage past the limit"
expect 0 "Its outputs are off by more than the 10.0 %" "$f" need --advantage 5 --db status.db
expect 0 "Its outputs are off by more than the 10.0 %" "$f" uncertainty --db status.db
expect 0 - "$f" uncertainty --db status.db --run "$("$f" query --db status.db --csv "select max(run) from run where error_limit = 0.11" | tail -n 1)"
! grep -q "Its outputs" out || complain "outputs within the limit are judged"

# Opponents and the other kind have the memories and the control of lcos_resident, to the key.
for design in lcos_resident homodyne_256 digital_22nm digital_5nm; do
    "$f" list designs $design --csv | grep -E '^"?(sram|dram|link|dma|sequencer)\.' >"$design.keys"
    cmp -s lcos_resident.keys $design.keys || complain "$design has other memories than lcos_resident"
done
[ "$(wc -l <lcos_resident.keys)" -gt 50 ] || complain "hardly a key of memories"
# A unit's phase takes power in every place where light meets light.
for power in 0 0.1 0.2; do
    "$f" run --design homodyne_256 $small --set "core[0].slm.power=$power mW" \
        --label phase --quiet || complain "phase of $power mW"
done
"$f" query --db status.db --csv "select group_concat(fj, ' ') from (select p.fj from run r join unit u using (run) join price p
    on p.run = r.run and p.unit = u.unit where label = 'phase' and u.kind = 'crossbar' order by r.run)" | sed 1d >out
[ "$(tr -d '"' <out)" = "0.0 6553.6 13107.2" ] || complain "phases do not draw 0, 6.5536 and 13.1072 W"

# Receivers that sleep leak: 196,608 amplifiers of 10 uW, all the time; those that never sleep leak as well.
for burns in busy always; do
    for leakage in 0 10; do
        "$f" run --design lcos_resident $small --set "core.detector.leakage=$leakage uW" --set core.detector.burns=$burns \
            --set "core.detector.wake=0 ns" --label leaks --quiet || complain "leakage of $leakage uW"
    done
done
"$f" query --db status.db --csv "select group_concat(w, ' ') from (select printf('%.5f', (b.energy_j - a.energy_j) / a.latency_s) as w
    from run_summary a join run_summary b on b.run = a.run + 1 where a.label = 'leaks' and b.label = 'leaks'
    and a.latency_s = b.latency_s and b.energy_j > a.energy_j order by a.run)" | sed 1d | tr -d '"' >out
grep -q "^1.96608 " out && grep -q " 1.96608$" out || complain "leakage is not 1.96608 W"

# Memory grows by whole stacks, which bring their bandwidth: as many as the work needs, or as are given.
for stacks in dram.stacks=fit dram.stacks=6 'dram.channels=192 dram.stacks=1'; do
    set -- $(printf -- '--set %s ' $stacks)
    "$f" run --design lcos_resident --model gpt3-175b --context 16 --db stacks.db --quiet "$@" || complain "$stacks"
done
"$f" query --db stacks.db --csv "select count(*), count(distinct latency_s), count(distinct energy_j), count(distinct peak_w)
    from run_summary" | sed 1d >out
[ "$(cat out)" = 3,1,1,1 ] || complain "stacks that fit are not those that are given"
told 'neither a whole number nor "fit"' "$f" run --design lcos_resident --model gpt2 --set dram.stacks=some --db stacks.db

# A run tells its bound, its worst error and where, what it is held against; and a better mapping, if one is known.
expect 0 "The same work on digital machines: digital_22nm (INT8)" "$f" run --design lcos_resident --model gpt2 --context 128 --db run.db
grep -q "no run of this plan takes less" out || complain "no bound"
grep -Eq "worst error +10.4 %  of the spread of outputs, in qkv \(amplifier\)" out || complain "no worst error"
! grep -q "better mapping" out || complain "auto is not better than auto"
expect 0 'with `--map auto` instead of `--map digital`' "$f" run --design lcos_resident --model gpt2 --context 128 --map digital --db run.db
expect 0 "of outputs that are noise" "$f" run --design free_space_1k --model gpt2 --context 128 --db run.db
"$f" run --design digital_22nm --model gpt2 --context 128 --db run.db >out
! grep -q "same work" out || complain "a digital machine is no rival of itself"
# the row has what `precision` predicts, and the bound
error=$("$f" precision --design lcos_resident --model gpt2 --context 128 --csv | cut -d, -f 8 | sed 1d | sort -g | tail -n 1)
"$f" query --db run.db --csv "select worst_error, bound_s <= latency_s from run_summary where run = 1" | sed 1d >out
[ "$(cut -d, -f 1 out | cut -c 1-12)" = "$(echo "$error" | cut -c 1-12)" ] || complain "not the $error of precision"
[ "$(cut -d, -f 2 out)" = 1 ] || complain "beats its bound"
exit $failed
