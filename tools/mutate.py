#!/usr/bin/env python3
"""mutate.py WORK NUMBER SEED [FILE...] - makes mutants in a copy of the tree and runs suites on them; see mutate.sh.

A mutant is one change that a tired programmer makes: a comparison one off or the wrong way round, a sign, a constant
one off, a condition that always holds, a statement left out. What does not compile, or compiles to the same code, is
no mutant and another is drawn in its place; so mutant K of a seed is the same whatever was run before.
"""
import glob
import os
import random
import re
import subprocess
import sys

FOLDERS = ["units", "sim", "mapping", "phys", "stats"]
QUICK = {                               # tenths of a second each
    "units": "units units_whole units_light sram dram shared_inputs whole benches explain".split(),
    "sim": "queue whole units units_whole benches shared_inputs stats_report".split(),
    "mapping": "mapping weights residency mapfile shared_inputs explain benches cuts".split(),
    "phys": "phys_photons phys_converters phys_noise encodings phys_bits sram units_light paper benches".split(),
    "stats": "stats_report stats".split(),
}
SLOW = {                                # seconds each
    "units": "dram_replay state extremes run unit_laws oracle_dram accounting".split(),
    "sim": "state run unit_laws timeline growth leap".split(),
    "mapping": "run cover bound search state searches masks".split(),
    "phys": "phys_precision precision_photons run".split(),
    "stats": "run explore explore_views timeline library".split(),
}
BOTH = {folder: QUICK[folder] + SLOW[folder] for folder in FOLDERS}
PATIENCE_S = 300                        # of a suite; a mutant that hangs is killed by it

# Each a pattern and what may stand in its place. Patterns see a line without comments and texts.
OPERATORS = [
    (r"(?<![<>=!&|+\-*/-])<=(?!=)", ["<", ">"]), (r"(?<![<>=!-])>=(?!=)", [">", "<"]),
    (r"(?<= )<(?= )", ["<=", ">"]), (r"(?<= )>(?= )", [">=", "<"]),
    (r"==", ["!="]), (r"!=", ["=="]), (r"&&", ["||"]), (r"\|\|", ["&&"]),
    (r"(?<= )\+(?= )", ["-"]), (r"(?<=[\w)\]] )-(?= )", ["+"]), (r"(?<=[\w)\]] )\*(?= [\w(])", ["/"]),
    (r"(?<= )/(?= )", ["*"]), (r"\+\+", ["--"]), (r"\+=", ["-="]), (r"-=", ["+="]), (r"(?<= )%(?= )", ["*"]),
    (r"\btrue\b", ["false"]), (r"\bfalse\b", ["true"]), (r"(?<=[( ])!(?=[\w(])", [""]),
    (r"(?<![\w.])(\d+)(?![\w.])", ["+1", "-1"]), (r"\bfmax\b", ["fmin"]), (r"\bfmin\b", ["fmax"]),
    (r"\bfl_most\b", ["fl_least"]), (r"\bfl_least\b", ["fl_most"]), (r"\bfl_later\b", ["fl_least"]),
    (r"\bif \((?=.*\)( \{)?$)", ["if (true || ", "if (false && "]),
]
STATEMENT = re.compile(r"^ {4,}(?!return|break|continue|case|default|else|goto|int\b|const\b|struct\b|double\b|bool\b"
                       r"|int64_t\b|fl_time\b|size_t\b|uint\d+_t\b|int32_t\b|char\b|static\b|enum\b)[\w*(].*;$")


def blank(line):
    """The line with its texts and comments blanked, so that columns stay."""
    line = re.sub(r'"(\\.|[^"\\])*"', lambda m: '"' + "~" * (len(m.group()) - 2) + '"', line)
    return re.sub(r"/\*.*?(\*/|$)|^ \*.*", lambda m: " " * len(m.group()), line)


def mutants(path):
    """All mutants of a file: (line number, new line)."""
    found, inside = [], False
    for number, line in enumerate(open(path).read().split("\n")):
        seen, commented = blank(line), inside
        if "/*" in line and "*/" not in line[line.index("/*"):]:
            inside = True
        elif "*/" in line:
            inside = False
        if commented or line.startswith("#") or "_Static_assert" in line or "fl_assert" in line:
            continue
        if re.match(r"^(static )?(inline )?[\w ]+\*?\w+\(.*\)$|^ {8}\{ |^enum|^ {4}\{ ", seen):
            continue                    # headers of functions, rows of tables
        for pattern, instead in OPERATORS:
            for m in re.finditer(pattern, seen):
                for new in instead:
                    if new in ("+1", "-1"):
                        new = str(int(m.group(1)) + int(new))
                    if pattern.startswith(r"\bif"):
                        end = seen.rindex(")")
                        found.append((number, line[:m.start()] + new + "(" + line[m.end():end] + ")" + line[end:]))
                    else:
                        found.append((number, line[:m.start()] + new + line[m.end():]))
        if STATEMENT.match(seen) and seen.count("(") == seen.count(")"):
            found.append((number, line[:len(line) - len(line.lstrip())] + ";"))
    return found


def variables(build, names):
    """What the makefile calls by these names, one a line."""
    recipe = "include Makefile\nshow:\n" + "".join("\t@: $(info $(%s))\n" % name for name in names)
    shown = subprocess.run(["make", "-s", "-f", "-", "show"], cwd=build, input=recipe, stdout=subprocess.PIPE, text=True)
    return shown.stdout.split("\n")[:len(names)]


class Build:
    """One file is compiled, and the objects are linked as they lie: neither make nor an archive, which take longer."""

    def __init__(self, build, source):
        self.folder, self.source = build, source
        self.compile, self.cc, tests, lib, libs, self.flags = variables(
            build, ["COMPILE", "CC", "check_fanlight_OBJECTS", "libwhole_la_OBJECTS",
                    "check_fanlight_LDADD", "check_fanlight_LDFLAGS"])
        self.objects = " ".join(sorted(set(tests.split() + lib.replace(".lo", ".o").split())))
        self.libs = libs.replace("libwhole.la", "")

    def run(self, command):
        return subprocess.run(command, shell=True, cwd=self.folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0

    def code(self, path):
        """The file's machine code, left where the link finds it; None if it does not compile."""
        made = os.path.join(self.folder, path[:-2] + ".o")
        good = self.run("%s -w -g0 -c -o %s %s" % (self.compile, made, os.path.join(self.source, path)))
        return open(made, "rb").read() if good else None

    def link(self):
        return self.run("%s %s -o mutant %s %s" % (self.cc, self.flags, self.objects, self.libs))

    def killer(self, suites, fast, log):
        """The suite that fails; None if all pass. `fast`: each with a tenth of its random cases."""
        if not self.link():
            return "link"
        for suite in suites:
            env = dict(os.environ, CK_RUN_SUITE=suite, SRCDIR=self.source, FL_FAST="1" if fast else "0",
                       FANLIGHT=os.path.join(self.folder, "fanlight"))
            try:
                run = subprocess.run(["./mutant"], cwd=self.folder, env=env, stdout=log, stderr=log,
                                     timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                return suite + " (hangs)"
            if run.returncode != 0:
                return suite
        return None


def try_one(build, mutant, suites, fast, kept, log):
    """The suite that kills the mutant; None if it survives, "" if it is none."""
    path, n, line = mutant
    text = open(path).read()
    lines = text.split("\n")
    before = build.code(path)
    open(kept, "w").write(path + "\n" + text)
    lines[n] = line
    open(path, "w").write("\n".join(lines))
    after = build.code(path)
    by = build.killer(suites[path.split("/")[0]], fast, log) if after not in (None, before) else ""
    open(path, "w").write(text)
    build.code(path)
    os.remove(kept)
    return by


class Results:
    """A line for what became of a mutant, the last one counts: none, killed by a suite, open (the quick ones passed it),
    left (the slow ones, too) or survived (with all their cases)."""

    def __init__(self, path):
        self.path = path
        self.state = {}
        if os.path.exists(path):
            for line in open(path):
                place, state = line.split("\t")[:2]
                self.state[int(place)] = state

    def add(self, place, state, by, mutant):
        path, n, line = mutant
        what = "%s:%d  %s  =>  %s" % (path, n + 1, open(path).read().split("\n")[n].strip(), line.strip())
        self.state[place] = state
        with open(self.path, "a") as out:
            out.write("%d\t%s\t%s\t%s\n" % (place, state, by or "-", what))
        if state != "none":
            print("%d %s %s  %s" % (place, state, by or "", what), flush=True)

    def places(self, state):
        return sorted(place for place, s in self.state.items() if s == state)


def main():
    work, number, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    source, results = os.path.join(work, "source"), os.path.join(work, "results.tsv")
    build = Build(os.path.join(work, "build"), source)
    os.chdir(source)
    files = sys.argv[4:] or sorted(f for folder in FOLDERS for f in glob.glob(folder + "/*.c"))
    files = [f for f in files if not f.endswith(("registry.c", "_sql.c"))]
    kept = os.path.join(work, "kept.c")
    if os.path.exists(kept):            # interrupted with a mutant in place
        path, text = open(kept).read().split("\n", 1)
        open(path, "w").write(text)
        build.code(path)
        os.remove(kept)
    if not build.link():
        sys.exit("mutate.py: the tests do not link")
    every = [(f, n, line) for f in files for n, line in mutants(f)]
    random.Random(seed).shuffle(every)
    log, done = open(os.path.join(work, "suites.log"), "ab"), Results(results)
    place = 0
    while sum(s != "none" for s in done.state.values()) < number and place < len(every):
        if place not in done.state:     # first all of them by the quick suites
            by = try_one(build, every[place], QUICK, True, kept, log)
            done.add(place, "killed" if by else "open" if by is None else "none", by, every[place])
        place += 1
    for place in done.places("open"):   # then what they passed
        by = try_one(build, every[place], SLOW, True, kept, log)
        done.add(place, "killed" if by else "left", by, every[place])
    for place in done.places("left"):   # then what is left, with all cases
        by = try_one(build, every[place], BOTH, False, kept, log)
        done.add(place, "killed" if by else "survived", by, every[place])
    killed, survived = len(done.places("killed")), len(done.places("survived"))
    print("%d mutants, %d killed (%.0f %%)" % (killed + survived, killed, 100 * killed / max(killed + survived, 1)))
    for place in done.places("survived"):
        path, n, line = every[place]
        print("survived: %s:%d  %s" % (path, n + 1, line.strip()))


main()
