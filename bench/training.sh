#!/bin/sh
# training.sh - steps of training: a thousand of an OPU beside a GPU (ten widths, rates of frames and GPUs), and one of
# 175 B parameters on five machines. Told is CPU time; a sweep's is shared by as many threads as there are processors.
set -eu
f=$FANLIGHT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Seconds of CPU time that all children so far have taken, by what `times` said of them.
cpu() {
    awk 'NR == 2 { split($1 "m" $2, t, /[ms]+/); print t[1] * 60 + t[2] + t[3] * 60 + t[4] }' "$1"
}

timed() { # WHAT COMMAND...
    what=$1
    shift
    times >before
    "$@" >out 2>err
    times >after
    echo "$(cpu after) $(cpu before)" | awk -v what="$what" '{ printf "%7.2f s CPU: %s\n", $1 - $2, what }'
}

models=
for width in 768 1024 1536 2048 2560 3072 4096 5120 6144 8192; do
    printf '{"model_type": "gpt2", "n_embd": %d, "n_layer": %d, "n_head": %d, "vocab_size": 32000, "n_positions": 1024}' \
        $width $((width / 128)) $((width / 64)) >$width.json
    models="$models${models:+, }\"$width.json\""
done
cat >thousand.cfg <<EOF
design = "opu_a100"; model = [$models]; set = ["gpu.memory=100 TB", "gpu.efficiency=1"];
phase = "train"; train = "dfa_block"; encode = "bits=1"; projector = "optical"; batch = 8; attention = "dense";
axes = (
  { name = "frames"; path = "opu.camera.rate_1"; from = "1 kHz"; to = "10 kHz"; steps = 10; },
  { name = "gpu"; path = "gpu.fp16_rate"; from = "10 TFLOP/s"; to = "310 TFLOP/s"; steps = 10; scale = "log"; }
);
EOF
timed "1,000 points of width, frame rate and GPU" "$f" sweep thousand.cfg --db thousand.db
timed "gpt3-175b, bp, a100 with memory for it" \
    "$f" run --design a100 --set "gpu.memory=100 TB" --model gpt3-175b --phase train --train bp --db steps.db -q
timed "gpt3-175b, dfa_layer, opu_a100 with memory for it" \
    "$f" run --design opu_a100 --set "gpu.memory=100 TB" --model gpt3-175b --phase train --train dfa_layer --db steps.db -q
for design in digital_300fj lcos_resident free_space_1k; do
    for map in weight_stationary auto; do
        timed "gpt3-175b, bp, $design, $map" \
            "$f" run --design $design --map $map --model gpt3-175b --context 2048 --phase train --train bp --db steps.db -q
    done
done
