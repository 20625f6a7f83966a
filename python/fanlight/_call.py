"""Calls into the library: errors become exceptions, records dictionaries, and exceptions of callbacks come back."""
import ctypes
import signal
import threading
from ctypes import POINTER, byref, c_char_p, c_int64, c_size_t, c_void_p, sizeof

from . import _library as L
from . import errors


def text(value):
    """Bytes of the library as str; None stays."""
    return value.decode("utf-8", "replace") if value is not None else None


def data(value, what):
    """A str, a path or a number as bytes for the library; None stays."""
    if value is None:
        return None
    value = str(value)
    if "\0" in value:
        raise ValueError(f"{what}: a zero byte in {value!r}")
    return value.encode()


class Raised:
    """Keeps what a callback raised until the library has returned: no exception may pass through C."""

    def __init__(self):
        self.error = None

    def guard(self, function, otherwise=None):
        """The function as a callback: after a first exception it is not called any more."""
        def called(*args):
            if self.error is not None:
                return otherwise
            try:
                return function(*args)
            except BaseException as error:      # KeyboardInterrupt, too
                self.error = error
                return otherwise
        return called


def call(name, *args, raised=None):
    """Calls fanlight_<name>(*args, err); raises what a callback raised, or what the library told."""
    err = L.lib.fanlight_err_new()
    try:
        ok = getattr(L.lib, "fanlight_" + name)(*args, err)
        if raised is not None and raised.error is not None:
            raise raised.error
        if not ok:
            raise errors.of(L.lib.fanlight_err_code(err), text(L.lib.fanlight_err_text(err)))
    finally:
        L.lib.fanlight_err_free(err)


class Patience:
    """While the library simulates, `stop` is asked and Ctrl-C is noted: a KeyboardInterrupt in the middle of a callback
    would be lost. It is raised when the call is over, which it soon is."""

    def __init__(self, stop, raised):
        self.interrupted = False
        self._before = None
        self.call = L.StopCall(raised.guard(lambda context: self.interrupted or bool(stop and stop()), True))

    def _note(self, *_):
        self.interrupted = True

    def __enter__(self):
        if (threading.current_thread() is threading.main_thread() and
                signal.getsignal(signal.SIGINT) is signal.default_int_handler):
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_):
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if self.interrupted:
            raise KeyboardInterrupt from None


def row_of(record):
    """A record that was told, as a dictionary; nested pointers are left out."""
    row = {}
    for name, kind in record._fields_:
        value = getattr(record, name)
        if kind is c_char_p:
            row[name.rstrip("_")] = text(value)
        elif not isinstance(value, ctypes._Pointer):
            row[name.rstrip("_")] = value
    return row


def told(name, record, *before, row=row_of, after=()):
    """Rows that fanlight_<name> tells to a callback."""
    rows, raised = [], Raised()
    tell = L.CALLS[record](raised.guard(lambda context, told: rows.append(row(told.contents))))
    call(name, *before, tell, None, *after, raised=raised)
    return rows


def names(name, *before):
    """Names that fanlight_<name> tells."""
    found, raised = [], Raised()
    tell = L.NameCall(raised.guard(lambda context, told: found.append(text(told))))
    call(name, *before, tell, None, raised=raised)
    return found


def written(name, result):
    """The text that fanlight_<name> writes to a stream."""
    memory, length = c_void_p(), c_size_t()
    stream = L.libc.open_memstream(byref(memory), byref(length))
    if not stream:
        raise MemoryError("open_memstream")
    try:
        call(name, result, stream)
    finally:
        L.libc.fclose(stream)
        content = ctypes.string_at(memory.value, length.value)
        L.libc.free(memory)
    return content.decode()


class Asked:
    """A struct fl_request with what must live as long as its call."""

    def __init__(self, *, design=None, model=None, trace=None, trace_text=None, settings=None, phase=None, context=0,
                 tokens=0, batch=0, attention=None, logits=None, layers_only=False, mapper=None, objective=None,
                 inferences=0, no_leap=False, label=None, progress=None, stop=None, source=0,
                 routing=None, train=None):
        self.raised = Raised()
        pairs = [f"{key}={_value(value)}" for key, value in settings.items()] if isinstance(settings, dict) else list(
            settings or [])
        overrides = (c_char_p * len(pairs))(*[data(pair, "settings") for pair in pairs])
        self.request = L.Request(
            design=data(design, "design"), model=data(model, "model"), trace=data(trace, "trace"),
            trace_text=data(trace_text, "trace_text"), mapper=data(mapper, "mapper"),
            objective=data(objective, "objective"), set=ctypes.cast(overrides, POINTER(c_char_p)), sets=len(pairs),
            inferences=inferences, no_leap=no_leap, label=data(label, "label"), command=b"python", source=source, routing=data(routing, "routing"),
            work=L.Work(phase=data(phase, "phase"), context=context, tokens=tokens, batch=batch,
                        attention=data(attention, "attention"), logits=data(logits, "logits"), layers_only=layers_only))
        self.keep = overrides
        if train is not None:
            fields = {"schedule": train} if isinstance(train, str) else dict(train)
            self.train = L.TrainWork(**{key: data(value, key) if isinstance(value, str) else value
                                        for key, value in fields.items()})
            self.request.train = ctypes.pointer(self.train)
        self.patience = Patience(stop, self.raised)
        self.request.stop = self.patience.call
        if progress is not None:
            self.request.progress = L.ProgressCall(self.raised.guard(lambda context, done, all_: progress(done, all_)))

    def sized(self):
        """The request and its size, as the library's functions take them."""
        return byref(self.request), sizeof(self.request)

    def call(self, name, *after):
        """Calls fanlight_<name>(request, size, ..., err)."""
        with self.patience:
            call(name, *self.sized(), *after, raised=self.raised)


def _value(value):
    """A setting's value as the design file has it."""
    return str(value).lower() if isinstance(value, bool) else value


def number_of(name, *before):
    """The number that fanlight_<name> gives through a pointer."""
    number = c_int64()
    call(name, *before, byref(number))
    return number.value
