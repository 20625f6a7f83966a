#!/usr/bin/env python3
"""Fits the coefficients of phys/sram.c to tests/oracle/cacti_sram.csv: least squares of the logarithms.

ln y = c0 + c1 s + c2 w + c3 n + c4 s^2 + c5 w^2 + c6 s w + c7 n^2 + c8 s n + c9 w n
with s = ln(capacity / 1 MiB), w = ln(port / 256 bits), n = ln(node / 32 nm).
"""
import csv
import math
import os

here = os.path.dirname(os.path.abspath(__file__))
rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(open(os.path.join(here, "cacti_sram.csv")))]


def features(row):
    s, w, n = math.log(row["kib"] / 1024), math.log(row["bits"] / 256), math.log(row["nm"] / 32)
    return [1, s, w, n, s * s, w * w, s * w, n * n, s * n, w * n]


def solve(a, b):
    size = len(b)
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(a[k][i]))
        a[i], a[pivot], b[i], b[pivot] = a[pivot], a[i], b[pivot], b[i]
        for k in range(size):
            if k != i:
                factor = a[k][i] / a[i][i]
                a[k] = [x - factor * y for x, y in zip(a[k], a[i])]
                b[k] -= factor * b[i]
    return [b[i] / a[i][i] for i in range(size)]


for name in ("read_pj", "write_pj", "access_ns", "leak_mw", "area_mm2"):
    x = [features(row) for row in rows]
    y = [math.log(row[name]) for row in rows]
    normal = [[sum(r[i] * r[j] for r in x) for j in range(10)] for i in range(10)]
    c = solve(normal, [sum(r[i] * v for r, v in zip(x, y)) for i in range(10)])
    off = [math.exp(sum(a * b for a, b in zip(c, r)) - v) - 1 for r, v in zip(x, y)]
    print("    {", ", ".join("%.4f" % v for v in c), "},")
    print("    %s: worst %.1f %%, root mean square %.1f %%" % (
        name, 100 * max(abs(v) for v in off), 100 * math.sqrt(sum(v * v for v in off) / len(off))))
