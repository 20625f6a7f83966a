#!/bin/sh
# browser.sh - pages in a headless Chromium: they draw themselves without complaint and fetch nothing, mouse and keys do
# what they should, and the figures are those of the database. Where there is no browser it says so; with
# BROWSER_NEEDED=1, as .ci/run asks it, that is a fault.
set -u
. "$SRCDIR/tests/lib/script.sh"

without() {
    [ -n "${BROWSER_NEEDED:-}" ] && complain "$*"
    echo "browser: not tried, $*"
    exit $failed
}
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || without "there is no Chromium"
python=$(command -v python3) || without "there is no Python"
"$f" run --design free_space_1k --model gpt2 --context 64 --db run.db --quiet || complain "no run"
"$f" report --db run.db --html run.html >out 2>err ||
    { grep -q 'is not installed' err && [ ! -e run.html ] && without "there is no D3"; complain "no page of a run"; }

toy_sweep rows 5
"$f" sweep toys.cfg --db first.db --quiet || complain "no sweep"
# a bound between the latencies, for a line to be drawn; it excludes nothing
bound=$("$f" query --db first.db --csv "select printf('%.6g', (min(latency_s) + max(latency_s)) / 2) from sweep_result" | tail -n 1)
echo "constraints = \"latency_s < $bound || energy_j > 0\";" >>toys.cfg
"$f" sweep toys.cfg --db sweep.db --quiet && "$f" report --db sweep.db --html sweep.html --sweep 0 >out 2>err || complain "no page of a sweep"
# FAST: page.sh holds the page of a long sweep to its figures, without a browser.
[ -n "${FL_FAST:-}" ] || { cp first.db long.db && "$python" "$srcdir/tests/lib/long_sweep.py" make long.db && "$f" report --db long.db --html long.html --sweep 0 >out 2>err; } ||
    complain "no page of a long sweep"
"$f" compare --design free_space_1k --model toy.json --context 32 --db compare.db --quiet &&
    "$f" report --db compare.db --html compare.html --compare 1 >out 2>err || complain "no page of a comparison"
rm -f out err
[ $failed -eq 0 ] && { PYTHONDONTWRITEBYTECODE=1 "$python" "$srcdir/tests/lib/page_in_browser.py" "$chromium" "$f" "$work" || failed=1; }
[ $failed -eq 0 ] && echo "browser: pages of a run, two sweeps and a comparison, by mouse and by keys"
exit $failed
