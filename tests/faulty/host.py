"""host.py TRACE - a host of another language over a library with planted faults (planted.c), by the Python package: it
gets an error of its own code for each, lives, and the next run is a sound one. PYTHONPATH and FANLIGHT_LIBRARY say which."""
import os
import sys

import fanlight


def run(columns, law):
    """Simulates the trace with the fault on cores of so many columns."""
    for name, value in (("PLANTED_COLUMNS", columns), ("PLANTED_LAW", law)):
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    return fanlight.run(trace=sys.argv[1], design="free_space_1k", mapper="weight_stationary").latency_ps


FAULTS = ((None, fanlight.BugError, "bug at tests/faulty/planted.c"), ("power", fanlight.LawError, "peak power"),
          ("bound", fanlight.LawError, "bound"), ("counts", fanlight.LawError, "operators count"))
sound = run(None, None)
for law, kind, word in FAULTS:
    for _ in range(20):
        try:
            run("1024", law)
        except kind as error:
            if word not in str(error):
                raise
        else:
            sys.exit("no error for " + str(law))
    if run(None, None) != sound:
        sys.exit("another latency after " + str(law))
print("the host lives: process %d, %d ps" % (os.getpid(), sound))
