#!/usr/bin/env python3
"""light_by_width.py - does light per product fall with the width of a network?

    make question                                   goes on where it stopped, then fits
    python3 tools/light_by_width.py --fit           fits what there is
    python3 tools/light_by_width.py --table         tells the tables of docs/accuracy.md

Networks of several widths, alike in all else, are trained once (their files are kept): plain, with noise (on dual
rails at 8 photons a product), or with weight decay. Each is run through one machine at several amounts of light. A line
of the table is one point; points that are there are not made again, and a training that was interrupted goes on where
it was (its state is in a file .training beside the network's). From the points follows the light at which a network is
5 % and 20 % worse than without noise, and from those an exponent against width. A machine is slm_bench with the named
encoding and budget, ADCs that span 4 standard deviations. A second table has what `fanlight tolerance` tells of every
network and layer: V, and what errors it lives with.
"""
import argparse
import csv
import json
import math
import os
import subprocess

KEYS = ["training", "width", "training_seed", "encoding", "budget", "inside", "asked"]
COLUMNS = KEYS + ["photons_per_mac", "perplexity", "noiseless", "exact", "j_per_token"]
NETWORK = KEYS[:3]
TOLERANCE = NETWORK + ["operator", "layer", "length", "v", "v_least", "v_most", "spread", "error_5", "error_20",
                       "photons_per_mac_5", "photons_per_mac_20", "input_peak", "weight_peak", "input_mean"]
LIGHT = {"dual_rail": [3, 10, 30, 100, 300], "offset": [1000, 3000, 10000, 30000, 100000],
         "coherent": [1000, 3000, 10000, 30000, 100000]}
TRAININGS = {"plain": [], "decay": ["--decay", "1"],
             "noise": ["--design", "slm_bench", "--set", "core.encoding=dual_rail", "--set", "core.adc.range=4",
                       "--set", "core.source.budget=signal", "--photons-per-mac", "8"]}
# Student's t, two-sided 95 %, by degrees of freedom; beyond these 2.2
T95 = {1: 12.71, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228}
# Level of uniform inputs over that of normal ones with their peak at 4 sigma, for one error: docs/phys.md, section 4
UNIFORM_LEVEL = {"dual_rail": 1.5 / (4 * math.sqrt(2 / math.pi)), "offset": 48 / 1024}


def read_points(path):
    if not os.path.exists(path):
        return []
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


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


def kinds_of(ask):
    """Encoding, budget, and the share of inputs within full level; a share below 1 with the first budget alone."""
    return [(encoding, budget, inside) for encoding in ask.encodings for budget in ask.budgets for inside in ask.inside
            if inside == 1 or budget == ask.budgets[0]]


def measure(ask, net, point):
    command = [ask.program, "accuracy", "--net", net, "--design", "slm_bench", "--windows", str(ask.windows), "--json",
               "--photons-per-mac", point["asked"], "--seeds", str(ask.seeds), "--inside", point["inside"],
               "--set", f"core[0].encoding={point['encoding']}", "--set", "core[0].adc.range=4",
               "--set", f"core[0].source.budget={point['budget']}"] + folder_of(ask)
    rows = {row["arithmetic"]: row for row in
            json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)}
    return {"photons_per_mac": rows["optical"]["photons_per_mac"], "perplexity": rows["optical"]["perplexity"],
            "noiseless": rows["noiseless"]["perplexity"], "exact": rows["exact"]["perplexity"],
            "j_per_token": rows["optical"]["j_per_token"]}


def wanted(ask):
    """All networks, the narrow ones first: training, width, seed."""
    return [(training, width, seed) for width in ask.widths for training in ask.trainings
            for seed in range(1, ask.training_seeds + 1)]


def tolerances(ask, net):
    """What `fanlight tolerance` tells of a network and its layers."""
    told = subprocess.run([ask.program, "tolerance", "--net", net, "--layers", "--csv", "--windows", str(ask.windows)] +
                          folder_of(ask), check=True, capture_output=True, text=True).stdout
    return list(csv.DictReader(told.splitlines()))


def appender(file, columns):
    out = csv.DictWriter(file, columns, lineterminator="\n")
    if file.tell() == 0:
        out.writeheader()
    return out


def network_of(row):
    return row["training"], int(row["width"]), int(row["training_seed"])


def points_of(points, network, kind):
    """Those of a network run so (encoding, budget, inside)."""
    return [p for p in points if network_of(p) == network and
            (p["encoding"], p["budget"], float(p["inside"])) == kind]


def next_light(ask, encoding, own):
    """Light that is asked for and has no point yet; then a third of the least, while that is not 20 % worse."""
    asked = [point["asked"] for point in own]
    for light in ask.light or LIGHT[encoding]:
        if f"{light:g}" not in asked:
            return f"{light:g}"
    least = min(own, key=lambda p: float(p["photons_per_mac"]))
    return f"{float(least['asked']) / 3:.3g}" if float(least["perplexity"]) <= 1.2 * float(least["noiseless"]) else None


def make_points(ask):
    points = read_points(ask.points)
    known = {network_of(row) for row in read_points(ask.tolerances)}
    with open(ask.points, "a", newline="") as file, open(ask.tolerances, "a", newline="") as other:
        out, told = appender(file, COLUMNS), appender(other, TOLERANCE)
        for network in wanted(ask):
            net = None
            for kind in kinds_of(ask):
                while (light := next_light(ask, kind[0], points_of(points, network, kind))) is not None:
                    net = net or train(ask, *network)
                    if net is None:
                        break
                    point = dict(zip(KEYS, (*map(str, network), *kind[:2], f"{kind[2]:g}", light)))
                    points.append({**point, **measure(ask, net, point)})
                    out.writerow(points[-1])
                    file.flush()
            if network not in known:
                net = net or train(ask, *network)
                for row in tolerances(ask, net) if net else []:
                    told.writerow({**dict(zip(NETWORK, network)), **row})
                other.flush()


def light_for(points, worse):
    """Photons at which perplexity is `worse` times the noiseless one: between two points, both in logarithms."""
    points = sorted(points, key=lambda p: float(p["photons_per_mac"]))
    excess = [(math.log(float(p["photons_per_mac"])), float(p["perplexity"]) / float(p["noiseless"])) for p in points]
    for (x, a), (y, b) in zip(excess, excess[1:]):
        if a > worse >= b and b > 1:
            la, lb, lw = (math.log(v - 1) for v in (a, b, worse))
            return math.exp(x + (y - x) * (la - lw) / (la - lb))
    return None


def mean(values):
    return sum(values) / len(values)


def fit(pairs):
    """Exponent of y = c x^e through (x, y) and half its 95 % interval (None: too few)."""
    n = len(pairs)
    xs, ys = [math.log(x) for x, _ in pairs], [math.log(y) for _, y in pairs]
    mx, my = mean(xs), mean(ys)
    sxx = sum((x - mx) ** 2 for x in xs)
    slope = sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / sxx
    left = sum((y - my - slope * (x - mx)) ** 2 for x, y in zip(xs, ys))
    return slope, T95.get(n - 2, 2.2) * math.sqrt(left / (n - 2) / sxx) if n > 2 else None


def lights_of(ask, points, training, kind, worse):
    """(width, photons) of every network of a training that was run so."""
    lights = [(network[1], light_for(points_of(points, network, kind), worse)) for network in wanted(ask)
              if network[0] == training]
    return [(width, light) for width, light in lights if light is not None]


def tell_fits(ask):
    points = read_points(ask.points)
    for training, kind in [(training, kind) for training in ask.trainings for kind in kinds_of(ask)]:
        for worse in (1.05, 1.20):
            pairs = lights_of(ask, points, training, kind, worse)
            if len({width for width, _ in pairs}) < 2:
                continue
            lights = ", ".join(f"{width}: {light:.3g}" for width, light in pairs)
            print(f"{training:6} {name_of(*kind)}, {100 * (worse - 1):.0f} % worse: photons/MAC {lights}; "
                  f"exponent {exponent_of(pairs)}")


def rounded(value):
    """Two digits, three above a hundred."""
    digits = 3 if value >= 99.5 else 2
    value = float(f"{value:.{digits}g}")
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def name_of(encoding, budget, inside):
    return ({"dual_rail": "dual rails"}.get(encoding, encoding) + (f", `{budget}`" if budget != "signal" else "") +
            (f", {100 * inside:g} % inside" if inside < 1 else ""))


def exponent_of(pairs):
    slope, half = fit(pairs)
    return f"{slope:.2f}" + (f" +- {half:.2f}" if half is not None else "")


def line(cells):
    print("".join(f"| {cell} " if cell else "| " for cell in cells) + "|")


def head(cells):
    line(cells)
    print("|---" * len(cells) + "|")


def by_width(widths):
    return [("d = " if width == widths[0] else "") + str(width) for width in widths]


def tell_exponents(ask, points):
    """The answer: exponents at 5 % by machine and training."""
    head(["5 % worse"] + ask.trainings)
    for kind in kinds_of(ask):
        pairs = [lights_of(ask, points, training, kind, 1.05) for training in ask.trainings]
        if any(pairs):
            line([name_of(*kind)] + [exponent_of(own) if len({width for width, _ in own}) > 1 else ""
                                      for own in pairs])
    print()


def tell_tables(ask):
    """The tables of docs/accuracy.md: a line for each encoding and budget with points of two widths."""
    points = read_points(ask.points)
    tell_exponents(ask, points)
    for training in ask.trainings:
        widths = sorted({int(p["width"]) for p in points if p["training"] == training} & set(ask.widths))
        head([training, "worse by"] + by_width(widths) + ["exponent"])
        for kind in kinds_of(ask):
            for worse in (1.05, 1.20):
                pairs = lights_of(ask, points, training, kind, worse)
                if len({width for width, _ in pairs}) < 2:
                    continue
                own = [[light for width, light in pairs if width == w] for w in widths]
                line([name_of(*kind) if worse == 1.05 else "", f"{100 * (worse - 1):.0f} %"] +
                     [rounded(mean(lights)) if lights else "" for lights in own] + [exponent_of(pairs)])
        print()


# ---- why: V and tolerated errors, and what each operator's products take of the light ----

def shared_v(row):
    """V as light sees it, of all products together: (2 / pi)^2 over squared error and photons."""
    return (2 / math.pi) ** 2 / (float(row["error_5"]) ** 2 * float(row["photons_per_mac_5"]))


def tolerance_lines(training, operators):
    """Lines of a training's table: name, operator, what a row of it says, digits behind the point."""
    yield from [(f"error that all tolerate, {worse} % worse, in %", "all",
                 lambda row, w=worse: 100 * float(row[f"error_{w}"]), 1) for worse in (5, 20)]
    yield "V of all", "all", shared_v, 2
    if training == "plain":
        yield from [(f"V of `{name}`", name, lambda row: float(row["v"]), 1) for name in operators]
        yield from [(f"error that `{name}` alone tolerates, 5 % worse, in %", name,
                     lambda row: 100 * float(row["error_5"]), 0) for name in operators]
    yield from [(f"photons a MAC by (2 / pi)^2 / (error^2 V), {worse} % worse", "all",
                 lambda row, w=worse: float(row[f"photons_per_mac_{w}"]), 0) for worse in (5, 20)]


def tell_tolerances(ask):
    """Of each training the networks as a whole, of plain ones each operator, too: means over networks of a width."""
    told = [row for row in read_points(ask.tolerances) if not row["layer"] and int(row["width"]) in ask.widths]
    operators = dict.fromkeys(row["operator"] for row in told if row["length"])
    for training in ask.trainings:
        own = [row for row in told if row["training"] == training]
        widths = sorted({int(row["width"]) for row in own})
        if len(widths) < 2:
            continue
        head([training] + by_width(widths))
        for name, operator, cell, digits in tolerance_lines(training, operators):
            means = [mean([cell(row) for row in own if (row["operator"], int(row["width"])) == (operator, width)])
                     for width in widths]
            line([name] + [f"{value:.{digits}f}" for value in means])
        pairs = [(int(row["width"]) / 32, shared_v(row)) for row in own if row["operator"] == "all"]
        at_32 = math.exp(mean([math.log(v / ratio ** fit(pairs)[0]) for ratio, v in pairs]))
        print(f"\nV of all, {training}: {at_32:.2f} (d / 32)^({exponent_of(pairs)})\n")


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


def terms_by_operator(rows, encoding):
    """Light of a network by these figures, and each operator's share of the excess, in percent."""
    terms = {row["operator"]: terms_of(row, encoding) for row in rows}
    macs = macs_of(int(rows[0]["width"]))
    level = sum(term for term, _ in terms.values())
    light = sum(level * lit * macs[name] for name, (_, lit) in terms.items()) / sum(macs.values())
    return light, {name: 100 * term / level for name, (term, _) in terms.items()}


def tell_terms(ask):
    """The light that plain networks want by the figures of `fanlight tolerance`, and whose noise it is for."""
    networks = [network for network in wanted(ask) if network[0] == "plain"]
    rows = {network: [row for row in read_points(ask.tolerances) if row["length"] and not row["layer"] and
                      network_of(row) == network] for network in networks}
    widths = sorted({network[1] for network in networks if rows[network]})
    for encoding in UNIFORM_LEVEL if widths else []:
        terms = {width: [terms_by_operator(rows[network], encoding) for network in networks
                         if rows[network] and network[1] == width] for width in widths}
        head([name_of(encoding, "signal", 1)] + by_width(widths))
        line(["photons a MAC that these figures ask for, 5 % worse"] +
             [rounded(mean([light for light, _ in terms[width]])) for width in widths])
        for name in terms[widths[0]][0][1]:
            line([f"share of `{name}` in the excess, in %"] +
                 [f"{mean([share[name] for _, share in terms[width]]):.0f}" for width in widths])
        print()
    head(["(X W)^2"] + by_width(widths))
    for name in macs_of(32) if widths else []:
        line([f"of `{name}`"] + [rounded(mean([(float(row["input_peak"]) * float(row["weight_peak"])) ** 2
                                               for network in networks if network[1] == width
                                               for row in rows[network] if row["operator"] == name]))
                                 for width in widths])


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--program", default="./fanlight")
    words.add_argument("--points", default="light_by_width.csv", help="the table of points")
    words.add_argument("--tolerances", default="tolerance_by_width.csv", help="the table of what networks live with")
    words.add_argument("--nets", default=".", help="folder of the networks")
    words.add_argument("--wordnet", help="folder of WordNet's files (preset: where Debian puts them)")
    words.add_argument("--widths", type=int, nargs="+", default=[32, 64, 128, 256])
    words.add_argument("--trainings", nargs="+", choices=list(TRAININGS), default=list(TRAININGS))
    words.add_argument("--trained", action="store_true", help="points of networks that are there, and no others")
    words.add_argument("--training-seeds", type=int, default=3)
    words.add_argument("--steps", type=int, default=1500)
    words.add_argument("--seeds", type=int, default=1, help="machines and noises of a point")
    words.add_argument("--windows", type=int, default=96)
    words.add_argument("--encodings", nargs="*", default=["dual_rail", "offset", "coherent"], help="none: no points")
    words.add_argument("--budgets", nargs="+", default=["signal", "full_scale"])
    words.add_argument("--inside", type=float, nargs="+", default=[1, 0.999], help="share of inputs within full level; "
                       "below 1 with the first budget alone")
    words.add_argument("--light", type=float, nargs="+", help="photons a MAC (preset: five, by encoding)")
    words.add_argument("--fit", action="store_true", help="make no points")
    words.add_argument("--table", action="store_true", help="make no points; tell the tables of docs/accuracy.md")
    ask = words.parse_args()
    if not ask.fit and not ask.table:
        make_points(ask)
    if ask.table:
        tell_tables(ask)
        tell_tolerances(ask)
        tell_terms(ask)
    else:
        tell_fits(ask)


if __name__ == "__main__":
    main()
