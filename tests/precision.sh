#!/bin/sh
# fanlight precision: figures that follow from the budgets, and what is refused.
set -u
. "$SRCDIR/tests/lib/script.sh"
wide="--set core.slm.columns=65536"
# full_scale: F = 4^7 photons, of which a zero-mean offset output sees a quarter: 4096 / 768 a MAC.
expect 0 "qkv,static,offset,full_scale,768,1,5.33333333333333," "$f" precision --design ot_10k --model gpt2 --csv $wide
# signal: the shot error is the one asked for, whatever the length; non-negative inputs (context) are told apart.
expect 0 "shot 0.05" "$f" precision --design ot_10k --model gpt2 $wide --set core.source.budget=signal \
    --set core.source.error=0.05
[ "$(grep -c 'shot 0.05' out)" -eq 7 ] || { echo "precision.sh: not every operator has the error asked for" >&2; failed=1; }
# a fixed level is that of 10,000 inputs: 4096 / 10000 a MAC, and log2(10000 / 768) / 2 bits fewer.
expect 0 "qkv,static,offset,full_scale,768,1,0.4096,25.3211403315865,5.14402314692093,-4.66227047254776,1.85137493941415," \
    "$f" precision --design ot_10k --model gpt2 --csv --set core.source.level=fixed
expect 0 '"dark_error": 0.0855' "$f" precision --design ot_10k --model gpt2 --json --set core.output_bits=24 --set core.source.photon_bits=7 \
    --set core.adc.range=4 --set core.detector.read_noise=100000 --set 'core.detector.dark_current=1 nA'
expect 0 "read" "$f" precision --design ot_10k --model gpt2 --set core.detector.read_noise=100000
grep -q " read  " out || { echo "precision.sh: read noise does not limit" >&2; failed=1; }
# an amplifier of 5 pA/sqrt(Hz) behind a pair: 698 electrons a nanosecond; one for each diode: sqrt(2) times the error.
noisy() { "$f" precision --design ot_10k --model gpt2 --json --set core.encoding=dual_rail --set core.detector.integration='1 ns' \
    --set core.detector.amplifier_noise='5 pA/sqrt(Hz)' "$@" | sed -n 's/.*"amplifier_error": \([0-9.]*\).*/\1/p' | head -n 1; }
pair=$(noisy --set core.detector.amplifiers=pair) diode=$(noisy)
read_error=$("$f" precision --design ot_10k --model gpt2 --json --set core.encoding=dual_rail --set core.detector.read_noise=697.8 |
    sed -n 's/.*"read_error": \([0-9.]*\).*/\1/p' | head -n 1)
awk -v p="$pair" -v d="$diode" -v r="$read_error" 'BEGIN { exit !(p > 0 && (d / p - sqrt(2))^2 < 1e-9 && (p / r - 1)^2 < 1e-6) }' ||
    { echo "precision.sh: amplifier noise: $pair behind a pair, $diode with one a diode, $read_error as read noise" >&2; failed=1; }
# every other key of what is not noise of a receiver is a term, too
expect 0 '"weight_level_error": 0.164943' "$f" precision --design ot_10k --model gpt2 --json --set core.slm.weight_error=0.005
expect 0 '"crosstalk_error": 0.0505003' "$f" precision --design ot_10k --model gpt2 --json --set core.detector.crosstalk=0.01
expect 0 '"systematic_error": 0.02}' "$f" precision --design ot_10k --model gpt2 --json --set core.detector.systematic_error=0.02
rin() { "$f" precision --design ot_10k --model gpt2 --json --set core.source.rin='-135 dB/Hz' "$@" |
    sed -n 's/.*"intensity_error": \([0-9.e-]*\).*/\1/p' | head -n 1; }
awk -v one="$(rin)" -v each="$(rin --set core.source.emitters=direct)" 'BEGIN { exit !(each > 0 && one > 10 * each) }' ||
    { echo "precision.sh: emitters of their own do not average their noise" >&2; failed=1; }
expect 1 "have no phase in common" "$f" precision --design ot_10k --model gpt2 --set core.encoding=coherent --set core.source.emitters=direct
# Rings of 8000, 15 channels of 1.2 nm, operands that have nothing in common: the root of a ring's squared shares. Half of what
# is to be known of them, or no pair of diodes, is refused.
expect 0 '"channels_error": 0.00917' "$f" precision --design crosslight --model gpt2 --json --context 64
expect 1 "give both, or neither" "$f" precision --design crosslight --model gpt2 --set core.slm.ring_quality=0
expect 1 "onto the two diodes of a pair" "$f" precision --design crosslight --model gpt2 --set core.encoding=coherent
expect 1 "mean_level is of emitters" "$f" precision --design ot_10k --model gpt2 --set core.source.mean_level=0.1
expect 1 "is a current" "$f" precision --design ot_10k --model gpt2 --set 'core.detector.amplifier_noise=5 pA'
expect 1 "give a model" "$f" precision --design ot_10k
expect 1 "no design is called" "$f" precision --design ot_11k --model gpt2
expect 1 "no mapper" "$f" precision --design ot_10k --model gpt2 --map tight
expect 1 "is a current" "$f" precision --design ot_10k --model gpt2 --set 'core.adc.range=1 nA'
expect 1 "no operator is on optical cores" "$f" precision --design ot_10k --model gpt2 --map digital
exit $failed
