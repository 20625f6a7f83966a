"""host.py LIBRARY TRACE - a process of another language over a library with planted faults (planted.c): it gets an error
of its own code for each, lives, and the next run is a sound one."""
import ctypes
import os
import sys


class Work(ctypes.Structure):
    _fields_ = [("phase", ctypes.c_char_p), ("context", ctypes.c_int64), ("tokens", ctypes.c_int64),
                ("batch", ctypes.c_int64), ("attention", ctypes.c_char_p), ("logits", ctypes.c_char_p),
                ("layers_only", ctypes.c_bool)]


class Request(ctypes.Structure):
    """struct fl_request of api/fanlight.h."""
    _fields_ = [("design", ctypes.c_char_p), ("model", ctypes.c_char_p), ("trace", ctypes.c_char_p),
                ("trace_text", ctypes.c_char_p), ("given", ctypes.c_void_p), ("given_text", ctypes.c_char_p),
                ("work", Work), ("mapper", ctypes.c_char_p), ("objective", ctypes.c_char_p), ("set", ctypes.c_void_p),
                ("sets", ctypes.c_int), ("inferences", ctypes.c_int64), ("no_leap", ctypes.c_bool),
                ("label", ctypes.c_char_p), ("command", ctypes.c_char_p), ("progress", ctypes.c_void_p),
                ("stop", ctypes.c_void_p), ("context", ctypes.c_void_p), ("admit", ctypes.c_void_p),
                ("admit_context", ctypes.c_void_p)]


libc = ctypes.CDLL(None)
library = ctypes.CDLL(sys.argv[1])
library.fanlight_err_new.restype = ctypes.c_void_p
library.fanlight_err_text.restype = ctypes.c_char_p
library.fanlight_run.restype = ctypes.c_bool
library.fanlight_latency_ps.restype = ctypes.c_int64


def planted(name, value):
    """Python's own environment would do, but for what the C library reads after this."""
    if value is None:
        libc.unsetenv(name.encode())
    else:
        libc.setenv(name.encode(), value.encode(), 1)


def run(columns, law):
    """Latency, code and text of a run of the trace with the fault on cores of so many columns."""
    planted("PLANTED_COLUMNS", columns)
    planted("PLANTED_LAW", law)
    err, result = ctypes.c_void_p(library.fanlight_err_new()), ctypes.c_void_p()
    ask = Request(design=b"free_space_1k", trace=sys.argv[2].encode(), mapper=b"weight_stationary")
    ran = library.fanlight_run(ctypes.byref(ask), ctypes.byref(result), err)
    code, text = library.fanlight_err_code(err), library.fanlight_err_text(err).decode()
    latency = library.fanlight_latency_ps(result) if ran else None
    assert ran == (result.value is not None), "a result, or an error"
    library.fanlight_free(result)
    library.fanlight_err_free(err)
    return latency, code, text


sound = run(None, None)
assert sound[0] > 0 and sound[1:] == (0, ""), sound
for law, code, word in ((None, 70, "bug at tests/faulty/planted.c"), ("power", 2, "peak power"), ("bound", 2, "bound"),
                        ("counts", 2, "operators count")):
    for _ in range(20):
        broken = run("1024", law)
        assert broken[0] is None and broken[1] == code and word in broken[2], (law, broken)
    assert run(None, None) == sound, law
print("the host lives: process %d, %d ps" % (os.getpid(), sound[0]))
