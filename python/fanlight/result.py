"""A finished run, and the call that makes one."""
import math
from collections import namedtuple
from ctypes import byref, c_void_p, sizeof

from . import _library as L
from ._call import Asked, Raised, call, data, number_of, row_of, text, told, written
from .display import bar, percent, si, table
from .frames import frame as framed

Summary = namedtuple("Summary", [name for name, _ in L.Summary._fields_])
Summary.__doc__ = """What a run came to, in seconds, joules, watts and square millimetres, as view run_summary has it.

`setup_s` and `setup_j` are loading what stays, once; `latency_s` is without it. A ratio without a divisor is nan.
`assumed_share` is the part of `energy_j` that rests on prices without a source.
"""


def run(model=None, design=None, *, trace=None, trace_text=None, settings=None, phase=None, context=0, tokens=0,
        batch=0, attention=None, logits=None, layers_only=False, mapper=None, objective=None, inferences=0,
        no_leap=False, label=None, progress=None, stop=None, db=None, source=0, routing=None,
        train=None):
    """Simulates a model (or a trace) on a machine and returns a `Run`.

    model       a shipped name (`fanlight.models()`) or the path of a config.json; or
    trace       the path of an operator trace; or `trace_text`, such a trace itself
    design      a shipped name (`fanlight.designs()`) or a .cfg file; None: the default design
    settings    overrides of the design: {"core[0].adc.share": 4, "core[0].slm.settle": "1 ms"}
    phase       "prefill" (preset), "decode" or "train"; `context`, `tokens`, `batch`: 0 is the preset of `fanlight run`
    attention   "causal" or "dense"; `logits`: "last" or "all"; `layers_only`: without embedding and head
    source      tokens that an encoder in front of a decoder reads; 0: as many as the context
    routing     shares of all tokens' choices that each expert has, "4,2,1,1"; None: all alike
    train       of phase "train" a schedule, "bp", or {"schedule": "dfa_block", "microbatch": 4, "recompute": True}
    mapper      a strategy (`fanlight.mappers()`), "search", or a mapping file
    objective   "latency" (preset), "energy" or "edp"
    inferences  shares the energy of loading what stays over so many
    no_leap     simulates every event: the same results, slower
    progress    called now and then with operators done and all; `stop`: called as often, True ends the run (`Stopped`)
    db          a database to store the run in, too

    Raises InputError with all faults of the input, LawError or BugError if fanlight is at fault. Ctrl-C ends a run.
    """
    asked = Asked(design=design, model=model, trace=trace, trace_text=trace_text, settings=settings, phase=phase,
                  context=context, tokens=tokens, batch=batch, attention=attention, logits=logits,
                  layers_only=layers_only, mapper=mapper, objective=objective, inferences=inferences, no_leap=no_leap,
                  label=label, progress=progress, stop=stop, source=source, routing=routing,
                  train=train)
    pointer = c_void_p()
    asked.call("run_sized", byref(pointer))
    result = Run(pointer.value)
    if db is not None:
        result.store(db)
    return result


class Run:
    """A finished run. Tables come as pandas frames; with `frame=False` as lists of dictionaries.

    It holds memory of the library until it is collected, or `close()` is called, or a `with` block ends.
    """

    def __init__(self, pointer):
        self._pointer = pointer
        self._summary = None

    def close(self):
        """Gives the memory back; asking afterwards is an error. May be called twice."""
        if self._pointer is not None:
            L.lib.fanlight_free(self._pointer)
            self._pointer = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if getattr(self, "_pointer", None) is not None:
            self.close()

    def _open(self):
        if self._pointer is None:
            raise ValueError("this run is closed")
        return self._pointer

    @property
    def summary(self):
        """A `Summary`: latency_s, energy_j, j_per_mac, area_mm2, peak_w ..."""
        if self._summary is None:
            record = L.Summary()
            call("summary_sized", self._open(), byref(record), sizeof(record))
            self._summary = Summary(**row_of(record))
        return self._summary

    @property
    def latency_s(self):
        """Seconds from the first operator to the last."""
        return self.summary.latency_s

    @property
    def latency_ps(self):
        """The same in picoseconds, exact."""
        return L.lib.fanlight_latency_ps(self._open())

    @property
    def energy_j(self):
        """Joules of the whole machine meanwhile."""
        return self.summary.energy_j

    @property
    def notes(self):
        """What every report of this run must say, as a list: fields that were not understood, an ideal memory ..."""
        said = text(L.lib.fanlight_notes(self._open()))
        return said.split("; ") if said else []

    def components(self, frame=True):
        """Joules of lasers, modulators, SLMs, detectors, converters, memories ..., the largest first; they sum to
        `energy_j`. Columns: component, dynamic_j, static_j, total_j, share."""
        rows = told("components", L.Component, self._open())
        return framed([{"component": row.pop("name"), **row} for row in rows], wanted=frame)

    def operators(self, frame=True):
        """Every operator of every layer in order, then what is no operator's own ("(static)"). Columns: number, layer
        (-1: none), name, kind, placed, bound_by, macs, start_s, end_s, critical_s (sums to `latency_s`), energy_j
        (sums to `energy_j`)."""
        return framed(told("operators", L.Operator, self._open()), wanted=frame)

    def units(self, frame=True):
        """Every unit of the machine: path, kind, area_mm2, peak_w, busy_s, blocked_s, idle_s, utilization,
        lane_utilization (nan: not a device of lanes)."""
        return framed(told("units", L.UnitUse, self._open()), wanted=frame)

    def query(self, sql, frame=True):
        """Any SQL that only reads, over the tables and views of docs/schema.md that hold this run (its number is 1)."""
        rows, raised, columns = [], Raised(), []

        def row(_, count, names, texts, numbers):
            if not columns:
                columns.extend(text(names[i]) for i in range(count))
            rows.append({columns[i]: _cell(texts[i], numbers[i]) for i in range(count)})

        call("query", self._open(), data(sql, "sql"), L.RowCall(raised.guard(row)), None, raised=raised)
        return framed(rows, columns or None, wanted=frame)

    def report(self):
        """The report that `fanlight run` prints."""
        return written("report", self._open())

    def mapping(self):
        """How the work was laid out, as the text of a mapping file; written to a file, `mapper` may name it."""
        return written("write_mapping", self._open())

    def timeline(self):
        """The run as JSON for chrome://tracing and ui.perfetto.dev."""
        return written("timeline", self._open())

    def store(self, db):
        """Appends the run to a database (made if missing) and returns its number there."""
        return number_of("store", self._open(), data(db, "db"))

    def _where(self):
        row = self.query("select design, model, phase, context, tokens, batch, mapper from run", frame=False)[0]
        work = f"{row['context']:.0f} tokens" if row["phase"] == "prefill" else f"{row['tokens']:.0f} steps"
        return f"{row['model']} on {row['design']}, {row['phase']} of {work}, mapped by {row['mapper']}"

    def __repr__(self):
        if self._pointer is None:
            return "<fanlight.Run, closed>"
        return f"<fanlight.Run: {self._where()}: {si(self.latency_s, 's')}, {si(self.energy_j, 'J')}>"

    def _repr_html_(self):
        if self._pointer is None:
            return "<p>a run that is closed</p>"
        s = self.summary
        figures = [["latency", si(s.latency_s, "s"), si(s.tokens_per_s, "tokens/s")],
                   ["energy", si(s.energy_j, "J"), si(s.j_per_token, "J/token")],
                   ["energy per MAC", si(s.j_per_mac, "J"), f"{percent(s.assumed_share)} assumed"],
                   ["MAC utilization", percent(s.mac_utilization), si(s.macs_per_s, "MAC/s")],
                   ["area", f"{s.area_mm2:.4g} mm2", f"peak {si(s.peak_w, 'W')}"]]
        parts = [[row["component"], si(row["total_j"], "J"), percent(row["share"]), bar(row["share"])]
                 for row in self.components(frame=False)]
        notes = "".join(f"<p>{table(['note'], [[note]])}</p>" for note in self.notes)
        return table(["", "", ""], figures, self._where()) + table(["component", "energy", "share", ""], parts) + notes


def _cell(value, number):
    """A cell of a query: a number as int or float, else the text; None for null."""
    if value is None:
        return None
    if math.isnan(number):
        return text(value)
    whole = value.lstrip(b"-").isdigit()
    return int(value) if whole else number
