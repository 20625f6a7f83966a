#!/usr/bin/env python3
"""light_by_width.py - does light per product fall with the width of a network?

    make question                                   goes on where it stopped, then fits
    python3 tools/light_by_width.py --fit           fits what there is

Networks of several widths, alike in all else, are trained once (their files are kept), and each is run through one
machine at several amounts of light. A line of the table is one point; points that are there are not made again. From
the points follows the light at which a network is 5 % and 20 % worse than without noise, and from those an exponent
against width. A machine is slm_bench with the named encoding and budget, ADCs that span 4 standard deviations.
"""
import argparse
import csv
import json
import math
import os
import subprocess

KEYS = ["width", "training_seed", "encoding", "budget", "asked"]
COLUMNS = KEYS + ["photons_per_mac", "perplexity", "noiseless", "exact", "j_per_token"]
LIGHT = {"dual_rail": [3, 10, 30, 100, 300], "offset": [1000, 3000, 10000, 30000, 100000],
         "coherent": [1000, 3000, 10000, 30000, 100000]}
T95 = {1: 12.71, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228}
# Student's t, two-sided 95 %, by degrees of freedom; beyond these 2.2


def read_points(path):
    if not os.path.exists(path):
        return []
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def key_of(point):
    return tuple(str(point[name]) for name in KEYS)


def folder_of(ask):
    return ["--wordnet", ask.wordnet] if ask.wordnet else []


def train(ask, width, seed):
    path = os.path.join(ask.nets, f"characters-{width}-{seed}.net")
    if not os.path.exists(path):
        subprocess.run([ask.program, "learn", "--task", "characters", "--width", str(width), "--seed", str(seed),
                        "--steps", str(ask.steps), "--output", path] + folder_of(ask), check=True,
                       stdout=subprocess.DEVNULL)
    return path


def measure(ask, net, encoding, budget, light):
    command = [ask.program, "accuracy", "--net", net, "--design", "slm_bench", "--windows", str(ask.windows), "--json",
               "--photons-per-mac", str(light), "--seeds", str(ask.seeds), "--set", f"core[0].encoding={encoding}",
               "--set", "core[0].adc.range=4", "--set", f"core[0].source.budget={budget}"] + folder_of(ask)
    rows = {row["arithmetic"]: row for row in
            json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)}
    return {"photons_per_mac": rows["optical"]["photons_per_mac"], "perplexity": rows["optical"]["perplexity"],
            "noiseless": rows["noiseless"]["perplexity"], "exact": rows["exact"]["perplexity"],
            "j_per_token": rows["optical"]["j_per_token"]}


def make_points(ask):
    done = {key_of(point) for point in read_points(ask.points)}
    new = not os.path.exists(ask.points)
    with open(ask.points, "a", newline="") as file:
        out = csv.DictWriter(file, COLUMNS)
        if new:
            out.writeheader()
        for width in ask.widths:
            for training_seed in range(1, ask.training_seeds + 1):
                net = train(ask, width, training_seed)
                for encoding in ask.encodings:
                    for budget in ask.budgets:
                        for light in ask.light or LIGHT[encoding]:
                            point = dict(zip(KEYS, [width, training_seed, encoding, budget, f"{light:g}"]))
                            if key_of(point) in done:
                                continue
                            point.update(measure(ask, net, encoding, budget, light))
                            out.writerow(point)
                            file.flush()


def light_for(points, worse):
    """Photons at which perplexity is `worse` times the noiseless one: between two points, both in logarithms."""
    points = sorted(points, key=lambda p: float(p["photons_per_mac"]))
    excess = [(math.log(float(p["photons_per_mac"])), float(p["perplexity"]) / float(p["noiseless"])) for p in points]
    for (x, a), (y, b) in zip(excess, excess[1:]):
        if a > worse >= b and b > 1:
            la, lb, lw = (math.log(v - 1) for v in (a, b, worse))
            return math.exp(x + (y - x) * (la - lw) / (la - lb))
    return None


def fit(pairs):
    """Exponent of y = c x^e through (x, y) and half its 95 % interval (None: too few)."""
    n = len(pairs)
    xs, ys = [math.log(x) for x, _ in pairs], [math.log(y) for _, y in pairs]
    mx, my = sum(xs) / n, sum(ys) / n
    sxx = sum((x - mx) ** 2 for x in xs)
    slope = sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / sxx
    left = sum((y - my - slope * (x - mx)) ** 2 for x, y in zip(xs, ys))
    return slope, T95.get(n - 2, 2.2) * math.sqrt(left / (n - 2) / sxx) if n > 2 else None


def tell_fits(ask):
    points = read_points(ask.points)
    for encoding in ask.encodings:
        for budget in ask.budgets:
            for worse in (1.05, 1.20):
                pairs = []
                for width, seed in sorted({(int(p["width"]), p["training_seed"]) for p in points}):
                    own = [p for p in points if (int(p["width"]), p["training_seed"], p["encoding"], p["budget"]) ==
                           (width, seed, encoding, budget)]
                    light = light_for(own, worse) if own else None
                    if light is not None:
                        pairs.append((width, light))
                if len({width for width, _ in pairs}) < 2:
                    continue
                slope, half = fit(pairs)
                lights = ", ".join(f"{width}: {light:.3g}" for width, light in pairs)
                sure = f" +- {half:.2f}" if half is not None else ""
                print(f"{encoding:10} {budget:10} +{100 * (worse - 1):.0f} %: photons/MAC {lights}; exponent "
                      f"{slope:.2f}{sure}")


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--program", default="./fanlight")
    words.add_argument("--points", default="light_by_width.csv", help="the table of points")
    words.add_argument("--nets", default=".", help="folder of the networks")
    words.add_argument("--wordnet", help="folder of WordNet's files (preset: where Debian puts them)")
    words.add_argument("--widths", type=int, nargs="+", default=[32, 64, 128, 256])
    words.add_argument("--training-seeds", type=int, default=3)
    words.add_argument("--steps", type=int, default=1500)
    words.add_argument("--seeds", type=int, default=1, help="machines and noises of a point")
    words.add_argument("--windows", type=int, default=96)
    words.add_argument("--encodings", nargs="+", default=["dual_rail", "offset", "coherent"])
    words.add_argument("--budgets", nargs="+", default=["signal", "full_scale"])
    words.add_argument("--light", type=float, nargs="+", help="photons a MAC (preset: five, by encoding)")
    words.add_argument("--fit", action="store_true", help="make no points")
    ask = words.parse_args()
    if not ask.fit:
        make_points(ask)
    tell_fits(ask)


if __name__ == "__main__":
    main()
