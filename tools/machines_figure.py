#!/usr/bin/env python3
"""machines_figure.py DATABASE FILE.svg|png - all machines of the sweep examples/machines/all.cfg in one picture.

A row for each workload, a column each for latency, area and error over spread; energy per MAC upwards. A number is a
machine, its colour how it holds weights. What a design does not say (an area), or what is exact, is left out of that
column.
"""
import sqlite3
import subprocess
import sys

KINDS = {"both operands streamed": ("#0072b2", "lt_b_4 lt_b_8 lightning netcast albireo albireo_aggressive"),
         "weights held": ("#d55e00", "mrr_bank_4 mrr_bank_8 mzi_mesh_4 mzi_mesh_8 crosslight pcm_crossbar"),
         "free space": ("#009e73", "single_shot free_space_1k lcos_resident"),
         "digital": ("#555555", "digital_22nm h100")}
COLUMNS = [("latency_s", "latency, s"), ("area_mm2", "area, mm^2"), ("worst_error", "worst error over spread")]
NAMES = {"vit-base": "DeiT-B", "bert-large": "BERT-large, 384 tokens", "gpt2": "GPT-2, 512 tokens",
         "llama-3-8b": "llama-3-8b, a token"}


def rows_of(path):
    with sqlite3.connect(path) as db:
        return db.execute("select design, model, j_per_mac * 1e12, latency_s, area_mm2, worst_error from run_summary "
                          "where error is null order by run").fetchall()


def panel(rows, number, model, column, first, last):
    """The commands of a panel: numbers at their places."""
    xs = {"latency_s": 3, "area_mm2": 4, "worst_error": 5}
    title = COLUMNS[column][1]
    said = [f'set xlabel "{title if last else ""}"', f'set ylabel "{"pJ a MAC" if column == 0 else ""}"',
            f'set title "{NAMES.get(model, model) if column == 1 else ""}"', "unset key"]
    plots = []
    for kind, (colour, designs) in KINDS.items():
        points = [(r[xs[COLUMNS[column][0]]], r[2], number[r[0]]) for r in rows
                  if r[1] == model and r[0] in designs.split() and r[xs[COLUMNS[column][0]]]]
        if points:
            said.append(f"$p{len(plots)} << EOD\n" + "\n".join("%g %g %d" % p for p in points) + "\nEOD")
            plots.append(f'$p{len(plots)} using 1:2:3 with labels font ",10" tc rgb "{colour}" notitle')
    return "\n".join(said + ["plot " + ", ".join(plots)])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    rows = rows_of(sys.argv[1])
    designs = [d for _, (_, names) in KINDS.items() for d in names.split() if any(r[0] == d for r in rows)]
    number = {d: i + 1 for i, d in enumerate(designs)}
    left_out = sorted({r[0] for r in rows} - set(designs))
    if not rows or left_out:
        sys.exit(f"{sys.argv[1]}: " + ("no runs" if not rows else f"no kind is known of {', '.join(left_out)}"))
    models = list(dict.fromkeys(r[1] for r in rows))
    terminal = 'svg size 1100,1180 font "Sans,12" background "white"' if sys.argv[2].endswith(".svg") else \
        'pngcairo size 1100,1180 font "Sans,10"'
    out = [f"set terminal {terminal}", f'set output "{sys.argv[2]}"', "set logscale xy",
           'set format x "10^{%L}"', 'set format y "10^{%L}"', "set grid lc rgb '#dddddd'",
           "set border 3", "set tics nomirror", "set mxtics 1", "set mytics 1", "set offsets graph 0.06, graph 0.06, graph 0.06, graph 0.06"]
    for i, design in enumerate(designs):
        colour = next(c for c, names in KINDS.values() if design in names.split())
        out.append(f'set label {i + 1} "{i + 1}  {design}" at screen 0.845, screen {0.95 - 0.021 * i:.3f} noenhanced '
                   f'tc rgb "{colour}"')
    for i, (kind, (colour, _)) in enumerate(KINDS.items()):
        out.append(f'set label {100 + i} "{kind}" at screen 0.845, screen {0.93 - 0.021 * (len(designs) + 1 + i):.3f} '
                   f'tc rgb "{colour}"')
    out.append(f"set multiplot layout {len(models)},3 margins 0.07,0.83,0.06,0.96 spacing 0.05,0.06")
    for row, model in enumerate(models):
        for column in range(3):
            out.append(panel(rows, number, model, column, row == 0, row == len(models) - 1))
            out.append("unset for [i=1:200] label i")
    out.append("unset multiplot")
    subprocess.run(["gnuplot"], input="\n".join(out) + "\n", text=True, check=True)


if __name__ == "__main__":
    main()
