"""More than one run, or none: sweeps, comparisons, accuracy, precision, plans, prices, and what there is."""
import contextlib
import pathlib
import sqlite3
from ctypes import byref, c_int64, sizeof

from . import _library as L
from . import errors
from ._call import Asked, Patience, Raised, call, data, names, row_of, told
from ._call import text as text_of
from .display import percent, si, table
from .frames import frame as framed

# ---- what there is ----


def designs():
    """Names of the machines that come with fanlight."""
    return names("list", b"designs")


def models():
    """Names of the Transformers that come with fanlight."""
    return names("list", b"models")


def mappers():
    """Names of the strategies that lay work out on a machine."""
    return names("list", b"mappers")


def devices():
    """Names of the memories that a design may name."""
    return names("list", b"devices")


def units():
    """Kinds of hardware units that a design is made of."""
    return names("list", b"units")


def nets():
    """Names of the trained networks that `accuracy` may run."""
    return names("nets")


# ---- one machine, several tilings ----


class Comparison:
    """Several tilings of one workload side by side."""

    def __init__(self, rows):
        self._done = [row for row in rows if row["state"] == "done"]
        self._whole = [row for row in self._done if row["operator"] == "(all)"]
        self.best = next(row["tiling"] for row in self._whole if row["best"])
        self.why = {row["tiling"]: row["why"] for row in self._whole if row["why"]}
        self.unfit = {row["tiling"]: row["why"] for row in rows if row["state"] == "unfit"}
        self.failed = {row["tiling"]: row["why"] for row in rows if row["state"] == "failed"}
        self.notes = list(dict.fromkeys(row["notes"] for row in self._whole if row["notes"]))

    def tilings(self, frame=True):
        """A row for each tiling: time_s, energy_j, slm_loads, sram_bytes, dram_bytes, mac_utilization, bound_s ..."""
        dropped = ("state", "operator", "done_as", "bound_by", "why", "notes", "attention")
        return framed([{key: value for key, value in row.items() if key not in dropped} for row in self._whole],
                      wanted=frame)

    def operators(self, frame=True):
        """A row for each tiling and operator; times and joules of a tiling's operators sum to its own."""
        dropped = ("state", "why", "notes", "best")
        return framed([{key: value for key, value in row.items() if key not in dropped} for row in self._done
                       if row["operator"] != "(all)"], wanted=frame)

    def __repr__(self):
        return f"<fanlight.Comparison of {len(self._whole)} tilings: {self.best} is best>"

    def _repr_html_(self):
        rows = [[row["tiling"] + (" *" if row["best"] else ""), si(row["time_s"], "s"), si(row["energy_j"], "J"),
                 f"{row['slm_loads']:.4g}", si(row["dram_bytes"], "B"), percent(row["mac_utilization"]),
                 si(row["bound_s"], "s")] for row in self._whole]
        none = [[name, "-", "-", "-", "-", "-", why] for name, why in {**self.unfit, **self.failed}.items()]
        return table(["tiling", "time", "energy", "SLM loads", "DRAM", "MAC use", "bound"], rows + none)


def compare(model=None, design=None, *, mappers=None, db=None, **request):
    """Simulates a workload by several tilings and returns a `Comparison`.

    mappers     strategies, "search" or mapping files; None: all of them
    db          a database to store the runs in
    others      as for `run`
    """
    if mappers is not None and not isinstance(mappers, str):
        mappers = ",".join(str(mapper) for mapper in mappers)
    asked = Asked(model=model, design=design, mapper=mappers, **request)
    rows = []
    tell = L.CALLS[L.Compared](asked.raised.guard(lambda context, row: rows.append(row_of(row.contents))))
    asked.call("compare_sized", data(db, "db"), tell, None)
    return Comparison(rows)


# ---- many machines ----


class Database:
    """A results database: runs, sweeps, and the views of docs/schema.md over them. Read only."""

    def __init__(self, path):
        self.path = str(path)

    def query(self, sql, values=(), frame=True):
        """Any SQL that only reads; `values` fill its question marks."""
        if not pathlib.Path(self.path).is_file():
            raise errors.InputError(f"{self.path}: there is no such database")
        try:
            with contextlib.closing(sqlite3.connect(pathlib.Path(self.path).absolute().as_uri() + "?mode=ro",
                                                    uri=True)) as db:
                cursor = db.execute(sql, values)
                columns = [column[0] for column in cursor.description or ()]
                rows = [dict(zip(columns, row)) for row in cursor]
        except sqlite3.Error as why:
            raise errors.InputError(f"{self.path}: {why}") from None
        return framed(rows, columns, wanted=frame)

    def runs(self, frame=True):
        """The view run_summary: a row for each run."""
        return self.query("select * from run_summary order by run", frame=frame)

    def __repr__(self):
        return f"<fanlight.Database {self.path}>"


class Sweep(Database):
    """A sweep that is stored: its points with their places on the axes, and the views over them."""

    def __init__(self, path, number, progress):
        super().__init__(path)
        self.number, self.progress = number, progress
        self.axes = [row["name"] for row in self.query("select name from sweep_axis where sweep = ? order by axis",
                                                       (number,), frame=False)]

    def _placed(self, sql, frame):
        """Rows of a view, each with a column for every axis in front of its figures."""
        places = {}
        for row in self.query("select v.point, a.name, v.value, v.number from sweep_value v join sweep_axis a using "
                              "(sweep, axis) where sweep = ?", (self.number,), frame=False):
            place = places.setdefault(row["point"], {})
            place[row["name"]] = row["value"] if row["number"] is None else row["number"]
        rows = [{**places.get(row["point"], {}), **row} for row in self.query(sql, (self.number,), frame=False)]
        return framed(rows, wanted=frame)

    def results(self, frame=True):
        """A row for each point that was simulated: its place on the axes, then the view sweep_result."""
        return self._placed("select * from sweep_result where sweep = ? order by point", frame)

    def pareto(self, frame=True):
        """The points that no other beats in latency, energy and area together: the view pareto."""
        return self._placed("select * from pareto where sweep = ? order by point", frame)

    def sensitivity(self, frame=True):
        """What part of the spread of latency and energy each axis makes: the view sensitivity."""
        return self.query("select * from sensitivity where sweep = ?", (self.number,), frame=frame)

    def failures(self, frame=True):
        """Why points failed, and how many."""
        return self.query("select error, count(*) as points from sweep_point join run using (run) where sweep = ? and "
                          "error is not null group by error", (self.number,), frame=frame)

    def __repr__(self):
        p = self.progress
        return f"<fanlight.Sweep: {p['done']} of {p['points']} points in {self.path}, {p['failed']} failed>"

    def _repr_html_(self):
        best = sorted(self.pareto(frame=False), key=lambda row: row["latency_s"])[:12]
        rows = [[row["settings"], row["model"], si(row["latency_s"], "s"), si(row["energy_j"], "J"),
                 f"{row['area_mm2']:.4g} mm2"] for row in best]
        return table(["no other is better", "model", "latency", "energy", "area"], rows, repr(self)[1:-1])


def sweep(file, db, *, jobs=0, resume=False, by_operator=False, shard=None, progress=None, stop=None):
    """Simulates the machines that a sweep file describes (docs/sweep.md) and returns a `Sweep`.

    db          the database to store it in
    jobs        threads; 0: one a processor
    resume      go on with a sweep that was stopped; without it, a sweep that is there already is an error
    by_operator store every operator of every layer, not sums over the run
    shard       (i, n): only every nth point, from the ith on, counted from 0
    progress    called now and then with points done and all; `stop`: True ends the sweep after the points in flight
                (`Stopped`; with `resume` the next call goes on). Ctrl-C does the same.

    A point that fails is a row with its error, not an exception: `failures()`.
    """
    raised, done = Raised(), L.SweepProgress()
    options = L.SweepOptions(db=data(db, "db"), jobs=jobs, resume=resume, by_operator=by_operator, command=b"python")
    if shard is not None:
        options.shard, options.shards = shard
    if progress is not None:
        options.progress = L.SweepProgressCall(raised.guard(
            lambda context, at: progress(at.contents.done, at.contents.points)))
    with Patience(stop, raised) as patience:
        options.stop = patience.call
        call("sweep_sized", data(file, "file"), byref(options), sizeof(options), byref(done), sizeof(done),
             raised=raised)
    if done.done < done.points:
        raise errors.Stopped(f"{db}: stopped at {done.done} of {done.points} points; resume=True goes on")
    # by what the file says: it may be called otherwise than when the sweep began
    same = Database(db).query("select max(sweep) as sweep from sweep where text = ?",
                              (pathlib.Path(file).read_text(encoding="utf-8"),), frame=False)
    return Sweep(db, same[0]["sweep"], row_of(done))


def reprice(db, prices, run=0, label=None):
    """Makes a new run from the counts of a stored one (0: the newest) and a list of other prices; gives its number."""
    ask = L.Repricing(db=data(db, "db"), run=run, prices=data(prices, "prices"), label=data(label, "label"),
                      command=b"python")
    number = c_int64()
    call("reprice_sized", byref(ask), sizeof(ask), byref(number))
    return number.value


# ---- without simulating, and through the light ----


def precision(model=None, design=None, *, frame=True, **request):
    """How exact each optical operator comes out: photons, the terms of its error over the spread of outputs, bits.

    Arguments as for `run`. A row for each operator of one name, size and pool; terms are columns `term_...`.
    """
    def row(record):
        terms, i = {}, 0
        while record.term_name[i] is not None:
            terms["term_" + text_of(record.term_name[i]).replace(" ", "_")] = record.term[i]
            i += 1
        return {**row_of(record), **terms}

    asked = Asked(model=model, design=design, **request)
    return framed(told("precision_sized", L.OperatorPrecision, *asked.sized(), row=row), wanted=frame)


class Plan:
    """How a workload would be laid over a machine, without simulating it."""

    def __init__(self, rows, summary, tensors):
        self._rows, self._tensors = rows, tensors
        self.bound_s, self.dram_bits = summary.bound_s, summary.dram_bits
        self.sram_bits, self.sram_capacity_bits = summary.sram_bits, summary.sram_capacity_bits
        self.pools = [{**row_of(pool), "name": text_of(pool.name)} for pool in summary.pool[:summary.pools]]

    def operators(self, frame=True):
        """A row for each operator of one shape: where it runs, its loops and tiles, what bounds it; `bound_s` is that
        of one occurrence."""
        return framed(self._rows, wanted=frame)

    def tensors(self, frame=True):
        """What lives where, from when to when: parameters and caches, then every value that an operator writes; `bits`
        of one of `copies` that are alive together."""
        return framed(self._tensors, wanted=frame)

    def __repr__(self):
        return f"<fanlight.Plan of {len(self._rows)} operators: no run takes less than {si(self.bound_s, 's')}>"

    def _repr_html_(self):
        rows = [[row["name"], str(row["times"]), row["place"], row["strategy"], row["loops"] or "", row["bound_by"],
                 si(row["bound_s"], "s")] for row in self._rows]
        return table(["operator", "times", "place", "strategy", "loops", "bound by", "bound"], rows)


def explain(model=None, design=None, **request):
    """Plans without simulating and returns a `Plan`. Arguments as for `run`."""
    asked, summary = Asked(model=model, design=design, **request), L.Explained()
    rows = told("explain_sized", L.ExplainedOp, *asked.sized(), after=(byref(summary), sizeof(summary)))
    for row in rows:
        row.pop("others")
    return Plan(rows, summary, told("explain_tensors_sized", L.ExplainedTensor, *asked.sized()))


def accuracy(net, design=None, *, settings=None, mapper=None, objective=None, photons_per_mac=0, systematic=0,
             inside=1, seeds=1, windows=128, text=None, wordnet=None, jobs=1, db=None, frame=True):
    """Runs a trained network through a design's optics: perplexity, photons and joules a token of one machine.

    net             a shipped network (`nets()`) or a file that `fanlight learn -o` wrote
    photons_per_mac light: photons detected for a product, the mean of all; 0: as the design has it
    systematic      error of each output's own devices over the spread of outputs, drawn once a machine
    inside          share of inputs that full level holds
    seeds           machines and noises to average; `windows` of test text, each of the network's context
    text            test on wordnet, generated or a text file; None: what the network was trained on
    db              results database that the rows and their run are stored in; None: nowhere

    Four rows by `arithmetic`: "optical", "noiseless", "8 bits", "exact" (docs/accuracy.md).
    """
    asked = Asked(design=design, settings=settings, mapper=mapper, objective=objective)
    ask = L.AccuracyAsk(net=data(net, "net"), text=data(text, "text"), wordnet=data(wordnet, "wordnet"),
                        photons_per_mac=photons_per_mac, systematic=systematic, inside=inside, seeds=seeds,
                        windows=windows, jobs=jobs, db=data(db, "db"))
    return framed(told("accuracy_sized", L.AccuracyRow, *asked.sized(), byref(ask), sizeof(ask)), wanted=frame)
