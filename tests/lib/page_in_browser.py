"""page_in_browser.py - pages of a run, a sweep and a comparison in a browser: drawn, without complaint, by mouse and keys.

page_in_browser.py CHROMIUM FANLIGHT FOLDER: FOLDER has run.html and run.db, and the same of sweep, long (a sweep whose
page is thinned) and compare. What a page shows is compared with what fanlight's own reports, plots and queries say of
the same rows.
"""
import csv
import json
import os
import re
import subprocess
import sys

from browser import Browser

chromium, fanlight, folder = sys.argv[1:4]
faults = []


def check(good, what):
    if not good:
        faults.append(what)


def asked(*words):
    return subprocess.run([fanlight, *words], capture_output=True, text=True, check=True).stdout


def query(db, sql):
    return json.loads(asked("query", "--db", db, "--json", sql))


def cells(page, table):
    """A table of the page as texts, one list a row."""
    return page.value("Array.from(document.querySelectorAll('%s tbody tr'), r => Array.from(r.cells, c => c.textContent))" % table)


def told(page):
    return page.value("document.getElementById('tip').hidden ? '' : document.getElementById('tip').innerText")


def in_report(text):
    """A figure as fanlight's tables write it."""
    return text.replace("µ", "u").replace("–", "-")


def opened(page, name):
    page.open(os.path.join(folder, name + ".html"))
    check(page.complaints() == [], "%s: the browser complains: %s" % (name, page.complaints()[:3]))
    check(page.fetched() == [], "%s: fetched %s" % (name, page.fetched()))
    page.size(360, 740)
    wide = page.value("document.scrollingElement.scrollWidth")
    check(wide <= 360, "%s: %s points wide on a phone of 360" % (name, wide))
    page.size(1100, 900)
    before = page.value("getComputedStyle(document.body).backgroundColor")
    x, y, w, h = page.box("#theme")
    page.click(x + w / 2, y + h / 2)
    check(page.value("getComputedStyle(document.body).backgroundColor") != before, "%s: the theme does not change" % name)
    page.click(x + w / 2, y + h / 2)
    page.call("Emulation.setEmulatedMedia", {"media": "print"})
    check(page.value("getComputedStyle(document.querySelector('nav')).display") == "none", "%s: links are printed" % name)
    page.call("Emulation.setEmulatedMedia", {"media": ""})
    check(page.paper()[:5] == b"%PDF-", "%s cannot be printed" % name)
    names = page.value("Array.from(document.querySelectorAll('figure svg'), s => s.getAttribute('aria-label'))")
    check(names and all(names), "%s: a drawing without a name" % name)
    check(page.value("!/undefined|NaN|\\[object/.test(document.querySelector('main').innerText)"), "%s: nonsense is shown" % name)
    check("Redistribution" in page.value("document.getElementById('foot').textContent"), "%s: no licence is shown" % name)


def of_run(page):
    db = os.path.join(folder, "run.db")
    opened(page, "run")
    page.value("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    # figures equal those of the report, which are SQL's
    for by, table in ("component", "#components"), ("operator", "#operators"):
        report = [re.split(r"\s{2,}", line.strip()) for line in asked("report", "--db", db, "--by", by).splitlines()]
        for row in cells(page, table):
            row = [in_report(cell) for cell in row]
            check(any(line[:len(row)] == row for line in report), "%s: the report has no line %s" % (table, row))
    want = query(db, "select count(*) as n, sum(total_j) as j from energy_by_component")[0]
    check(len(cells(page, "#components")) == want["n"], "not every component is shown")
    data = page.value("JSON.parse(document.getElementById('data').textContent).tables")
    have = sum(row[data["component"]["columns"].index("total_j")] for row in data["component"]["rows"])
    check(abs(have / want["j"] - 1) < 1e-12, "components sum to %s, in SQL to %s" % (have, want["j"]))
    prices = query(db, "select count(*) as n from energy_by_action where class <> 'setup' and energy_j > 0")[0]["n"]
    check(len(cells(page, "#prices")) >= min(prices, 30), "prices are missing")
    sources = {row[6] for row in cells(page, "#prices")}
    stored = {row["source"] for row in query(db, "select distinct source from price where source is not null")}
    check(sources - stored <= {"none: assumed", "none: assumed to be nothing"} and sources & stored, "sources: %s" % sources)
    # bars are as long as their figures, and end with them
    lines = {}
    for y, wide in page.value("Array.from(document.querySelectorAll('#energy rect.bar'), r => [r.getAttribute('y'), Number(r.getAttribute('width'))])"):
        lines[float(y)] = lines.get(float(y), 0) + wide
    lengths = [lines[y] for y in sorted(lines)]
    totals = query(db, "select total_j from energy_by_component where total_j > 0 order by total_j desc")
    check(len(lengths) == len(totals) and all(abs(length - lengths[0] * t["total_j"] / totals[0]["total_j"]) < 2
                                              for length, t in zip(lengths, totals)), "bars of components: %s" % lengths)
    ends = page.value("Array.from(document.querySelectorAll('#energy .total'), t => t.textContent)")
    check(ends == [row[3] for row in cells(page, "#components")][:len(ends)], "bars end with %s" % ends)
    # hover
    x, y, w, h = page.box("#energy rect.bar")
    page.hover(x + w / 2, y + h / 2)
    first = told(page)
    largest = query(db, "select component, total_j from energy_by_component order by total_j desc limit 1")[0]["component"]
    check(first.startswith(largest), "hovering over the first bar tells: %s" % first)
    page.hover(5, 5)
    check(told(page) == "", "the tip stays")
    # keys
    page.value("document.querySelector('#energy svg').focus()")
    page.key("ArrowRight")
    one = told(page)
    page.key("ArrowRight")
    check(one != "" and told(page) not in ("", one), "keys do not step through bars: %s" % one)
    # timeline
    drawn = json.loads(page.value("document.querySelector('#timeline-svg').dataset.drawn"))
    spent = query(db, "select sum(energy_j) as j from energy_by_operator where operator > 0")[0]["j"]
    check(abs(drawn["joules"] / spent - 1) < 1e-6, "the power track is %s J of %s" % (drawn["joules"], spent))
    lasts = query(db, "select latency_s as s from run_summary")[0]["s"]
    check(drawn["lasts_s"] <= lasts * (1 + 1e-9), "power of operators side by side is drawn in the same place")
    busy = query(db, "select sum(busy_s) as s from utilization")[0]["s"]
    check(abs(drawn["busy_s"] / busy - 1) < 1e-6, "units are busy for %s s of %s" % (drawn["busy_s"], busy))
    check(drawn["rows"] > 1, "operators side by side cover each other")
    x, y, w, h = page.box("#timeline-svg")
    slices = query(db, "select name, start_ps, end_ps from operator order by operator")
    end = max(s["end_ps"] for s in slices)
    seen = set()
    for part in range(20 * drawn["rows"]):
        page.hover(x + 150 + (w - 150) * (part % 20) / 20, y + drawn["top"] + drawn["high"] * (part // 20 + 0.5))
        seen.add(told(page).split("\n")[0])
    check(len(seen & {s["name"] for s in slices}) >= drawn["rows"], "the timeline tells %s" % seen)
    page.hover(x + 150 + (w - 150) / 2, y + 30)
    check("power" in told(page) and "W" in told(page), "the power track tells %s" % told(page))
    marks = "Array.from(document.querySelectorAll('#timeline-svg .tick text'), t => t.textContent).join()"
    all_marks = page.value(marks)
    page.drag(x + 300, y + 200, x + 400, y + 200)
    check(page.value(marks) != all_marks, "dragging does not zoom")
    page.value("document.querySelector('#timeline-svg').focus()")
    page.key("0")
    check(page.value(marks) == all_marks, "0 does not show the whole run")
    check(end > 0, "no operator")
    # roofline and tornado
    check(page.value("document.querySelectorAll('#roofline circle.operator').length") ==
          query(db, "select count(distinct name || placed) as n from operator where macs > 0")[0]["n"], "roofline: operators are missing")
    spans = json.loads(asked("uncertainty", "--db", db, "--json"))["spreads"]
    check(page.value("document.querySelectorAll('#uncertainty rect.bar').length") == 2 * len(spans), "tornado: spans are missing")


POINTS = "document.querySelector('#pareto-points').dataset.points"


def chosen(page, control, value):
    page.value("(() => { const s = document.getElementById('%s'); s.value = '%s'; s.dispatchEvent(new Event('change')); })()" % (control, value))


def fronts_equal(page, db):
    """Whatever is drawn, the page's front has as many points as that of `fanlight plot`, which is of all points."""
    for x, y in ("latency_s", "energy_j"), ("area_mm2", "macs_per_s"), ("macs_per_s", "mean_w"):
        chosen(page, "pareto-x", x)
        chosen(page, "pareto-y", y)
        asked("plot", "--db", db, "pareto", "--x", x, "--y", y, "-o", os.path.join(folder, "front.csv"))
        with open(os.path.join(folder, "front.csv"), newline="") as file:
            want = sum(row["front"] == "1" for row in csv.DictReader(file))
        have = page.value("Number(document.querySelector('#pareto-points').dataset.front)")
        check(have == want, "%s over %s: %s on the front, not %s" % (y, x, have, want))


def of_sweep(page):
    db = os.path.join(folder, "sweep.db")
    opened(page, "sweep")
    done = query(db, "select count(*) as n from sweep_result")[0]["n"]
    check(int(page.value(POINTS)) == done, "%s points drawn, %s are there" % (page.value(POINTS), done))
    fronts_equal(page, db)
    check(page.value("document.querySelectorAll('#pareto .name').length") > 0, "no point is named")
    chosen(page, "pareto-x", "latency_s")
    chosen(page, "pareto-y", "energy_j")
    check(page.value("document.querySelectorAll('.bound').length") == 1, "the bound of the constraint is not drawn")
    chosen(page, "pareto-colour", "peak_w")
    check("peak power" in page.value("document.querySelector('#pareto .legend').textContent"), "the legend does not tell the colour")
    # keys, then hover at the place that they lead to
    page.value("document.querySelector('#pareto-points').focus()")
    places = []
    for _ in range(done):
        page.key("ArrowRight")
        places.append(page.value("[Number(document.getElementById('ring').getAttribute('cx')), Number(document.getElementById('ring').getAttribute('cy'))]") + [told(page)])
    x, y, w, h = page.box("#pareto-points")
    page.value("document.activeElement.blur()")
    check(told(page) == "", "the tip of a point stays when its drawing is left")
    page.hover(x + places[0][0], y + places[0][1])
    check(told(page) != "" and told(page).split("\n")[1:3] != [], "hovering over a point tells nothing")
    check(any(told(page) == p[2] for p in places if abs(p[0] - places[0][0]) < 3), "hover tells %s, keys %s" % (told(page), places[0][2]))
    # brush: all, then those left of a cut
    page.drag(x + 80, y + 30, x + w - 12, y + h - 50)
    picked = "parseInt((document.getElementById('picked-count') || {textContent: '0'}).textContent.replace(/\\u202f/g, ''))"
    check(page.value(picked) == done, "brushing over all selects %s of %s" % (page.value(picked), done))
    across = sorted(p[0] for p in places)
    gaps = [(b - a, (a + b) / 2) for a, b in zip(across, across[1:])]
    cut = max(gaps)[1]
    page.value("document.querySelector('#pareto-points').focus()")
    page.key("Escape")
    check(page.value(picked) == 0, "Escape leaves %s selected" % page.value(picked))
    x, y, w, h = page.box("#pareto-points")
    page.drag(x + 80, y + 30, x + cut, y + h - 50)
    left = sum(a < cut for a in across)
    check(page.value(picked) == left, "brushing selects %s, not the %s left of the cut" % (page.value(picked), left))
    shown = cells(page, "#picked table")
    times = [r["s"] for r in query(db, "select latency_s as s from sweep_result order by 1")][:left]
    check(0 < left < done and len(shown) == min(left, 20) and "latency" in page.value("document.getElementById('picked-count').textContent"), "the table of what was brushed")
    runs = [r["run"] for r in query(db, "select run from sweep_result where latency_s <= %.17g" % times[-1])]
    check(all(int(row[0]) in runs for row in shown), "other points than the fastest are listed")
    # heat map
    want = query(db, "select count(*) as n from (select distinct a.value, b.value from sweep_value a join sweep_value b using (sweep, point) "
                 "join sweep_result r using (sweep, point) where a.axis = 0 and b.axis = 1 and r.job = 0 and r.meets = 1)")[0]["n"]
    check(page.value("document.querySelectorAll('rect.cell').length") == want, "the heat map has not %s cells" % want)
    x, y, w, h = page.box("rect.cell")
    page.hover(x + w / 2, y + h / 2)
    cell = told(page)
    chosen(page, "heat-figure", "area_mm2")
    page.hover(x + w / 2 + 2, y + h / 2)
    check("energy x latency" in cell and told(page).startswith("area"), "hovering over a cell tells %s" % cell)
    check(len(cells(page, "#best")) == query(db, "select count(*) as n from best_per_model")[0]["n"], "the best are missing")
    check(len(cells(page, "#sensitivity")) == query(db, "select count(*) as n from sensitivity")[0]["n"], "axes are missing")


def of_long_sweep(page):
    """Of 20,500 points a part is drawn, the fronts whole, and the page says so."""
    db = os.path.join(folder, "long.db")
    opened(page, "long")
    done = query(db, "select count(*) as n from sweep_result")[0]["n"]
    drawn = int(page.value(POINTS))
    check(0 < drawn <= 20000 < done, "%s points drawn of %s" % (drawn, done))
    words = page.value("document.getElementById('pareto').innerText").replace("\u202f", "")
    check("%d points drawn of %d, every point of a front among them" % (drawn, done) in words, "the page does not say that %s are left out" % (done - drawn))
    check("The best of the %d points on this page; the sweep has %d" % (drawn, done) in page.value("document.getElementById('heat').innerText").replace("\u202f", ""), "the heat map does not say so")
    fronts_equal(page, db)


def of_comparison(page):
    db = os.path.join(folder, "compare.db")
    opened(page, "compare")
    rows = query(db, "select run, latency_s, energy_j from run_summary order by run")
    have = cells(page, "#runs")
    check([int(row[0]) for row in have] == [row["run"] for row in rows], "other runs: %s" % have)
    check(have[1][12] == "%.3gx" % (rows[1]["latency_s"] / rows[0]["latency_s"]), "the ratio of times is %s" % have[1][12])
    asked_for = query(db, "select count(distinct component) as n from energy_by_component where total_j > 0")[0]["n"]
    check(len(cells(page, "#components")) == asked_for, "not every component is compared")


with Browser(chromium) as browser:
    for part in of_run, of_sweep, of_long_sweep, of_comparison:
        if part is of_long_sweep and os.environ.get("FL_FAST"):
            continue
        part(browser)
        check(browser.complaints() == [], "%s: %s" % (part.__name__, browser.complaints()))
        check(browser.fetched() == [], "%s: fetched %s" % (part.__name__, browser.fetched()))
for fault in faults:
    print("browser: " + fault, file=sys.stderr)
sys.exit(1 if faults else 0)
