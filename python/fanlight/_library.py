"""The shared library: found, checked, and its records and functions declared as api/fanlight.h has them.

Nothing is compiled: ctypes calls the installed libfanlight. Its ABI number and the sizes of its records are looked at
before anything else is called, so a library that does not fit is told by a sentence and not by a crash.
"""
import ctypes
import os
from ctypes import (CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_double, c_int, c_int32, c_int64,
                    c_size_t, c_void_p)

from .errors import LibraryError

ABI = 1
SONAME = "libfanlight.so.0"
KINDS = {"text": c_char_p, "real": c_double, "count": c_int64, "int": c_int, "int32": c_int32, "flag": c_bool,
         "size": c_size_t, "pointer": c_void_p, "texts": POINTER(c_char_p), "reals": POINTER(c_double)}
RECORDS = {}


def _record(name, *fields):
    """A record of the header; fields are "kind: name, name ..." in its order, or pairs of a name and a type."""
    members = []
    for field in fields:
        if isinstance(field, tuple):
            members.append(field)
            continue
        kind, names = field.split(":")
        members += [(member.strip(), KINDS[kind]) for member in names.split(",")]
    RECORDS[name] = type(name, (Structure,), {"_fields_": members})
    return RECORDS[name]


Figures = _record("fl_figures", "real: area_mm2, peak_w, peak_macs_per_s")
Work = _record("fl_work", "text: phase", "count: context, tokens, batch", "text: attention, logits",
               "flag: layers_only")

TrainWork = _record("fl_train_work", "text: schedule, feedback, rows, encode, optimizer, projector",
                    "count: microbatch", "flag: recompute")

ProgressCall = CFUNCTYPE(None, c_void_p, c_int64, c_int64)
StopCall = CFUNCTYPE(c_bool, c_void_p)
AdmitCall = CFUNCTYPE(c_bool, c_void_p, POINTER(Figures))
NameCall = CFUNCTYPE(None, c_void_p, c_char_p)
RowCall = CFUNCTYPE(None, c_void_p, c_int, POINTER(c_char_p), POINTER(c_char_p), POINTER(c_double))

Request = _record(
    "fl_request", "text: design, model, trace, trace_text", ("work", Work), "text: mapper, objective", "texts: set",
    "int: sets", "count: inferences", "flag: no_leap", "text: label, command", ("progress", ProgressCall),
    ("stop", StopCall), "pointer: context", ("admit", AdmitCall), "pointer: admit_context",
    "count: source", "text: routing", ("train", POINTER(TrainWork)))
Summary = _record(
    "fl_summary", "real: latency_s, energy_j, setup_s, setup_j, macs, j_per_mac, macs_per_s, peak_macs_per_s, "
    "mac_utilization, tokens_per_s, j_per_token, mean_w, area_mm2, peak_w, assumed_share, "
    "bound_s, worst_error, error_limit")
Component = _record("fl_component", "text: name", "real: dynamic_j, static_j, total_j, share")
Operator = _record("fl_operator", "count: number, layer", "text: name, kind, placed, bound_by", "count: macs",
                   "real: start_s, end_s, critical_s, energy_j")
UnitUse = _record("fl_unit_use", "text: path, kind",
                  "real: area_mm2, peak_w, busy_s, blocked_s, idle_s, utilization, lane_utilization")
Alternative = _record("fl_alternative", "text: strategy, bound_by", "real: bound_s")
ExplainedOp = _record(
    "fl_explained_op", "text: name, kind", "count: groups, m, k, n, times", "text: place, strategy, bound_by",
    "real: bound_s", "text: activations", "count: tile_k, tile_n, tile_m, cores", "text: loops, weights, sums",
    ("other", POINTER(Alternative)), "size: others", "count: blocks, heads")
ExplainedPool = _record("fl_explained_pool", ("name", c_char * 64), "count: cores, columns, outputs")
Explained = _record("fl_explained", ("pool", ExplainedPool * 16), "int32: pools",
                    "count: dram_bits, sram_bits, sram_capacity_bits", "real: bound_s", "text: status",
                    "flag: overlaps", "text: bound_by, attention",
                    "count: attention_bits, attention_held_bits, attention_least_bits", "real: attention_dram_bits",
                    ("chips", c_char * 512))
ExplainedTensor = _record("fl_explained_tensor", "text: name, kind", "count: bits, copies", "text: where, from, until")
OperatorPrecision = _record(
    "fl_operator_precision", "text: name, pool, budget, encoding, limit", "count: length, tiles",
    "real: photons_per_mac", "texts: term_name", "reals: term",
    "real: error, bits_of_full_scale, bits_of_spread, lost_bits")
Repricing = _record("fl_repricing", "text: db", "count: run", "text: prices, label, command")
Compared = _record(
    "fl_compared", "text: tiling, state, operator_, done_as, bound_by",
    "real: time_s, energy_j, slm_loads, sram_bytes, dram_bytes, partial_bytes, mac_utilization, bound_s", "flag: best",
    "text: why, notes", "count: run", "text: attention", "real: attention_bytes, attention_dram_bytes")
SweepProgress = _record("fl_sweep_progress", "count: points, done, simulated, shared, failed, excluded, before",
                        "real: seconds")
SweepProgressCall = CFUNCTYPE(None, c_void_p, POINTER(SweepProgress))
SweepOptions = _record(
    "fl_sweep_options", "text: db", "int: jobs", "flag: resume, by_operator", "count: shard, shards", "text: command",
    ("progress", SweepProgressCall), ("stop", StopCall), "pointer: context")
AccuracyAsk = _record("fl_accuracy_ask", "text: net, text, wordnet", "real: photons_per_mac, systematic, inside",
                      "int: seeds, windows, jobs", "text: db", "int: context, varied")
AccuracyRow = _record(
    "fl_accuracy_row", "text: arithmetic, design, net",
    "real: perplexity, sigma, over_exact, photons_per_mac, optical_share, j_per_token, j_per_mac", "count: symbols",
    "int: seeds", "text: task", "real: accuracy", "count: run")

# What tells records of a kind to a function of ours.
CALLS = {record: CFUNCTYPE(None, c_void_p, POINTER(record)) for record in (
    Component, Operator, UnitUse, ExplainedOp, ExplainedTensor, OperatorPrecision, Compared, AccuracyRow)}

_FUNCTIONS = {                          # name: what it returns, what it takes
    "version": (c_char_p, []),
    "err_new": (c_void_p, []),
    "err_text": (c_char_p, [c_void_p]),
    "err_code": (c_int, [c_void_p]),
    "err_free": (None, [c_void_p]),
    "run_sized": (c_bool, [POINTER(Request), c_size_t, POINTER(c_void_p), c_void_p]),
    "free": (None, [c_void_p]),
    "summary_sized": (c_bool, [c_void_p, POINTER(Summary), c_size_t, c_void_p]),
    "notes": (c_char_p, [c_void_p]),
    "latency_ps": (c_int64, [c_void_p]),
    "components": (c_bool, [c_void_p, CALLS[Component], c_void_p, c_void_p]),
    "operators": (c_bool, [c_void_p, CALLS[Operator], c_void_p, c_void_p]),
    "units": (c_bool, [c_void_p, CALLS[UnitUse], c_void_p, c_void_p]),
    "query": (c_bool, [c_void_p, c_char_p, RowCall, c_void_p, c_void_p]),
    "report": (c_bool, [c_void_p, c_void_p, c_void_p]),
    "store": (c_bool, [c_void_p, c_char_p, POINTER(c_int64), c_void_p]),
    "write_mapping": (c_bool, [c_void_p, c_void_p, c_void_p]),
    "timeline": (c_bool, [c_void_p, c_void_p, c_void_p]),
    "list": (c_bool, [c_char_p, NameCall, c_void_p, c_void_p]),
    "nets": (c_bool, [NameCall, c_void_p, c_void_p]),
    "explain_sized": (c_bool, [POINTER(Request), c_size_t, CALLS[ExplainedOp], c_void_p, POINTER(Explained), c_size_t,
                               c_void_p]),
    "explain_tensors_sized": (c_bool, [POINTER(Request), c_size_t, CALLS[ExplainedTensor], c_void_p, c_void_p]),
    "precision_sized": (c_bool, [POINTER(Request), c_size_t, CALLS[OperatorPrecision], c_void_p, c_void_p]),
    "reprice_sized": (c_bool, [POINTER(Repricing), c_size_t, POINTER(c_int64), c_void_p]),
    "compare_sized": (c_bool, [POINTER(Request), c_size_t, c_char_p, CALLS[Compared], c_void_p, c_void_p]),
    "sweep_sized": (c_bool, [c_char_p, POINTER(SweepOptions), c_size_t, POINTER(SweepProgress), c_size_t, c_void_p]),
    "accuracy_sized": (c_bool, [POINTER(Request), c_size_t, POINTER(AccuracyAsk), c_size_t, CALLS[AccuracyRow],
                                c_void_p, c_void_p]),
}


def _open():
    """The library as the dynamic linker finds it, or where FANLIGHT_LIBRARY says."""
    said = os.environ.get("FANLIGHT_LIBRARY")
    try:
        return ctypes.CDLL(said or SONAME)
    except OSError as why:
        raise LibraryError(f"{said or SONAME} cannot be loaded ({why}): install fanlight (a package, or make install "
                           "and ldconfig), or let FANLIGHT_LIBRARY name the file") from None


def _check(library):
    """Is it a library that these declarations fit?"""
    try:
        library.fanlight_abi.restype = c_int
        library.fanlight_sizeof.restype = c_size_t
        library.fanlight_sizeof.argtypes = [c_char_p]
        abi = library.fanlight_abi()
    except AttributeError:
        raise LibraryError("this libfanlight is older than its Python package: it does not tell its ABI; install both "
                           "from one version") from None
    if abi != ABI:
        raise LibraryError(f"this libfanlight has ABI {abi}, its Python package wants {ABI}; install both from one "
                           "version")
    for name, record in RECORDS.items():
        size = library.fanlight_sizeof(name.encode())
        if size < ctypes.sizeof(record):
            raise LibraryError(f"this libfanlight is older than its Python package: its {name} has {size} bytes, not "
                               f"{ctypes.sizeof(record)}; install both from one version")


def _load():
    library = _open()
    _check(library)
    for name, (gives, takes) in _FUNCTIONS.items():
        function = getattr(library, "fanlight_" + name)
        function.restype, function.argtypes = gives, takes
    return library


lib = _load()

libc = ctypes.CDLL(None)
libc.open_memstream.restype = c_void_p
libc.open_memstream.argtypes = [POINTER(c_void_p), POINTER(c_size_t)]
libc.fclose.argtypes = libc.free.argtypes = [c_void_p]
