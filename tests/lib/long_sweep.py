"""long_sweep.py - a sweep of more points than a page draws, and what its page must hold.

long_sweep.py make DB: gives the first sweep of a database 20,500 points more, drawn by a fixed seed: copies of its first
run with other figures. long_sweep.py check FANLIGHT DB HTML: the page has a part of the points, and the front of each
pair of figures that is looked at, as found here from what SQL gives.
"""
import json
import random
import re
import sqlite3
import subprocess
import sys

MORE = 20500
LESS, GREATER = 1, -1                   # what is better


def columns(db, table):
    return [row[1] for row in db.execute("pragma table_info(%s)" % table)]


def copied(db, table, where, changed):
    """insert ... select: a row again, with some columns changed to parameters of those names."""
    names = columns(db, table)
    values = ", ".join(":" + name if name in changed else name for name in names)
    return "insert into %s (%s) select %s from %s where %s" % (table, ", ".join(names), values, table, where)


def make(path):
    db = sqlite3.connect(path)
    draw = random.Random(5)
    first, point = db.execute("select run, point from sweep_point where sweep = 1 and state = 'done'").fetchone()
    run = db.execute("select max(run) from run").fetchone()[0]
    last = db.execute("select max(point) from sweep_point where sweep = 1").fetchone()[0]
    as_run = copied(db, "run", "run = %d" % first, {"run", "latency_ps", "tallies_of", "design_text"})
    as_point = copied(db, "sweep_point", "sweep = 1 and point = %d" % point, {"point", "run", "latency_ps", "meets"})
    as_value = copied(db, "sweep_value", "sweep = 1 and point = %d" % point, {"point", "value", "number"})
    for i in range(1, MORE + 1):
        fast = draw.random()
        new = {"run": run + i, "tallies_of": first, "design_text": "", "point": last + i, "meets": int(draw.random() < 0.9),
               "latency_ps": int(1e6 * (1 + 9 * fast)), "value": "%d" % (i % 500), "number": i % 500,
               "energy": 1e-6 * (1.1 - fast) * (1 + 0.3 * draw.random()), "area": draw.randrange(1, 40),
               "watts": draw.uniform(1, 2)}
        db.execute(as_run, new)
        db.execute(as_point, new)
        db.execute(as_value, new)
        db.execute("insert into run_total (run, energy_j, spent_j, setup_j, assumed_j, macs, optical_macs, area_mm2, peak_w) "
                   "select :run, :energy, :energy, 0, 0, macs, optical_macs, :area, :watts from run_total where run = %d"
                   % first, new)
    db.commit()


def front(points, x, y):
    """Pairs of x and y that no other point beats, of signs LESS or GREATER."""
    pairs = sorted({(x[1] * p[x[0]], y[1] * p[y[0]]) for p in points})
    least, kept = float("inf"), set()
    for pair in pairs:
        if pair[1] < least:
            kept.add(pair)
            least = pair[1]
    return kept


def check(fanlight, path, page):
    sql = ("select s.*, r.meets, v.number as axis from sweep_result r join run_summary s using (run) join sweep_value v "
           "using (sweep, point) where sweep = 1 and v.axis = 0 order by point")
    said = subprocess.run([fanlight, "query", "--db", path, "--json", sql], capture_output=True, text=True, check=True)
    points = json.loads(said.stdout)
    with open(page) as file:
        data = json.loads(re.search(r'<script[^>]* id="data"[^>]*>(.*?)</script>', file.read(), re.S).group(1))
    table = data["tables"]["point"]
    shown = [dict(zip(table["columns"], row)) for row in table["rows"]]
    for p in shown:
        p["axis"] = float(p["number"])
    if data["sweep_points"] != len(points) or not len(points) / 3 < len(shown) <= 20000:
        sys.exit("%d points on the page of %s, and %d in the sweep" % (len(shown), data["sweep_points"], len(points)))
    for x, y in ((("latency_s", LESS), ("energy_j", LESS)), (("area_mm2", LESS), ("macs_per_s", GREATER)),
                 (("axis", LESS), ("energy_j", LESS)), (("mean_w", LESS), ("macs_per_s", GREATER))):
        want, have = (front([p for p in some if p["meets"]], x, y) for some in (points, shown))
        if want != have or len(want) < 3:
            sys.exit("the front of %s and %s has %d points on the page, %d in SQL" % (x[0], y[0], len(have), len(want)))


if sys.argv[1] == "make":
    make(sys.argv[2])
else:
    check(*sys.argv[2:5])
