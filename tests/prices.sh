#!/bin/sh
# Other prices for stored runs: reprice, need, uncertainty, and what they refuse.
set -u
. "$SRCDIR/tests/lib/script.sh"
run() { "$f" run --design ot_10k --model gpt2 --context 32 --layers-only --quiet "$@"; }
holds() { expect 0 1 "$f" query --csv "select ($1) as holds"; tail -1 out | grep -qx 1 || complain "does not hold: $1"; }

# ---- reprice: the joules are those of a run that had these prices from the start ----
cat >prices.cfg <<'END'
core = ( { dac = { energy = "*0.5"; }; },
         { adc = { energy = { v = "1 pJ"; from = "a data sheet"; }; }; source = "/2"; } );
sram = "/5";
vector = { mac_energy = "100 fJ"; };
END
run
run --set 'core[0].dac.energy=5 pJ' --set 'core[1].adc.energy=1 pJ' --set core[1].source.wall_plug=0.4 \
    --set 'core[1].source.modulator_energy=1.125 pJ' --set 'sram.read_energy=89.62 pJ' \
    --set 'sram.write_energy=92.28 pJ' --set 'vector.mac_energy=100 fJ'
expect 0 "Stored as run 3" "$f" reprice --run 1 --with prices.cfg
holds "select abs(a.energy_j / b.energy_j - 1) < 1e-12 and a.latency_s = b.latency_s
    from run_summary a, run_summary b where a.run = 2 and b.run = 3"
holds "select max(abs(a.total_j - b.total_j)) < 1e-18 from energy_by_component a
    join energy_by_component b using (component) where a.run = 2 and b.run = 3"
holds "select max(source = 'a data sheet') from price where run = 3 and component = 'adc'"
holds "select count(*) = 0 from price where run = 3 and component = 'sram' and fj > 0 and source is not null"
expect 0 "run 3 at again.cfg" sh -c "echo 'sram = \"*5\";' >again.cfg; '$f' reprice --with again.cfg"
holds "select tallies_of = 1 from run where run = 4"
holds "select abs(a.total_j / b.total_j - 1) < 1e-12 from energy_by_component a join energy_by_component b
    using (component) where a.run = 1 and b.run = 4 and component = 'sram'"

# A run whose mapping file is gone; a price that is worked out from others.
printf 'fanlight-mapping 1\noptical qkv pool=static cores_n=2\n' >gone.map
run --map ./gone.map --db file.db
rm gone.map
expect 0 "Stored as run 2" "$f" reprice --db file.db --run 1 --with prices.cfg
"$f" run --design free_space_1k --set sram.leakage=preset --model gpt2 --context 16 --layers-only --quiet --db preset.db
expect 1 "sram.leakage: is worked out from other keys" sh -c "echo 'sram = \"/2\";' >half.cfg; '$f' reprice --db preset.db --with half.cfg"

# ---- a price that is swept over the clock without being retyped ----
cat >clocks.cfg <<END
design = "lt_b_4"; model = "gpt2"; context = 16;
axes = ( { path = "clocks.core"; values = ["2.5 GHz", "10 GHz"]; },
         { path = ["core.adc.energy_clock", "core.adc.energy_clock_law"]; values = (("5 GHz", "linear"), ("5 GHz", "fixed")); } );
END
expect 0 "4 of 4 points" "$f" sweep clocks.cfg --db clocks.db
expect 0 "370.0;740.0;740.0;1480.0" "$f" query --db clocks.db --csv "select group_concat(fj, ';') from (select fj from price p
    where component = 'adc' and class = 'dynamic' order by fj)"
told 'did you mean "energy_clock_law"?' "$f" run --design lt_b_4 --model gpt2 --set core.adc.energy_clock_lw=linear
told 'a frequency (GHz) is wanted' "$f" run --design lt_b_4 --model gpt2 --set "core.adc.energy_clock=5 pJ"
told '"cubic" is not one of fixed, root, linear, square or inverse' "$f" run --design lt_b_4 --model gpt2 \
    --set core.adc.energy_clock_law=cubic

# ---- reprice: what it refuses, all at once ----
cat >bad.cfg <<'END'
core = { adc = { enrgy = "1 pJ"; energy = "1 pW"; share = 2; }; source = { headroom = 2; }; };
core_bits = 3;
machine = { activation_bits = 4; };
clocks = { core = "2 GHz"; };
dram = "5";
vector = "/0";
END
expect 1 'did you mean "core[0].adc.energy"?' "$f" reprice --run 1 --with bad.cfg
for text in "bad.cfg:1: core[0].adc.share: changes what happens" "changes the laser's level" '"1 pW" is a power' \
    "bad.cfg:3: machine.activation_bits: changes bits" "bad.cfg:4: clocks.core: is a clock" "bad.cfg:2: core_bits" \
    "bad.cfg:5: dram: a factor is wanted" 'bad.cfg:6: vector: "/0" is no factor'; do
    grep -qF -- "$text" err || complain "not told: $text"
done
expect 1 "none.cfg" "$f" reprice --run 1 --with none.cfg
expect 1 "names no price" sh -c "echo >empty.cfg; '$f' reprice --run 1 --with empty.cfg"
expect 1 "--with PRICES.cfg is missing" "$f" reprice --run 1
expect 1 "holds no run 77" "$f" reprice --run 77 --with prices.cfg
expect 1 "no such file" "$f" reprice --db none.db --with prices.cfg
[ ! -e none.db ] || complain "a database was made"
holds "select count(*) = 4 from run"

# ---- need: the value it gives is the value that does it ----
advantage=$("$f" query --csv "select 2 * 300e-15 / j_per_mac from run_summary where run = 1" | tail -1)
expect 0 "level,what,fj" "$f" need --run 1 --advantage "$advantage" --csv
factor=$(sed -n 's/^all,all prices together,,,[^,]*,[^,]*,\([^,]*\),.*/\1/p' out)
holds "select abs($factor - 0.5) < 1e-12"
advantage=$("$f" query --csv "select 1.01 * 300e-15 / j_per_mac from run_summary where run = 1" | tail -1)
expect 0 "level,what,fj" "$f" need --run 1 --advantage "$advantage" --csv
needed=$(sed -n 's/^price,core\[1\].dac.energy,.*,\([^,]*\),[^,]*$/\1/p' out)
expect 0 - sh -c "echo 'core = ( {}, { dac = { energy = \"$needed fJ\"; }; } );' >need.cfg"
expect 0 - "$f" reprice --run 1 --with need.cfg --quiet
holds "select abs(300e-15 / j_per_mac / $advantage - 1) < 1e-9 from run_summary where run = 5"
expect 0 "level,what,fj" "$f" need --run 1 --advantage "$advantage" --csv
factor=$(sed -n 's/^component,sram,,,[^,]*,[^,]*,\([^,]*\),.*/\1/p' out)
expect 0 - sh -c "echo 'sram = \"*$factor\";' >need.cfg"
expect 0 - "$f" reprice --run 1 --with need.cfg --quiet
holds "select abs(300e-15 / j_per_mac / $advantage - 1) < 1e-9 from run_summary where run = 6"
expect 0 "The price that decides" "$f" need --run 1 --advantage "$advantage"
expect 0 "No single price decides" "$f" need --run 1 --advantage 1e9
expect 0 "It is there" "$f" need --run 1 --advantage 0.001x
expect 0 '"level": "price"' "$f" need --run 1 --advantage 100 --json
expect 1 "wants a number above 0" "$f" need --run 1 --advantage much
expect 1 "wants a number above 0" "$f" need --run 1 --advantage -5
expect 1 "--advantage X is missing" "$f" need --run 1

# ---- uncertainty ----
bench() { "$f" run --design slm_bench --model gpt2 --context 4 --layers-only --quiet "$@"; }
"$f" run --design digital_300fj --model gpt2 --context 4 --quiet --db digital.db
expect 1 "no price of run 1 has a range" "$f" uncertainty --db digital.db
bench --set 'core[0].dac.energy={ v = "10 pJ"; low = "5 pJ"; high = "20 pJ"; }' --set \
    'core[0].adc.energy={ v = "3 pJ"; low = "3 pJ"; high = "3 pJ"; }'
expect 0 "100.0 %" "$f" uncertainty
expect 0 - "$f" uncertainty --json --seed 5
cp out first
expect 0 - "$f" uncertainty --json --seed 5
cmp -s out first || complain "equal seeds give unequal figures"
# 5 % of the draws of a triangle (1/2, 1, 2) lie below 1/2 + sqrt(0.05 x 1.5 x 0.5), and as many above
# 2 - sqrt(0.05 x 1.5 x 1): the ends of the interval, to what 10,000 draws can tell.
low=$(sed -n 's/.*"low": \([^,]*\), "median.*/\1/p' out) high=$(sed -n 's/.*"high": \([^,]*\), "spreads.*/\1/p' out)
with="from (select energy_j e, 300e-15 * macs d from run_summary where run = 7),
    (select energy_j p from energy_by_price where run = 7 and price = 'core[0].dac.energy')"
holds "select abs($high * (e + p * (0.5 + sqrt(0.0375) - 1)) / d - 1) < 0.005 $with"
holds "select abs($low * (e + p * (2 - sqrt(0.075) - 1)) / d - 1) < 0.005 $with"
expect 0 "price,component,energy_j" "$f" uncertainty --csv
expect 1 "it lies between 20 and" "$f" uncertainty --samples 3
expect 1 "holds no run 99" "$f" uncertainty --run 99

# ---- ranges of keys that are no price themselves: currents, voltages, efficiencies, losses, sums of powers ----
# What a key's range makes of the run must be what a run with the key at its end costs.
small() { "$f" run --design free_space_1k --model gpt2 --context 16 --layers-only --db ranges.db --quiet "$@"; }
number=0
range_is() { # KEY NOMINAL LOW HIGH
    small --set "$1={ v = \"$2\"; low = \"$3\"; high = \"$4\"; }"
    small --set "$1=$3"
    small --set "$1=$4"
    number=$((number + 3))
    for end in low high; do
        other=$((number - 1))
        [ $end = high ] && other=$number
        expect 0 - "$f" query --db ranges.db --csv "select abs(1 - (select energy_j from run_summary where run = $other) /
            (a.energy_j + (select sum(e.energy_j * (r.${end}_fj / e.fj - 1)) from price_range r join energy_by_action e
             using (run, unit, action, component, class) where run = a.run and e.fj > 0 and r.key = '$1'))) < 1e-9
            from run_summary a where run = $((number - 2))"
        tail -1 out | grep -qx 1 || complain "range of $1: not what a run at its $end end costs"
    done
}
range_is dram.idd4r "390 mA" "300 mA" "500 mA"
range_is dram.idd3n "55 mA" "50 mA" "60 mA"
range_is dram.vdd "1.2 V" "1.1 V" "1.35 V"
range_is 'core[0].source.wall_plug' 0.2 0.1 0.3
range_is 'core[0].detector.quantum_efficiency' 0.8 0.6 0.9
range_is 'core[0].slm.insertion_loss' "2 dB" "1 dB" "4 dB"
# Two powers of one unit that burn at the same time are one price: each keeps its range in it.
small --set 'core[0].slm.hold_power={ v = "10 mW"; low = "5 mW"; high = "20 mW"; }' \
    --set 'core[0].slm.driver_power={ v = "30 mW"; low = "20 mW"; high = "50 mW"; }' --set core.slm.hold_burns=always \
    --set core.slm.driver_burns=always
expect 0 "hold_power" "$f" uncertainty --db ranges.db
grep -q "driver_power" out || complain "of two powers of one unit only one has its range"
exit $failed
