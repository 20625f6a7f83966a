#!/bin/sh
# page.sh - pages as files: whole or not at all, the same twice, nothing in them that would be fetched, no text that ends
# a script early, and what is said where D3 is missing. tests/browser.sh looks at them in a browser.
set -u
. "$SRCDIR/tests/lib/script.sh"
design=$srcdir/tests/bad/good_design.cfg
toys

# A library of the right name will do here: what it draws is not looked at.
mkdir -p d3/dist old/dist bare/dist
echo '// https://d3js.org v5.16.0 Copyright 2022 Mike Bostock' >d3/dist/d3.min.js
echo 'Redistribution and use in source and binary forms ...' >d3/LICENSE
echo '// https://d3js.org v7.9.0 Copyright 2010-2023 Mike Bostock' >old/dist/d3.min.js
FANLIGHT_D3=$work/d3/dist/d3.min.js
export FANLIGHT_D3

label='</script><b>&"quoted"'
"$f" run --design "$design" --model toy.json --context 32 --db runs.db --quiet --label "$label" || complain "no run"
"$f" run --design "$design" --model toy.json --context 16 --db runs.db --quiet || complain "no second run"
cat >toys.cfg <<END
design = "$design"; model = "toy.json"; context = 32;
axes = ( { name = "rows"; path = "core.slm.rows"; values = [8, 16]; } );
END
"$f" sweep toys.cfg --db runs.db --quiet || complain "no sweep"

page() { # FILE ARGUMENTS...
    file=$1
    shift
    "$f" report --db runs.db --html "$file" "$@" >out 2>err || complain "no page: $*"
    "$f" report --db runs.db --html again.html "$@" >out 2>err && cmp "$file" again.html || complain "two pages of the same rows differ: $*"
    [ "$(grep -c '</script>' "$file")" -eq 4 ] || complain "$file: a text ends a script: $(grep -c '</script>' "$file")"
    ! grep -Eq '<link [^>]*stylesheet|<script [^>]*src|<img|@import|url\(|fetch\(|XMLHttp' "$file" || complain "$file would fetch something"
    grep -q "default-src 'none'" "$file" && grep -q '^Redistribution and use' "$file" || complain "$file: no policy, or no licence"
}
page run.html --run 1
page newest.html
page sweep.html --sweep 0
page compare.html --compare 1,2
grep -q '"subtitle":"an operator trace\|"subtitle":"prefill of 32 tokens' run.html || complain "run.html is not of run 1"
grep -q '"kind":"sweep"' sweep.html && grep -q '"kind":"compare"' compare.html || complain "pages of another kind"

# The data are the rows: as many, and the same figures to the last digit.
value() { "$f" query --db runs.db --csv "$1" | tail -n 1; }
energy=$(value "select total_j from energy_by_component where run = 1 and component = 'sram'")
grep -q "\[1,\"sram\",.*,$energy," run.html || complain "run.html has not the $energy J of the SRAM"
[ "$(sed -n '/^"timeline":/,/^"busy":/p' run.html | grep -c '^\[')" -eq "$(value 'select count(*) from operator where run = 1')" ] ||
    complain "run.html has not every operator"
[ "$(sed -n '/^"point":/,/^"summary":/p' sweep.html | grep -c '^\[')" -eq "$(value 'select count(*) from sweep_result')" ] ||
    complain "sweep.html has not every point"

# A page of a network on a design has its points, with what they are told apart by.
"$f" accuracy --design slm_bench --net generated-16 --windows 8 --seeds 2 --set core.encoding=dual_rail --vary core.adc.range=3,4 \
    --photons-per-mac 10 --photons-per-mac 100 --db light.db >out 2>err || complain "no points"
"$f" report --db light.db --html light.html >out 2>err || complain "no page of points"
[ "$(sed -n '/^"accuracy":/,/]}/p' light.html | grep -c '^\["generated-16, core.adc.range=[34]",')" -eq 4 ] || complain "light.html has not four points"
! grep -q '^"accuracy":.*"rows":\[$' run.html || complain "run.html has points of no network"

# A long sweep is thinned, but for its fronts.
if command -v python3 >which.out; then
    cp runs.db long.db
    python3 "$srcdir/tests/lib/long_sweep.py" make long.db || complain "no long sweep"
    "$f" report --db long.db --html long.html --sweep 1 >out 2>err || complain "no page of a long sweep"
    python3 "$srcdir/tests/lib/long_sweep.py" check "$f" long.db long.html >out 2>err || complain "a long sweep's page"
else
    echo "    a long sweep: not tried, there is no Python"
fi

# ---- what cannot be written ----
told 'apt-get install node-d3' env FANLIGHT_D3=/nowhere/d3.min.js "$f" report --db runs.db --html x.html
[ "$(wc -l <err)" -eq 1 ] || complain "more than a line where D3 is missing: $(cat err)"
told 'is not D3 v5.16.0' env FANLIGHT_D3=old/dist/d3.min.js "$f" report --db runs.db --html x.html
told 'holds no run 99' "$f" report --db runs.db --html x.html --run 99
told 'holds no sweep 9' "$f" report --db runs.db --html x.html --sweep 9
told 'is no list of at most' "$f" report --db runs.db --html x.html --compare 1,b
told '1 are not there' "$f" report --db runs.db --html x.html --compare 1,99
told 'one of --run, --sweep' "$f" report --db runs.db --html x.html --run 1 --sweep 1
told 'give --html FILE' "$f" report --db runs.db --sweep 1
told 'cannot be written' "$f" report --db runs.db --html nowhere/x.html
[ -z "$(ls | grep '^x')" ] || complain "left over: $(ls)"

[ $failed -eq 0 ] && echo "page: of a run, a sweep and a comparison, whole and by themselves"
exit $failed
