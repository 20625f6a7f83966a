#!/bin/sh
# devices.sh - a device in a slot is one file, and no command knows any by name.
#
# The program built here has devices that fanlight has not: a bank of rings (tests/devices/ring_bank.c) in the place of the
# SLM, which has few of its keys, and every device of units/ once more, as other_NAME. What those run is the same to the
# row; with the bank every command does its work, on light.
set -u
. "$SRCDIR/tests/lib/script.sh"
another fanlight_devices
small_trace
design=$srcdir/tests/bad/good_design.cfg
cell() { "$p" query --db "$1" --csv "$2" | tail -n 1; }
columns="latency_s, energy_j, macs, area_mm2, peak_w"

# ---- every device under another name, slot by slot ----
"$p" run --design "$design" --trace small.trace --map weight_stationary --db same.db >out 2>err ||
    complain "the design does not run"
want=$(cell same.db "SELECT $columns FROM run_summary")
[ -n "$want" ] || complain "no figures to compare with"
other() { # SLOT DESIGN: a design with the other device in the slot
    sed "s/^\( *\)$1 = {/\1$1 = { type = \"other_$1\";/" "$2" >with.cfg
    grep -q "other_$1" with.cfg || case $1 in
        fanout) sed -i 's/    slm = {/    fanout = { type = "other_fanout"; };\n&/' with.cfg ;;
        *) echo "$1 = { type = \"other_$1\"; };" >>with.cfg ;;
    esac
    cat with.cfg
}
cp "$design" all.cfg
for slot in sequencer dac source fanout slm detector adc accumulator sram dram link dma vector; do
    other $slot "$design" >other.cfg
    other $slot all.cfg >more.cfg && mv more.cfg all.cfg
    rm -f other.db
    "$p" run --design other.cfg --trace small.trace --map weight_stationary --db other.db >out 2>err ||
        complain "other_$slot does not run"
    [ "$(cell other.db "SELECT $columns FROM run_summary")" = "$want" ] || complain "other_$slot gives other figures than $slot"
    [ "$(cell other.db "SELECT count(*) > 0 FROM unit WHERE kind = 'other_$slot'")" = 1 ] || complain "no other_$slot in the database"
done

# ---- a bank of rings, and another device in every other slot: every command ----
bank='type = "ring_bank"; columns = 16; rows = 8; tuning = "3 pJ"; heater = "1 mW"; settle = "4 us"; past = "0.02 dB";'
sed "s/slm = {[^}]*}/slm = { $bank }/; s/weight_dac = {/weight_dac = { type = \"other_dac\";/" all.cfg >rings.cfg
run="--design rings.cfg --trace small.trace --map weight_stationary"
tried=
does() { # COMMAND TEXT OPTIONS...
    command=$1 text=$2
    shift 2
    tried="$tried $command "
    expect 0 "$text" "$p" "$command" "$@"
}
does run "optical" $run --db rings.db
[ "$(cell rings.db "SELECT count(DISTINCT kind) || ' ' || sum(kind NOT LIKE 'other\_%' ESCAPE '\' AND kind <> 'ring_bank') FROM unit")" = "13 0" ] ||
    complain "not every slot has another device: $("$p" query --db rings.db "SELECT path, kind FROM unit")"
[ "$(cell rings.db "SELECT sum(macs) FROM operator WHERE placed = 'optical'")" = "$(cell rings.db "SELECT macs FROM run_summary")" ] ||
    complain "not all work is in light"
[ "$(cell rings.db "SELECT $columns FROM run_summary")" != "$want" ] ||
    complain "a bank of rings is no SLM"
[ "$(cell rings.db "SELECT count(*) FROM energy_by_component WHERE component = 'modulator' AND static_j > 0")" = 1 ] ||
    complain "heaters are not charged"
does compare "weight_stationary" --design rings.cfg --trace small.trace --db compared.db
does trace "linear" --trace small.trace
does explain "weight_stationary" $run
does check "no faults" rings.cfg
does list "ring_bank" units
expect 0 "tuning" "$p" list units ring_bank
does report "modulator" --db rings.db
"$p" run $run --set core.slm.heater="2 mW" --db rings.db >out 2>err || complain "no second run"
does diff "modulator" --db rings.db 1 2
does query "ring_bank" --db rings.db "SELECT kind FROM unit"
echo 'core = { slm = "/5"; };' >cheap.cfg
does reprice "run 3" --db rings.db --with cheap.cfg
does need "core[0].slm.heater" --db rings.db --advantage 1e-6
does uncertainty "of the variance" --db rings.db
does reproduce "Claim 6" optical-transformers --claim 6 --db paper.db
does precision "shot" $run
echo "0 R" >requests
does dram "GB/s" --device hbm2 --trace requests
cat >rings_sweep.cfg <<'EOT'
design = "rings.cfg";
trace = "small.trace";
axes = (
  { path = "core.slm.columns"; values = [8, 16]; },
  { path = "core.slm.settle"; values = ["1 us", "9 us"]; }
);
EOT
does sweep "4" rings_sweep.cfg --db sweep.db
does merge "runs" merged.db rings.db compared.db
does learn "last_layer" --task letters --steps 1
does accuracy "optical" --design rings.cfg --net letters-64
{ echo "wanted,got,output"; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "0.$i,0.$((i + 1)),$((i % 2))"; done; } >pairs.csv
does calibrate "gain" pairs.csv
does tolerance "photons" --net generated-16 --windows 16
does plot - breakdown --db rings.db -o energy.csv
does help "run" run
for command in $("$f" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    case $tried in
    *" $command "*) ;;
    *) complain "$command was not tried with a bank of rings" ;;
    esac
done

# ---- a GPU and nothing else, under another name ----
sed 's/{ format = "fp16";/{ type = "other_gpu"; format = "fp16";/' "$srcdir/arch/designs/a100.cfg" >gpu.cfg
"$p" run --design a100 --trace small.trace --db gpu.db >out 2>err || complain "a100 does not run"
"$p" run --design gpu.cfg --trace small.trace --db gpu.db >out 2>err || complain "other_gpu does not run"
[ "$(cell gpu.db "SELECT count(*) || ' ' || count(DISTINCT latency_s) || ' ' || count(DISTINCT energy_j) FROM run_summary")" = "2 1 1" ] ||
    complain "other_gpu gives other figures than gpu"
[ "$(cell gpu.db "SELECT group_concat(path || ' ' || kind, '; ') FROM unit WHERE run = 2")" = "sequencer sequencer; gpu[0] other_gpu" ] ||
    complain "a GPU does not stand alone: $(cell gpu.db "SELECT group_concat(path) FROM unit WHERE run = 2")"
[ "$(cell gpu.db "SELECT group_concat(DISTINCT placed || ' ' || engine) FROM operator WHERE run = 2")" = "gpu gpu[0]" ] ||
    complain "not all is on the GPU"
# ... and an OPU of other mirrors and another camera
printf 'fanlight-trace 2\nmodel p\ninput x\nproject p x -> y m=20 k=300 n=200 patterns=2\n' >random.trace
sed 's/{ source = {/{ source = { type = "other_dmd";/; s/camera = {/camera = { type = "other_camera";/' "$srcdir/arch/designs/opu.cfg" >opu.cfg
for d in opu opu.cfg; do
    "$p" run --design $d --trace random.trace --db opu.db >out 2>err || complain "$d does not run"
done
[ "$(cell opu.db "SELECT count(*) || ' ' || count(DISTINCT latency_s) || ' ' || count(DISTINCT energy_j) FROM run_summary")" = "2 1 1" ] ||
    complain "another OPU gives other figures"
[ "$(cell opu.db "SELECT group_concat(kind, '; ') FROM unit WHERE run = 2")" = "sequencer; other_dmd; other_camera" ] ||
    complain "not another OPU: $(cell opu.db "SELECT group_concat(kind) FROM unit WHERE run = 2")"
does explain "optical" --design opu.cfg --trace random.trace
# ... beside a GPU, which projects what it has room for
{ echo 'base = "a100"; opu = ('; sed -n '/{ source = {/,/} );/p' opu.cfg; } >both.cfg
printf 'fanlight-trace 2\nmodel p\ninput x\nproject p x -> y m=20 k=30000 n=20000\n' >large.trace
for memory in "80 GB" "1 GB"; do
    "$p" run --design both.cfg --trace large.trace --set gpu.memory="$memory" --db both.db >out 2>err || complain "both do not run"
done
[ "$(cell both.db "SELECT group_concat(run || ' ' || engine, '; ') FROM operator")" = "1 gpu[0]; 2 opu[0]" ] ||
    complain "a matrix of 1.2 GB goes elsewhere: $(cell both.db "SELECT group_concat(run || ' ' || engine) FROM operator")"
gpu="--design gpu.cfg --trace small.trace"
does run "gpu" $gpu --map search --objective edp --db gpu.db
does run "gpu" $gpu --map search --objective energy --no-leap --db gpu.db
does explain "gpu" $gpu
does compare "digital" $gpu --db gpu.db
does check "no faults" gpu.cfg
does report "gpu" --db gpu.db
echo 'gpu = { work_power = "/2"; };' >calm.cfg
does reprice "run" --db gpu.db --run 2 --with calm.cfg
expect 0 "gpu[0].work_power" "$p" need --db gpu.db --advantage 1e-6
expect 1 "no operator is on optical cores" "$p" precision $gpu

# ---- both operands streamed, by other devices ----
sed 's/type = "crossbar"/type = "other_crossbar"/; s/    buffer = {  /    buffer = { type = "other_buffer"; /
     s/    weight_source = {/    weight_source = { type = "other_modulators";/; s/    integrator = {/    integrator = { type = "other_integrator";/
     s/    weight_dac = {/    weight_dac = { type = "other_dac";/' "$srcdir/arch/designs/lt_b_4.cfg" >streamed.cfg
streamed="--design streamed.cfg --trace small.trace"
echo 'core = { weight_source = "/2"; };' >cheap_streams.cfg
for d in lt_b_4 streamed.cfg; do
    "$p" run --design $d --trace small.trace --db streamed.db >out 2>err || complain "$d does not run"
done
[ "$(cell streamed.db "SELECT count(*) || ' ' || count(DISTINCT latency_s) || ' ' || count(DISTINCT energy_j) FROM run_summary")" = "2 1 1" ] ||
    complain "other devices that stream give other figures"
[ "$(cell streamed.db "SELECT count(*) FROM unit WHERE run = 2 AND kind LIKE 'other\_%' ESCAPE '\'")" = 5 ] ||
    complain "not five other devices: $(cell streamed.db "SELECT group_concat(kind) FROM unit WHERE run = 2")"
does run "modulator" $streamed --map search --objective edp --db streamed.db
does explain "streamed" $streamed
# ... and converters behind wired cores are on once for each group of them, or they would draw more than their peak
does run "adc" $streamed --set "core[0].adc.power=1 mW" --set core[0].adc.burns=powered --set "core[0].adc.energy=0 pJ"
"$p" run $streamed --write-map written.map --db streamed.db >out 2>err || complain "no mapping file is written"
does run "mapped by written.map" $streamed --map written.map --db streamed.db
sed -i 's/tile_n=12/tile_n=6/' written.map
expect 1 "holds no weights" "$p" run $streamed --map written.map --db streamed.db
does compare "streamed" $streamed --db streamed.db
does precision "sensitivity" $streamed
does accuracy "optical" --design streamed.cfg --net letters-64
does reprice "run" --db streamed.db --run 2 --with cheap_streams.cfg

# ---- two vector units: one for rows, one for MACs ----
sed 's/^vector = {.*/vector = ( { lanes = 64; mac_lanes = 1; op_energy = "100 fJ"; mac_energy = "300 fJ"; },\
           { lanes = 1; mac_lanes = 256; op_energy = "200 fJ"; mac_energy = "400 fJ"; } );/' "$design" >two.cfg
two="--design two.cfg --trace small.trace --map digital"
"$p" run $two --db two.db >out 2>err || complain "two vector units do not run"
"$p" run $two --db two.db --no-leap >out 2>err || complain "two vector units do not run without leaps"
counts="SELECT group_concat(path || ' ' || action || ' ' || n, '; ') FROM (SELECT u.path, t.action, sum(t.count) AS n
    FROM tally t JOIN unit u USING (run, unit) WHERE u.kind = 'vector' AND t.action IN ('operated', 'multiplied')
    AND t.run = 1 GROUP BY 1, 2 HAVING n > 0 ORDER BY 1, 2)"
[ "$(cell two.db "$counts")" = "vector[0] operated 4320; vector[1] multiplied 86400" ] ||
    complain "rows are not on one unit and MACs on the other: $(cell two.db "$counts")"
[ "$(cell two.db "SELECT group_concat(DISTINCT name || ' ' || engine) FROM operator WHERE run = 1")" = \
    '"ln vector[0],up vector[1],down vector[1],join vector[0]"' ] || complain "operators do not tell their engines"
[ "$(cell two.db "SELECT count(DISTINCT latency_s) || ' ' || count(DISTINCT energy_j) FROM run_summary")" = "1 1" ] ||
    complain "leaps change what two vector units give"
"$p" run $two --set vector.mac_energy="800 fJ" --db two.db >out 2>err || complain "vector.mac_energy does not mean both"
[ "$(cell two.db "SELECT sum(fj) FROM price WHERE run = 3 AND action = 'multiplied' AND class = 'dynamic'")" = 1600 ] ||
    complain "vector.mac_energy does not set both"
expect 1 "the design has 2 vectors, the last is vector[1]" "$p" run $two --set 'vector[2].lanes=4'
exit $failed
