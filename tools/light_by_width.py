#!/usr/bin/env python3
"""light_by_width.py - does light per product fall with the width of a network?

    make question                                   goes on where it stopped, then fits
    python3 tools/light_by_width.py --fit           fits what there is

Networks of several widths, alike in all else, are trained once (their files are kept): plain, with noise (on dual
rails at 8 photons a product), or with weight decay. Each is run through one machine at several amounts of light. A line
of the table is one point; points that are there are not made again, and a training that was interrupted goes on where
it was (its state is in a file .training beside the network's). From the points follows the light at which a network is
5 % and 20 % worse than without noise, and from those an exponent against width. A machine is slm_bench with the named
encoding and budget, ADCs that span 4 standard deviations.
"""
import argparse
import csv
import json
import math
import os
import subprocess

KEYS = ["training", "width", "training_seed", "encoding", "budget", "asked"]
COLUMNS = KEYS + ["photons_per_mac", "perplexity", "noiseless", "exact", "j_per_token"]
LIGHT = {"dual_rail": [3, 10, 30, 100, 300], "offset": [1000, 3000, 10000, 30000, 100000],
         "coherent": [1000, 3000, 10000, 30000, 100000]}
TRAININGS = {"plain": [], "decay": ["--decay", "1"],
             "noise": ["--design", "slm_bench", "--set", "core.encoding=dual_rail", "--set", "core.adc.range=4",
                       "--set", "core.source.budget=signal", "--photons-per-mac", "8"]}
T95 = {1: 12.71, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228}
# Student's t, two-sided 95 %, by degrees of freedom; beyond these 2.2


# Level of uniform inputs over that of normal ones with their peak at 4 sigma, for one error: docs/phys.md, section 4
UNIFORM_LEVEL = {"dual_rail": 1.5 / (4 * math.sqrt(2 / math.pi)), "offset": 48 / 1024}


def read_points(path):
    if not os.path.exists(path):
        return []
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def key_of(point):
    return tuple(str(point[name]) for name in KEYS)


def folder_of(ask):
    return ["--wordnet", ask.wordnet] if ask.wordnet else []


def train(ask, training, width, seed):
    """The network's file; None: it is not there, and is not to be trained."""
    name = os.path.join(ask.nets, f"{training}-{width}-{seed}")
    path = name + ".net"
    if not os.path.exists(path) and ask.trained:
        return None
    if not os.path.exists(path):
        subprocess.run([ask.program, "learn", "--task", "characters", "--width", str(width), "--seed", str(seed),
                        "--steps", str(ask.steps), "--only", "--checkpoint", name + ".training", "--output", path] +
                       TRAININGS[training] + folder_of(ask), check=True, stdout=subprocess.DEVNULL)
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


def wanted(ask):
    """All networks, the narrow ones first: training, width, seed."""
    return [(training, width, seed) for width in ask.widths for training in ask.trainings
            for seed in range(1, ask.training_seeds + 1)]


def make_points(ask):
    done = {key_of(point) for point in read_points(ask.points)}
    new = not os.path.exists(ask.points)
    with open(ask.points, "a", newline="") as file:
        out = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            out.writeheader()
        for training, width, seed in wanted(ask):
            points = [dict(zip(KEYS, [training, width, seed, encoding, budget, f"{light:g}"]))
                      for encoding in ask.encodings for budget in ask.budgets
                      for light in ask.light or LIGHT[encoding]]
            points = [point for point in points if key_of(point) not in done]
            net = train(ask, training, width, seed) if points else None
            for point in points if net else []:
                point.update(measure(ask, net, point["encoding"], point["budget"], float(point["asked"])))
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


def lights_of(ask, points, kind, worse):
    """(width, photons) of every network of a training that was run with an encoding and a budget."""
    training, encoding, budget = kind
    pairs = []
    for width, seed in sorted({(int(p["width"]), p["training_seed"]) for p in points}):
        own = [p for p in points if (p["training"], int(p["width"]), p["training_seed"], p["encoding"], p["budget"]) ==
               (training, width, seed, encoding, budget)]
        light = light_for(own, worse) if own else None
        if light is not None and width in ask.widths:
            pairs.append((width, light))
    return pairs


def tell_fits(ask):
    points = read_points(ask.points)
    for kind in [(t, e, b) for t in ask.trainings for e in ask.encodings for b in ask.budgets]:
        for worse in (1.05, 1.20):
            pairs = lights_of(ask, points, kind, worse)
            if len({width for width, _ in pairs}) < 2:
                continue
            slope, half = fit(pairs)
            lights = ", ".join(f"{width}: {light:.3g}" for width, light in pairs)
            sure = f" +- {half:.2f}" if half is not None else ""
            print(f"{kind[0]:6} {kind[1]:10} {kind[2]:10} +{100 * (worse - 1):.0f} %: photons/MAC {lights}; exponent "
                  f"{slope:.2f}{sure}")


def rounded(value):
    """Two digits, three above a hundred."""
    digits = 3 if value >= 99.5 else 2
    value = float(f"{value:.{digits}g}")
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def tell_tables(ask):
    """The tables of docs/accuracy.md: a line for each encoding and budget with points of two widths."""
    points = read_points(ask.points)
    names = {"dual_rail": "dual rails"}
    for training in ask.trainings:
        widths = sorted({int(p["width"]) for p in points if p["training"] == training} & set(ask.widths))
        heads = ["encoding", "worse by"] + [("d = " if w == widths[0] else "") + str(w) for w in widths] + ["exponent"]
        print(f"{training}\n\n| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
        for encoding, budget in [(e, b) for e in ask.encodings for b in ask.budgets]:
            for worse in (1.05, 1.20):
                pairs = lights_of(ask, points, (training, encoding, budget), worse)
                if len({width for width, _ in pairs}) < 2:
                    continue
                own = [[light for width, light in pairs if width == w] for w in widths]
                slope, half = fit(pairs)
                name = names.get(encoding, encoding) + (f", `{budget}`" if budget != "signal" else "")
                cells = [name if worse == 1.05 else "", f"{100 * (worse - 1):.0f} %"]
                cells += [rounded(sum(lights) / len(lights)) if lights else "" for lights in own]
                cells.append(f"{slope:.2f}" + (f" +- {half:.2f}" if half is not None else ""))
                print("".join(f"| {cell} " if cell else "| " for cell in cells) + "|")
        print()


# ---- why: what each operator's products take of the light ----

def macs_of(width, layers=2, context=64, symbols=40):
    scores = layers * (context + 1) / 2 * width
    return {"qkv": 3 * layers * width ** 2, "scores": scores, "context": scores, "attn_out": layers * width ** 2,
            "ffn_up": 4 * layers * width ** 2, "ffn_down": 4 * layers * width ** 2, "logits": symbols * width}


def terms_of(row, encoding):
    """Full level at which this operator alone makes the network 5 % worse, and what a product of it puts on detectors.
    With m, X: mean and peak of inputs over rms, W: peak of weights, E: tolerated error (phys/encoding.h). The budget
    takes inputs that are never negative to be uniform, and gives them their share of the level of signed ones."""
    v, error, mean, peak, weight = (float(row[name]) for name in
                                    ("v", "error_5", "input_mean", "input_peak", "weight_peak"))
    signed = row["operator"] not in ("context", "ffn_down")
    share = 1 if signed else UNIFORM_LEVEL[encoding]
    if encoding == "offset":
        noise = 4 * (peak * weight) ** 2 if signed else 2 * mean * peak * weight ** 2
        return noise / (v * error ** 2 * share), share * (0.25 if signed else mean / peak / 2)
    normal = math.sqrt(2 / math.pi)             # mean of weights over rms
    return mean * normal * peak * weight / (v * error ** 2 * share), share * mean * normal / (peak * weight)


def tell_terms(ask):
    """The light that a network wants by the figures of `fanlight tolerance`, and whose noise it is for."""
    for training, width, seed in wanted(ask):
        path = os.path.join(ask.nets, f"{training}-{width}-{seed}.net")
        if not os.path.exists(path):
            continue
        told = subprocess.run([ask.program, "tolerance", "--net", path, "--csv", "--windows", str(ask.windows)] +
                              folder_of(ask), check=True, capture_output=True, text=True).stdout
        rows = [row for row in csv.DictReader(told.splitlines()) if row["length"]]
        macs = macs_of(width)
        for encoding in UNIFORM_LEVEL:
            terms = {row["operator"]: terms_of(row, encoding) for row in rows}
            level = sum(term for term, _ in terms.values())
            light = sum(level * lit * macs[name] for name, (_, lit) in terms.items()) / sum(macs.values())
            shares = ", ".join(f"{name} {100 * term / level:.0f} %" for name, (term, _) in terms.items())
            print(f"{training} {width} {seed} {encoding}: {light:.4g} photons/MAC at +5 %; of the excess: {shares}")


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--program", default="./fanlight")
    words.add_argument("--points", default="light_by_width.csv", help="the table of points")
    words.add_argument("--nets", default=".", help="folder of the networks")
    words.add_argument("--wordnet", help="folder of WordNet's files (preset: where Debian puts them)")
    words.add_argument("--widths", type=int, nargs="+", default=[32, 64, 128, 256])
    words.add_argument("--trainings", nargs="+", choices=list(TRAININGS), default=list(TRAININGS))
    words.add_argument("--trained", action="store_true", help="points of networks that are there, and no others")
    words.add_argument("--training-seeds", type=int, default=3)
    words.add_argument("--steps", type=int, default=1500)
    words.add_argument("--seeds", type=int, default=1, help="machines and noises of a point")
    words.add_argument("--windows", type=int, default=96)
    words.add_argument("--encodings", nargs="+", default=["dual_rail", "offset", "coherent"])
    words.add_argument("--budgets", nargs="+", default=["signal", "full_scale"])
    words.add_argument("--light", type=float, nargs="+", help="photons a MAC (preset: five, by encoding)")
    words.add_argument("--fit", action="store_true", help="make no points")
    words.add_argument("--table", action="store_true", help="make no points; tell the tables of docs/accuracy.md")
    words.add_argument("--why", action="store_true", help="tell what light the figures of tolerance ask for, and where")
    ask = words.parse_args()
    if ask.why:
        tell_terms(ask)
        return
    if not ask.fit and not ask.table:
        make_points(ask)
    (tell_tables if ask.table else tell_fits)(ask)


if __name__ == "__main__":
    main()
