#!/bin/sh
# sweep.sh - how many designs a second: gpt2, prefill of 1024 tokens, on 2,016 machines of the size of SLM, number of
# cores, ADC sharing and SRAM, every point simulated event by event between exact leaps.
#
# Told are points a second of wall time and of CPU time (on a machine that does other things too, only the latter means
# much), what a second thread brings, and the memory held after a tenth of the sweep and at its end.
# FANLIGHT_SWEEP_POINTS=100000 makes one sweep of that many points instead and times the query for the best of them.
set -eu
f=$FANLIGHT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

head_write() { # name
    echo "name = \"$1\"; design = \"free_space_1k\"; model = \"gpt2\"; context = 1024; mapper = \"weight_stationary\";"
    echo 'set = ["sram.node=22 nm", "sram.read_energy=preset", "sram.write_energy=preset", "sram.leakage=preset",'
    echo '       "sram.area=preset"];'
}

# What `times` said of all children so far, in seconds.
cpu() {
    awk 'NR == 2 { split($1 "m" $2, t, /[ms]+/); print t[1] * 60 + t[2] + t[3] * 60 + t[4] }' "$1"
}

resident_kb() {
    awk '/^VmRSS/ { print $2 }' "/proc/$1/status" 2>rss.err
}

# Sweeps $1.cfg by $2 threads into $1-$2.db; adds a line to `table` and writes CPU seconds to cpu.$2, wall to wall.$2.
sweep() {
    times >times.before
    "$f" sweep "$1.cfg" --db "$1-$2.db" --jobs "$2" >out &
    while kill -0 $! 2>kill.err && [ "$(awk '{ print $3 }' "/proc/$!/stat" 2>stat.err)" != Z ]; do
        resident_kb $! || true
        sleep 0.1
    done >rss
    wait $!
    times >times.after
    echo "$(cpu times.after) $(cpu times.before)" | awk '{ print $1 - $2 }' >"cpu.$2"
    awk '/^Sweep/ { print $3 }' out >points
    sed -n 's/.* in \([0-9.]*\) s:.*/\1/p' out >"wall.$2"
    paste points "wall.$2" "cpu.$2" | awk -v threads="$2" '{
        printf "%d thread%s %d points, %.1f s wall, %.1f s CPU: %.1f points/s, %.1f points per CPU second\n",
               threads, (threads > 1 ? "s:" : ": "), $1, $2, $3, $1 / $2, $1 / $3 }'
    awk 'NF { rss[++n] = $1 }
         END { if (n > 9) printf "           memory at a tenth %.1f MB, at the end %.1f MB\n",
               rss[int(n / 10) + 1] / 1e3, rss[n - 1] / 1e3 }' rss
}

if [ -z "${FANLIGHT_SWEEP_POINTS:-}" ]; then
    { head_write grid
      cat <<'EOF'
axes = (
  { name = "slm"; path = ["core[1].slm.rows", "core[1].slm.columns"];
    values = [512, 640, 768, 896, 1024, 1280, 1536, 2048]; },
  { name = "cores"; path = "core[1].cores"; values = [1, 2, 4, 8, 16, 32, 64]; },
  { name = "share"; path = "core[1].adc.share"; values = [1, 2, 4, 8, 16, 32]; },
  { name = "sram"; path = "sram.capacity"; values = ["8 MiB", "16 MiB", "32 MiB", "64 MiB", "128 MiB", "256 MiB"]; }
);
EOF
    } >grid.cfg
    sweep grid 1
    sweep grid 2
    paste cpu.1 cpu.2 wall.1 wall.2 | awk '{
        printf "a second thread: %.2f x by wall time; by CPU time (2 x that of one / that of two) %.2f x\n",
               $3 / $4, 2 * $1 / $2 }'
    exit 0
fi

{ head_write large
  cat <<EOF
sample = "lhs"; samples = $FANLIGHT_SWEEP_POINTS; seed = 1;
axes = (
  { name = "slm"; path = ["core[1].slm.rows", "core[1].slm.columns"]; from = 512; to = 4096; scale = "log"; },
  { name = "cores"; path = "core[1].cores"; from = 1; to = 128; scale = "log"; },
  { name = "share"; path = "core[1].adc.share"; from = 1; to = 64; scale = "log"; },
  { name = "banks"; path = "sram.banks"; values = [32, 64, 128, 256]; }
);
EOF
} >large.cfg
sweep large 2
ls -l large-2.db | awk '{ printf "database %.0f MB, %.1f kB a point\n", $5 / 1e6, $5 / 1e3 / '"$FANLIGHT_SWEEP_POINTS"' }'
for query in "select count(*) from pareto" "select * from sensitivity" "select * from best_per_model"; do
    before=$(date +%s.%N)
    "$f" query --db large-2.db "$query"
    date +%s.%N | awk -v before="$before" -v query="$query" '{ printf "%.2f s: %s\n", $1 - before, query }'
done
