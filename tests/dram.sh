#!/bin/sh
# fanlight dram: keys, values, faults and exit codes, from the outside.
set -u
. "$SRCDIR/tests/lib/script.sh"

says() { # TEXT WORDS...: exit code 1, TEXT on stderr, nothing on stdout
    text=$1
    shift
    told "$text" "$f" dram "$@"
    [ -s out ] && complain "output in spite of a fault: $*"
}

value() { # NAME
    sed -n "s/^  \"$1\": \([-0-9.e+]*\),*\$/\1/p" out
}

printf '0 R\n40 W\n80 R\n# comment\n' >short
"$FANLIGHT" dram --device DDR4-3200 --trace short --json >out 2>err || complain "short trace"
for key in requests bytes cycles time_ns bandwidth_gb_s row_hit_rate avg_latency_ns num_act num_pre num_rd num_wr \
    num_ref energy_act_pre_pj energy_rd_pj energy_wr_pj energy_background_pj energy_refresh_pj energy_total_pj; do
    [ -n "$(value $key)" ] || complain "no $key"
done
[ "$(value requests) $(value bytes) $(value num_rd)" = "3 192 2" ] || complain "counts of the short trace"

# a chase of two: 49 clocks of 0.625 ns each
printf '0 R\n100000 R\n' | "$FANLIGHT" dram --device ddr4_3200 --trace - --inject chase --json >out || complain "chase"
[ "$(value num_act)" = 2 ] || complain "rows of the chase"
"$FANLIGHT" dram --device ddr4_3200 --trace short >out 2>err || complain "table"
grep -q '^requests  *3$' out || complain "requests in the table"
[ -s err ] && complain "words on stderr without need"

printf '0 R\nx\n' >bad
says 'bad:2: "x" is no request' --device hbm2 --trace bad
printf 'fffffffffff R\n' >bad
says 'bad:1: address 0xfffffffffff is beyond the device' --device hbm2 --trace bad
says 'no device is called "hbm22"; did you mean "hbm2"?' --device hbm22 --trace short
says 'cannot be read' --device hbm2 --trace missing
says '"robaco" is no order of address fields' --device hbm2 --trace short --map robaco
says 'is neither chase, unlimited nor a number' --device hbm2 --trace short --inject 0
says 'is neither chase, unlimited nor a number' --device hbm2 --trace short --inject fast
says '--trace' --device hbm2

# widths and conventions
for i in 0 1 2 3 4 5 6 7; do printf '%x R\n' $((i * 64)); done >lines
"$FANLIGHT" dram --device hbm3 --trace lines --json >out 2>err || complain "lines"
grep -q '^note: all addresses are multiples of 64 bytes.*(--request 64)' err || complain "no note of lines"
[ "$(value num_rd)" = 8 ] || complain "bursts of lines"
"$FANLIGHT" dram --device hbm3 --trace lines --request 64 --json >out 2>err || complain "lines of 64"
[ "$(value num_rd) $(value bytes) $(cat err)" = "16 512 " ] || complain "two bursts a line"
"$FANLIGHT" dram --device gddr6 --trace lines --json >out 2>err || complain "lines on GDDR6"
grep -q '^note: addresses are multiples of 64 bytes, and a burst has 256' err || complain "no note of narrow requests"
"$FANLIGHT" dram --device hbm3 --trace lines --request "16 B" --json >out 2>err || complain "narrow requests"
grep -q '^note: a request of 16 bytes takes a burst of 32' err || complain "no note of a narrow width"
says 'of a request' --device hbm3 --trace lines --request 0
says 'of a request' --device hbm3 --trace lines --request 2097152
says 'is neither fanlight nor dramsim3' --device hbm3 --trace lines --convention ramulator
sed 's/R/W/' lines >writes
"$FANLIGHT" dram --device hbm2 --trace writes --json >out 2>err || complain "writes"
[ "$(value num_wr)" = 8 ] || complain "the end does not wait for writes"
"$FANLIGHT" dram --device hbm2 --trace writes --convention dramsim3 --json >out 2>err || complain "writes, DRAMsim3's way"
[ "$(value num_wr)" = 0 ] || complain "DRAMsim3 does not wait for writes"

# devices of one's own
printf 'device = "hbm2";\nchannels = 2;\n' >mine.cfg
"$FANLIGHT" dram --device mine.cfg --trace short --json >out || complain "a device file"
printf 'device = "ddr4_3200";\ntrc = 60;\n' >mine.cfg
"$FANLIGHT" dram --device mine.cfg --trace short >out 2>err || complain "a small trc"
grep -q '^warning: mine.cfg: trc is below tras + trp.* 74 clocks' err || complain "no warning of a small trc"
printf 'device = "ddr4_3200";\ntrp = 0;\ntras = -4;\n' >mine.cfg
says 'mine.cfg:2: dram.trp: "0" is out of range' --device mine.cfg --trace short
grep -q 'mine.cfg:3: dram.tras' err || complain "the second fault of a device"
exit $failed
