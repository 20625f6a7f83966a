"""fanlight: a cycle-level simulator of optical Transformer accelerators, from Python.

    import fanlight
    run = fanlight.run("gpt2", "free_space_1k", context=256, settings={"core[0].adc.share": 4})
    run.summary.energy_j, run.latency_s
    run.components()                    # a pandas frame; components(frame=False) is a list of dictionaries
    fanlight.compare("gpt2", context=256).best
    fanlight.sweep("slm_size.cfg", db="sweep.db").pareto()

It calls the installed libfanlight through ctypes: nothing is compiled, and nothing but Python itself is needed; pandas
is asked for when a frame is. The numbers are those of the program `fanlight`, to the last bit. Simulations may run side
by side in threads: a call gives Python's lock back while it simulates.

Units of measure are the last part of a name: `latency_s` seconds, `energy_j` joules, `_w` watts, `_mm2`.
"""
from ._library import lib as _lib
from .errors import BugError, Error, InputError, LawError, LibraryError, Stopped
from .result import Run, Summary, run
from .studies import (Comparison, Database, Plan, Sweep, accuracy, compare, designs, devices, explain, mappers, models,
                      nets, precision, reprice, sweep, units)

__version__ = _lib.fanlight_version().decode()

__all__ = ["BugError", "Comparison", "Database", "Error", "InputError", "LawError", "LibraryError", "Plan", "Run",
           "Stopped", "Summary", "Sweep", "accuracy", "compare", "designs", "devices", "explain", "mappers", "models",
           "nets", "precision", "reprice", "run", "sweep", "units"]
