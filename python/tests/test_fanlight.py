"""The Python package against the program it came with: the same numbers, errors as exceptions, frames, displays."""
import ctypes
import doctest
import importlib.util
import inspect
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import fanlight
from fanlight import _library, display, errors

PROGRAM, SOURCES = os.environ["FANLIGHT"], os.environ["SRCDIR"]
HAVE_PANDAS = importlib.util.find_spec("pandas") is not None
TRACE = "fanlight-trace 1\nmodel one\ninput x\nlinear up x -> y m=64 k=384 n=300\n"
SWEEP = """design = "digital_300fj"; model = "gpt2"; context = [8, 16];
axes = ( { name = "lanes"; path = "vector.mac_lanes"; values = [1024, 2048]; } );
"""


def program(*words):
    """What `fanlight ... --json` prints, read."""
    return json.loads(subprocess.run([PROGRAM, *words], check=True, capture_output=True, text=True).stdout)
PRICES = 'vector = { mac_energy = "100 fJ"; };\n'


class InFolder(unittest.TestCase):
    """Every test has a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name, content=None):
        path = os.path.join(self.folder, name)
        if content is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
        return path


class Runs(InFolder):
    def test_the_numbers_are_the_programs(self):
        db = self.path("run.db")
        subprocess.run([PROGRAM, "run", "--design", "free_space_1k", "--model", "gpt2", "--context", "64", "--set",
                        "core[0].adc.share=4", "--inferences", "1000", "--quiet", "--db", db], check=True)
        theirs = program("query", "--db", db, "--json", "select * from run_summary")[0]
        with fanlight.run("gpt2", "free_space_1k", context=64, settings={"core[0].adc.share": 4},
                          inferences=1000) as run:
            for name, value in run.summary._asdict().items():
                self.assertEqual(value, theirs[name], name)
            self.assertEqual(run.latency_ps, round(run.latency_s * 1e12))
            parts = run.components(frame=False)
            self.assertEqual(parts, program("query", "--db", db, "--json", "select component, dynamic_j, static_j, "
                                            "total_j, share from energy_by_component order by total_j desc"))
            number = run.store(db)
            self.assertEqual(number, 2)
            self.assertIn("Energy by component", run.report())
        same = fanlight.Database(db).query("select count(distinct energy_j) as n from run_summary", frame=False)
        self.assertEqual(same, [{"n": 1}])

    def test_steps_of_training_are_the_programs(self):
        asked = {"schedule": "dfa_block", "microbatch": 2, "optimizer": "sgd"}
        run = fanlight.run("gpt2", "opu_a100", context=16, batch=2, phase="train", train=asked)
        said = subprocess.run([PROGRAM, "trace", "--model", "gpt2", "--context", "16", "--batch", "2", "--phase", "train",
                               "--train", "dfa_block", "--microbatch", "2", "--optimizer", "sgd"], check=True,
                              capture_output=True, text=True).stdout
        self.assertEqual(run.query("select workload_text from run", frame=False)[0]["workload_text"], said)
        with self.assertRaises(fanlight.InputError):
            fanlight.run("gpt2", "a100", phase="train", train="bptt")

    def test_parts_sum_to_the_whole(self):
        run = fanlight.run("gpt2", context=32)
        for rows, key in ((run.components(frame=False), "total_j"), (run.operators(frame=False), "energy_j")):
            self.assertAlmostEqual(sum(row[key] for row in rows) / run.energy_j, 1, places=9)
        operators = run.operators(frame=False)
        self.assertAlmostEqual(sum(row["critical_s"] for row in operators) / run.latency_s, 1, places=9)
        self.assertEqual([row["number"] for row in operators if row["number"]],
                         list(range(1, sum(row["number"] > 0 for row in operators) + 1)))
        for unit in run.units(frame=False):
            self.assertAlmostEqual((unit["busy_s"] + unit["blocked_s"] + unit["idle_s"]) / run.latency_s, 1, places=9)

    def test_queries_keep_types(self):
        run = fanlight.run(trace_text=TRACE, design="digital_300fj")
        row = run.query("select run, 0.5 as half, 'a' as text, null as none, -3 as less, 2.0 as real from run",
                        frame=False)
        self.assertEqual(row, [{"run": 1, "half": 0.5, "text": "a", "none": None, "less": -3, "real": 2.0}])
        with self.assertRaisesRegex(fanlight.InputError, "a query only reads"):
            run.query("delete from run")

    def test_texts_of_a_run(self):
        run = fanlight.run("gpt2", context=16, mapper="weight_stationary")
        again = fanlight.run("gpt2", context=16, mapper=self.path("own.map", run.mapping()))
        self.assertEqual(again.latency_ps, run.latency_ps)
        self.assertGreater(len(json.loads(run.timeline())), 0)
        self.assertEqual(run.notes, [])
        self.assertIn("ideal memory: SRAM and DRAM take no time", fanlight.run("gpt2", "ot_10k", context=16).notes)

    def test_a_closed_run_says_so(self):
        run = fanlight.run(trace_text=TRACE)
        run.close()
        run.close()
        self.assertEqual(repr(run), "<fanlight.Run, closed>")
        with self.assertRaisesRegex(ValueError, "closed"):
            run.components()

    def test_side_by_side_as_one_after_the_other(self):
        asks = [dict(model="gpt2", context=64), dict(model="bert-base", design="ot_10k", context=32)] * 2
        alone, beside = [fanlight.run(**ask).energy_j for ask in asks], [None] * len(asks)

        def work(i):
            beside[i] = fanlight.run(**asks[i]).energy_j

        threads = [threading.Thread(target=work, args=(i,)) for i in range(len(asks))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(alone, beside)


class Faults(InFolder):
    def test_all_faults_with_place_and_remedy(self):
        with self.assertRaises(fanlight.InputError) as caught:
            fanlight.run("gpt99", "no_such_design")
        self.assertEqual(len(caught.exception.faults), 2)
        self.assertEqual(caught.exception.code, 1)
        with self.assertRaisesRegex(fanlight.InputError, 'did you mean "settle"'):
            fanlight.run("gpt2", settings={"core[0].slm.setle": "1 ms"})
        with self.assertRaisesRegex(fanlight.InputError, "trace_text:4: "):
            fanlight.run(trace_text=TRACE.replace("m=64", "m=0"))
        with self.assertRaisesRegex(fanlight.InputError, "no workload"):
            fanlight.run()
        with self.assertRaises(ValueError):
            fanlight.run("gpt2\0")

    def test_whose_fault(self):
        for code, kind in ((1, errors.InputError), (2, errors.LawError), (70, errors.BugError)):
            self.assertIs(type(errors.of(code, "a\nb\n")), kind)
            self.assertEqual(errors.of(code, "a\nb\n").code, code)
            self.assertTrue(issubclass(kind, fanlight.Error))
        self.assertEqual(errors.of(1, "a\nb\n").faults, ["a", "b"])

    def test_stopping(self):
        asked = []

        def enough():
            asked.append(True)
            return len(asked) > 5

        with self.assertRaises(fanlight.Stopped):
            fanlight.run("gpt2", context=32, no_leap=True, stop=enough)
        self.assertLess(len(asked), 20)

    def test_exceptions_of_callbacks_come_back(self):
        seen = []

        def progress(done, all_):
            seen.append((done, all_))
            raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            fanlight.run("gpt2", context=32, mapper="weight_stationary", progress=progress)
        self.assertEqual(len(seen), 1)

    def test_interrupted(self):
        def press():
            os.kill(os.getpid(), signal.SIGINT)
        before = signal.signal(signal.SIGINT, signal.default_int_handler)       # jobs of a shell may ignore it
        self.addCleanup(signal.signal, signal.SIGINT, before)
        timer = threading.Timer(0.3, press)
        timer.start()
        with self.assertRaises(KeyboardInterrupt):
            until = time.monotonic() + 10
            while time.monotonic() < until:
                fanlight.run("gpt2", context=1024, no_leap=True)
        self.assertIs(signal.getsignal(signal.SIGINT), signal.default_int_handler)
        self.assertGreater(fanlight.run(trace_text=TRACE).energy_j, 0)


class Studies(InFolder):
    def test_what_there_is(self):
        for what in ("designs", "models", "mappers", "devices", "units"):
            theirs = program("list", what, "--json")
            self.assertEqual(getattr(fanlight, what)(), [next(iter(row.values())) for row in theirs], what)
        self.assertIn("generated-16", fanlight.nets())

    def test_tilings(self):
        compared = fanlight.compare("gpt2", "dmd_bench", context=16, mappers=["weights_in_place", "digital", "auto"],
                                    db=self.path("compare.db"))
        self.assertIn("need 155 cores", compared.unfit["weights_in_place"])
        whole = {row["tiling"]: row for row in compared.tilings(frame=False)}
        self.assertEqual(set(whole), {"digital", "auto"})
        self.assertEqual(compared.best, min(whole, key=lambda name: whole[name]["time_s"]))
        for name, row in whole.items():
            parts = [part for part in compared.operators(frame=False) if part["tiling"] == name]
            self.assertAlmostEqual(sum(part["energy_j"] for part in parts) / row["energy_j"], 1, places=9)
            stored = fanlight.Database(self.path("compare.db")).query(
                "select energy_j from run_summary where run = ?", (row["run"],), frame=False)
            self.assertAlmostEqual(stored[0]["energy_j"] / row["energy_j"], 1, places=9)
        self.assertEqual(set(compared.why), set(whole) - {compared.best})
        with self.assertRaisesRegex(fanlight.InputError, 'no mapper "tight"'):
            fanlight.compare("gpt2", mappers="tight")

    def test_a_sweep(self):
        file, db = self.path("small.cfg", SWEEP), self.path("small.db")
        told = []
        swept = fanlight.sweep(file, db, progress=lambda done, points: told.append((done, points)))
        self.assertEqual((swept.progress["points"], swept.progress["done"], swept.axes), (4, 4, ["lanes"]))
        self.assertEqual(told[-1][1], 4)
        rows = swept.results(frame=False)
        self.assertEqual([row["lanes"] for row in rows], [1024, 1024, 2048, 2048])
        for row in rows:
            alone = fanlight.run("gpt2", "digital_300fj", context=row["context"],
                                 settings={"vector.mac_lanes": int(row["lanes"])})
            self.assertEqual((alone.latency_s, alone.energy_j), (row["latency_s"], row["energy_j"]))
        self.assertEqual(len(swept.pareto(frame=False)), 2)
        self.assertEqual({row["axis"] for row in swept.sensitivity(frame=False)}, {"lanes"})
        self.assertEqual(swept.failures(frame=False), [])
        with self.assertRaisesRegex(fanlight.InputError, "resume"):
            fanlight.sweep(file, db)
        again = fanlight.sweep(os.path.relpath(file), db, resume=True)
        self.assertEqual((again.progress["before"], again.axes, len(again.results(frame=False))), (4, ["lanes"], 4))

    def test_a_sweep_that_is_stopped_goes_on(self):
        file, db = self.path("small.cfg", SWEEP), self.path("small.db")
        points = []
        with self.assertRaisesRegex(fanlight.Stopped, "stopped at [123] of 4 points"):
            fanlight.sweep(file, db, jobs=1, stop=lambda: len(points) > 0,
                           progress=lambda done, all_: points.append(done))
        self.assertEqual(fanlight.sweep(file, db, resume=True).progress["done"], 4)

    def test_precision(self):
        ours = fanlight.precision("gpt2", context=64, frame=False)
        theirs = program("precision", "--model", "gpt2", "--context", "64", "--json")
        self.assertEqual(len(ours), len(theirs))
        for mine, row in zip(ours, theirs):
            self.assertAlmostEqual(mine["error"] ** 2, sum(value ** 2 for key, value in mine.items()
                                                           if key.startswith("term_")), delta=mine["error"] ** 2 * 1e-9)
            self.assertIn(mine["name"], row.values())

    def test_accuracy(self):
        ask = dict(photons_per_mac=30, windows=8, settings=["core.encoding=dual_rail", "core[0].adc.range=4"])
        rows = fanlight.accuracy("generated-16", "slm_bench", frame=False, **ask)
        theirs = program("accuracy", "--net", "generated-16", "--design", "slm_bench", "--photons-per-mac", "30",
                         "--windows", "8", "--set", "core.encoding=dual_rail", "--set", "core[0].adc.range=4", "--json")
        self.assertEqual([row["arithmetic"] for row in rows], ["optical", "noiseless", "8 bits", "exact"])
        for row, their in zip(rows, theirs):
            self.assertAlmostEqual(row["perplexity"] / float(their["perplexity"]), 1, places=12)
        self.assertTrue(math.isnan(rows[0]["sigma"]))
        with self.assertRaisesRegex(fanlight.InputError, "inside: 0.1 is not from 0.5 to 1"):
            fanlight.accuracy("generated-16", inside=0.1)

    def test_a_plan_bounds_the_run(self):
        plan = fanlight.explain("gpt2", context=64, mapper="weight_stationary")
        self.assertLessEqual(plan.bound_s, fanlight.run("gpt2", context=64, mapper="weight_stationary").latency_s)
        names = [row["name"] for row in plan.operators(frame=False)]
        self.assertIn("ffn_up", names)
        self.assertEqual(plan.pools[0]["name"], "static")
        cache = [row for row in plan.tensors(frame=False) if row["kind"] == "cache"]
        self.assertEqual([(row["name"], row["copies"], row["bits"]) for row in cache], [("kv_cache", 12, 64 * 1536 * 8)])

    def test_other_prices(self):
        db, prices = self.path("run.db"), self.path("prices.cfg", PRICES)
        run = fanlight.run("gpt2", "free_space_1k", context=16, db=db)
        self.assertEqual(fanlight.reprice(db, prices, label="cheaper"), 2)
        rows = fanlight.Database(db).query("select energy_j, label from run_summary order by run", frame=False)
        again = fanlight.run("gpt2", "free_space_1k", context=16, settings={"vector.mac_energy": "100 fJ"})
        self.assertEqual([row["label"] for row in rows], [None, "cheaper"])
        self.assertEqual(rows[0]["energy_j"], run.energy_j)
        self.assertLess(rows[1]["energy_j"], run.energy_j)
        self.assertEqual(rows[1]["energy_j"], again.energy_j)
        with self.assertRaisesRegex(fanlight.InputError, "no run 77"):
            fanlight.reprice(db, prices, run=77)


class Frames(InFolder):
    @unittest.skipUnless(HAVE_PANDAS, "this Python has no pandas")
    def test_tables_are_frames(self):
        import pandas
        run = fanlight.run("gpt2", context=16)
        for table in (run.components(), run.operators(), run.units(), run.query("select * from run_summary"),
                      fanlight.precision("gpt2", context=16), fanlight.explain("gpt2", context=16).operators(),
                      fanlight.compare("gpt2", context=16, mappers="digital").tilings()):
            self.assertIsInstance(table, pandas.DataFrame)
            self.assertGreater(len(table), 0)
        self.assertAlmostEqual(run.components().total_j.sum() / run.energy_j, 1, places=9)
        self.assertEqual(list(run.query("select run from run where run = 7").columns), [])

    def test_without_pandas(self):
        code = ("import sys; sys.modules['pandas'] = None\nimport fanlight\n"
                "run = fanlight.run('gpt2', context=16)\nassert run.components(frame=False) and run._repr_html_()\n"
                "try: run.components()\nexcept ImportError as why: print(why)\n")
        said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        self.assertIn("python3-pandas", said)
        self.assertIn("frame=False", said)


class Displays(InFolder):
    def test_prefixes(self):
        for value, unit, shown in ((5.14e-4, "s", "514 us"), (0.9999, "J", "1 J"), (0, "J", "0 J"), (1e9, "B", "1 GB"),
                                   (2.5e-15, "J", "2.5 fJ"), (999.7e-6, "s", "1 ms"), (math.nan, "J", ""),
                                   (-3e-3, "J", "-3 mJ")):
            self.assertEqual(display.si(value, unit), shown)

    def test_texts_are_escaped(self):
        self.assertIn("&lt;b&gt;", display.table(["a"], [["<b>"]]))

    def test_what_jupyter_shows(self):
        run = fanlight.run("gpt2", context=16)
        self.assertIn("gpt2 on lcos_resident, prefill of 16 tokens", run._repr_html_())
        self.assertIn("<td style=\"text-align:left\">sram</td>", run._repr_html_())
        self.assertRegex(repr(run), "^<fanlight.Run: gpt2 on lcos_resident, .* us, .* uJ>$")
        compared = fanlight.compare("gpt2", context=16, mappers="digital,auto")
        self.assertIn(f"{compared.best} *", compared._repr_html_())
        swept = fanlight.sweep(self.path("small.cfg", SWEEP), self.path("small.db"))
        self.assertIn("4 of 4 points", swept._repr_html_())
        self.assertIn("ffn_up", fanlight.explain("gpt2", context=16)._repr_html_())


class Documents(InFolder):
    @unittest.skipUnless(HAVE_PANDAS, "this Python has no pandas")
    def test_the_page_shows_what_comes_out(self):
        page = os.path.realpath(os.path.join(SOURCES, "docs", "python.md"))
        os.symlink(os.path.realpath(os.path.join(SOURCES, "examples")), self.path("examples"))
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            failed, tried = doctest.testfile(page, module_relative=False, optionflags=doctest.ELLIPSIS)
        finally:
            os.chdir(before)
        self.assertEqual(failed, 0)
        self.assertGreater(tried, 15)


class Library(InFolder):
    def import_with(self, library):
        done = subprocess.run([sys.executable, "-c", "import fanlight"], capture_output=True, text=True,
                              env={**os.environ, "FANLIGHT_LIBRARY": library})
        return done.stderr.strip().split("\n")[-1]

    def compiled(self, name, source, *flags):
        out = self.path(name)
        subprocess.run([*os.environ["CC"].split(), *flags, self.path(name + ".c", source), "-o", out], check=True)
        return out

    def test_no_library(self):
        self.assertRegex(self.import_with("/nowhere/libfanlight.so"), "LibraryError.*cannot be loaded.*FANLIGHT_LIBRARY")

    def test_other_libraries(self):
        abi = "#include <stddef.h>\nint fanlight_abi(void) { return %d; }\n"
        size = "size_t fanlight_sizeof(const char *name) { return name[3] == 'w' ? 8 : 4096; }\n"
        for source, why in (("int one;\n", "does not tell its ABI"), (abi % 9 + size, "has ABI 9, .* wants 1"),
                            (abi % 1 + size, "its fl_work has 8 bytes, not 56")):
            self.assertRegex(self.import_with(self.compiled("other.so", source, "-shared", "-fPIC")), why)

    def test_layouts_are_the_headers(self):
        prints, expected = [], []
        for name, record in _library.RECORDS.items():
            prints.append(f'    printf("{name} %zu\\n", sizeof(struct {name}));')
            expected.append(f"{name} {ctypes.sizeof(record)}")
            for field, _ in record._fields_:
                prints.append(f'    printf("{name}.{field} %zu %zu\\n", offsetof(struct {name}, {field}), '
                              f'sizeof ((struct {name} *)0)->{field});')
                at = getattr(record, field)
                expected.append(f"{name}.{field} {at.offset} {at.size}")
        source = ("#include <fanlight.h>\nint main(void)\n{\n" + "\n".join(prints) + "\n    return 0;\n}\n")
        said = subprocess.run([self.compiled("layout", source, "-I", os.path.join(SOURCES, "api"))], check=True,
                              capture_output=True, text=True).stdout.split("\n")[:-1]
        self.assertEqual(said, expected)
        with open(os.path.join(SOURCES, "api", "fanlight.h"), encoding="utf-8") as header:
            self.assertEqual(set(re.findall(r"^struct (\w+) \{", header.read(), re.M)), set(_library.RECORDS))

    def test_everything_is_documented(self):
        for name in fanlight.__all__:
            thing = getattr(fanlight, name)
            self.assertTrue(thing.__doc__, name)
            if inspect.isclass(thing):
                for part, value in vars(thing).items():
                    if not part.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                        self.assertTrue(value.__doc__, f"{name}.{part}")
        self.assertEqual(fanlight.__version__, subprocess.run(
            [PROGRAM, "--version"], check=True, capture_output=True, text=True).stdout.split()[1])


if __name__ == "__main__":
    unittest.main()
