#!/bin/sh
# plot.sh - every kind of plot: what is in it, that it is drawn alike twice, and what is said when it cannot be drawn.
# Pictures need gnuplot; scripts and figures do not.
set -u
. "$SRCDIR/tests/lib/script.sh"
design=$srcdir/tests/bad/good_design.cfg

toy_sweep 'rows & \"columns\"' 14
"$f" sweep toys.cfg --db toys.db --quiet || { complain "the sweep failed"; exit 1; }

# Is file $1 well-formed XML, as far as a parser is at hand?
well_formed() {
    for python in python3 /usr/bin/python3; do
        command -v $python >which.out && { $python -c 'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' "$1"; return; }
    done
    grep -q '</svg>' "$1"
}

# ---- figures and scripts, which need no gnuplot ----

"$f" plot --db toys.db pareto -o pareto.csv || complain "no figures of pareto"
head -n 1 pareto.csv | grep -qx 'series,latency (s),energy (J),best,front,name' || complain "head of pareto.csv: $(head -n 1 pareto.csv)"
[ "$(cut -d, -f4 pareto.csv | grep -c '^0')" -eq 84 ] || complain "pareto.csv holds not 84 points"
best=$("$f" query --db toys.db --csv "select count(*) from pareto" | tail -n 1)
[ "$best" -gt 1 ] && [ "$(cut -d, -f4 pareto.csv | grep -c '^1')" -eq "$best" ] || complain "pareto.csv marks not $best points"
"$f" plot --db toys.db scaling -o scaling.csv || complain "no figures of scaling"
head -n 1 scaling.csv | grep -qx 'series,"rows & ""columns""",throughput (MAC/s),best,name' || complain "$(head -n 1 scaling.csv)"
grep -q '^toy,8,[0-9.e+]*,1,clock=' scaling.csv || complain "scaling.csv has no line of 8 rows: $(cat scaling.csv)"
"$f" plot --db toys.db scaling --axis clock -o scaling.csv || complain "no figures of scaling over clock"
[ "$(cut -d, -f4 scaling.csv | grep -c '^1')" -eq 28 ] || complain "scaling over clock: not 2 x 14 values"
head -n 2 scaling.csv | tr '\n' ' ' | grep -q '^series,clock (ns),throughput (MAC/s),best,name toy,1,' || complain "$(head -n 2 scaling.csv)"

# Eight series: the first colour comes again with another mark. Values in several units are compared by what they are.
cat >eight.cfg <<EOF
design = "$design"; model = "toy.json"; context = [8, 12, 16, 20, 24, 28, 32, 36];
axes = ( { name = "settle"; path = "core.slm.settle"; values = ["900 ns", "1.234567 us"]; } );
EOF
"$f" sweep eight.cfg --db eight.db --quiet && "$f" plot --db eight.db scaling -o eight.gp || complain "no eight series"
[ "$(grep -o 'lc rgb "#[0-9a-f]*" pt [0-9]* ps 1.1' eight.gp | sort -u | wc -l)" -eq 8 ] || complain "series look alike: $(cat eight.gp)"
"$f" plot --db eight.db scaling -o eight.csv && head -n 2 eight.csv | tr '\n' ' ' |
    grep -q '^series,settle,throughput (MAC/s),best,name "toy, context 8",900000,' || complain "$(head -n 2 eight.csv)"
"$f" plot --db toys.db breakdown --run 3 -o breakdown.csv || complain "no figures of breakdown"
"$f" query --db toys.db --csv "select total_j from energy_by_component where run = 3 and component = 'sram'" >sram
awk -F, 'FILENAME == "sram" { want = $1 } FILENAME != "sram" && $2 == "sram" { have += $3 }
         END { exit !(want > 0 && have / want > 0.999999 && have / want < 1.000001) }' sram breakdown.csv ||
    complain "breakdown.csv: another sum for the SRAM than $(tail -n 1 sram): $(cat breakdown.csv)"
"$f" plot --db toys.db utilization -o utilization.csv || complain "no figures of utilization"
awk -F, 'NR > 1 { sum[$2] += $3; n++ } END { for (u in sum) if (sum[u] < 99.999 || sum[u] > 100.001) exit 1; exit n < 9 }' \
    utilization.csv || complain "utilization.csv: states do not sum to 100 %"

# Scaling joins only like with like: 3 values of rows at each of 14 clocks and 2 workloads are 28 lines of 3 points.
"$f" plot --db toys.db scaling -o scaling.gp || complain "no script of scaling"
sed -n '/^\$series/,/^EOD/p' scaling.gp | awk '/^EOD/ || /^$/ { if (n != 3) bad = 1; n = 0; lines++; next } /^[0-9]/ { n++ }
    END { exit bad || lines != 28 }' || complain "scaling.gp does not join 28 lines of 3 points: $(cat scaling.gp)"

# The front: no point of the workload is as good in what is drawn and better in one of them; the figures are SQL's.
front_is() { # KIND-ARGUMENTS SQL-OF-X SQL-OF-Y BETTER-X BETTER-Y
    "$f" plot --db toys.db pareto $1 -o front.csv || complain "no figures of pareto $1"
    "$f" query --db toys.db --csv "with p as (select r.job, r.point, $2 as x, $3 as y from sweep_result r join run_summary s
        using (run)) select count(*) from (select distinct a.job, x, y from p a where not exists (select 1 from p b where
        b.job = a.job and b.x $4= a.x and b.y $5= a.y and (b.x $4 a.x or b.y $5 a.y)))" | tail -n 1 >want
    [ "$(cut -d, -f5 front.csv | grep -c '^1')" -eq "$(cat want)" ] && [ "$(cat want)" -gt 1 ] ||
        complain "pareto $1: not $(cat want) points on the front: $(grep -c . front.csv)"
}
front_is "" s.latency_s s.energy_j "<" "<"
front_is "--x area_mm2 --y macs_per_s" s.area_mm2 s.macs_per_s "<" ">"
front_is "--x macs_per_s --y mean_w" s.macs_per_s s.mean_w ">" "<"
"$f" plot --db toys.db pareto --x clock --y area_mm2 --colour latency_s -o shade.csv || complain "no colours"
head -n 1 shade.csv | grep -qx 'series,clock (ns),area (mm^2),best,front,name,latency (s)' || complain "$(head -n 1 shade.csv)"
"$f" plot --db toys.db pareto --colour clock -o shade.gp && grep -q 'lc palette' shade.gp || complain "an axis is no colour"

# Cells: as many as pairs of values, each the best there.
"$f" plot --db toys.db heatmap --colour energy_j --job 1 -o heatmap.csv || complain "no figures of heatmap"
head -n 1 heatmap.csv | grep -qx '"rows & ""columns""",clock (ns),energy (J)' || complain "$(head -n 1 heatmap.csv)"
[ "$(wc -l <heatmap.csv)" -eq 43 ] || complain "heatmap: not 3 x 14 cells"
"$f" query --db toys.db --csv "select min(energy_j), max(energy_j) from sweep_result where job = 1" | tail -n 1 >want
awk -F, 'NR == FNR { low = $1; high = $2; next } FNR > 1 { if (least == "" || $3 < least) least = $3; if ($3 > most) most = $3 }
    END { exit !(least / low > 0.999999 && least / low < 1.000001 && most / high > 0.999999 && most / high < 1.000001) }' \
    want heatmap.csv || complain "heatmap: other energies than $(cat want)"

# Roofline: what multiplies, each below the roofs; throughput is MACs over time.
"$f" plot --db toys.db roofline --run 1 -o roofline.csv || complain "no figures of roofline"
"$f" query --db toys.db --csv "select count(distinct name || placed), (select peak_macs_per_s from run where run = 1)
    from operator where run = 1 and macs > 0" | tail -n 1 >want
awk -F, 'NR == FNR { n = $1; peak = $2; next } FNR > 1 && $1 != "(roof)" { points++; if ($3 > peak) over = 1 }
    END { exit over || points != n }' want roofline.csv || complain "roofline: not $(cat want): $(cat roofline.csv)"

# Tornado: the spans of `fanlight uncertainty`.
"$f" run --design free_space_1k --model gpt2 --context 16 --db ranges.db --quiet || complain "no run of free_space_1k"
"$f" plot --db ranges.db tornado -o tornado.csv && "$f" uncertainty --db ranges.db --csv >spans.csv || complain "no spans"
[ "$(wc -l <tornado.csv)" -eq "$(wc -l <spans.csv)" ] && [ "$(wc -l <spans.csv)" -gt 1 ] || complain "tornado: $(cat tornado.csv)"
"$f" query --db ranges.db --csv "select energy_j from run_summary" | tail -n 1 >want
awk -F, 'NR == FNR { e = $1; next } FNR > 1 && !($(NF - 2) <= e * 1.000001 && $(NF - 1) >= e * 0.999999) { exit 1 }' want tornado.csv ||
    complain "tornado: spans do not hold $(cat want): $(cat tornado.csv)"

for kind in pareto breakdown utilization scaling heatmap roofline; do
    "$f" plot --db toys.db $kind -o $kind.gp && "$f" plot --db toys.db $kind -o again.gp || complain "no script of $kind"
    cmp $kind.gp again.gp || complain "$kind: two scripts of the same rows differ"
    "$f" plot --help | grep -q "^  $kind " || complain "$kind is not in --help"
done
[ "$(sed -n '/^\$series0 /,/^EOD/p' pareto.gp | grep -c '^[0-9]')" -eq 42 ] || complain "pareto.gp: not 42 points a series"
# One component, one colour, also where components are not the bars.
grep -q ' 0x332288$' breakdown.gp || complain "breakdown.gp: the SRAM is not in its colour"

# ---- pictures ----

if command -v gnuplot >which.out; then
    for kind in pareto breakdown utilization scaling heatmap roofline; do
        "$f" plot --db toys.db $kind -o $kind.svg && "$f" plot --db toys.db $kind -o again.svg || complain "no $kind.svg"
        cmp $kind.svg again.svg || complain "$kind: two pictures of the same rows differ"
        well_formed $kind.svg || complain "$kind.svg is not well-formed"
        grep -q '^<svg role="img"' $kind.svg && ! grep -qi '<desc>Produced\|<title>gnuplot' $kind.svg && grep -q '^<!-- .*GNUPLOT.* -->' $kind.svg &&
            grep -q '^<desc>.*\(toys\|prefill\)' $kind.svg || complain "$kind.svg has no title and description of its own"
    done
    "$f" plot --db ranges.db tornado -o tornado.svg && grep -q '>low<' tornado.svg || complain "no tornado.svg"
    for text in 'toy' 'other' 'latency' 'energy' 'sweep toys: 84 of 84 points'; do
        grep -q "<text>$text" pareto.svg || complain "pareto.svg does not say \"$text\""
    done
    [ "$(grep -c "<use xlink:href='#gpPt" pareto.svg)" -ge $((84 + best)) ] || complain "pareto.svg: points are missing"
    grep -q 'rows &amp; .columns.' scaling.svg || complain "scaling.svg does not name its axis"
    grep -q '>static<' breakdown.svg && grep -q '>dynamic<' breakdown.svg && grep -q '>sram<' breakdown.svg || complain "breakdown.svg lacks names"
    "$f" plot --db toys.db pareto -o pareto.png && head -c 4 pareto.png | grep -q PNG || complain "no PNG"
    gnuplot -e 'set terminal svg; set output "by_hand.svg"' pareto.gp && grep -q '</svg>' by_hand.svg ||
        complain "pareto.gp is no script for gnuplot"
else
    echo "    pictures: not tried, there is no gnuplot"
fi

# ---- what cannot be drawn ----

told 'no kind "paretto"; did you mean "pareto"?' "$f" plot --db toys.db paretto -o x.svg
told 'must end in .svg, .png or .pdf' "$f" plot --db toys.db pareto -o x.jpg
told 'over axis clocks' "$f" plot --db toys.db scaling --axis clocks -o x.gp
told 'breakdown' "$f" plot --db toys.db breakdown --run 999 -o x.gp
told '"pareto" is drawn of a sweep' "$f" plot --db toys.db pareto --run 1 -o x.gp
told 'did you mean "area_mm2"?' "$f" plot --db toys.db pareto --x area_mm -o x.gp
told '"latency_s" is no axis of the sweep' "$f" plot --db toys.db heatmap --x latency_s -o x.gp
told 'of "scaling" there is no choice' "$f" plot --db toys.db scaling --x clock -o x.gp
"$f" run --design digital_300fj --model toy.json --db single.db --quiet || complain 'no run'
told 'has a range' "$f" plot --db single.db tornado -o x.gp
told 'cannot be written' "$f" plot --db toys.db pareto -o nowhere/x.gp
told 'apt-get install gnuplot-nox' env PATH=/nowhere "$f" plot --db toys.db pareto -o x.svg
"$f" run --design "$design" --model toy.json --db single.db --quiet || complain "no run"
told 'holds no sweep' "$f" plot --db single.db pareto -o x.gp
[ -z "$(ls | grep '^x')" ] || complain "left over: $(ls)"

[ $failed -eq 0 ] && echo "plot: every kind, by figures, script and picture"
exit $failed
