#!/bin/sh
# fanlight learn and accuracy: rows that scripts read, files, what is refused.
set -u
. "$SRCDIR/tests/lib/script.sh"
small="--task characters --text generated --width 8 --context 16 --steps 20"
# shellcheck disable=SC2086
expect 0 "last_layer" "$f" learn $small --method dfa -o a.net --csv
grep -q '^characters,dfa,1,[0-9.]*,,$' out || complain "no row of dfa"
# shellcheck disable=SC2086
expect 0 - "$f" learn $small --method dfa -o b.net
cmp a.net b.net || complain "the same seed trains another network"
# its head says how it was made, and that makes it again
recipe=$(sed -n 's/^recipe fanlight //p' a.net)
# shellcheck disable=SC2086
expect 0 - "$f" $recipe -o c.net
cmp a.net c.net || complain "the recipe makes another network"

# trained on a machine, with its noise: by the recipe to the bit, too
# shellcheck disable=SC2086
expect 0 - "$f" learn $small --design slm_bench --set core.encoding=dual_rail --photons-per-mac 30 -o noisy.net
cmp -s a.net noisy.net && complain "a design makes no difference to training"
recipe=$(sed -n 's/^recipe fanlight //p' noisy.net)
eval "expect 0 - '$f' $recipe -o again.net"
cmp noisy.net again.net || complain "the recipe with a design makes another network"

expect 0 '"arithmetic": "optical"' "$f" accuracy --design slm_bench --net ./a.net --windows 16 --json
expect 0 "8 bits" "$f" accuracy --design ot_10k --net generated-16 --windows 16 --seeds 2

told "no network \"generated-17\"; did you mean" "$f" accuracy --design ot_10k --net generated-17
told "no design is called" "$f" accuracy --design ot_11k --net generated-16
told "wordnet-base" "$f" learn --task graph --wordnet /nowhere
told "wordnet-base" "$f" accuracy --design ot_10k --net generated-16 --text wordnet --wordnet /nowhere
told "a number from" "$f" accuracy --design ot_10k --net generated-16 --photons-per-mac many
told "less than one photon" "$f" accuracy --design ot_10k --net generated-16 --photons-per-mac 0.0001
told "no product of generated-16 is on optical cores" "$f" accuracy --design ot_10k --net generated-16 --map digital \
    --photons-per-mac 10
told "not learnt by elm" "$f" learn --task characters --method elm
told "heads do not divide" "$f" learn --task characters --width 65
told "only networks for characters" "$f" learn --task letters -o d.net
told "only networks for characters" "$f" learn --task letters --design slm_bench
told "name it with --design" "$f" learn --task characters --photons-per-mac 3
[ ! -e d.net ] || complain "a file of a failed command stays"
head -c 3000 a.net >short.net
told "bytes behind" "$f" accuracy --net ./short.net
echo hello >word.net
told "no network: its first line" "$f" accuracy --net ./word.net
sed 's/^width 8$/width eight/' a.net >wrong.net
told "wrong.net:5: \"eight\" is no whole number" "$f" accuracy --net ./wrong.net
echo short >short.txt
told "too little text" "$f" accuracy --net generated-16 --text ./short.txt
exit $failed
