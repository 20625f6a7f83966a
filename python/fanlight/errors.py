"""What can go wrong, as exceptions: whose fault it is, and every fault with its place and its remedy."""


class Error(Exception):
    """A fault told by libfanlight.

    `code` is that of the program: 1 yours (input, files, memory), 2 a result that breaks its own law, 70 a bug.
    `faults` has a line for each fault: file, line or key, what is wrong, what to do.
    """

    code = 1

    def __init__(self, text):
        super().__init__(text.rstrip("\n"))
        self.faults = text.rstrip("\n").split("\n")


class InputError(Error):
    """What was asked for is not understood or cannot be done: a design, a model, a file, too little memory."""


class Stopped(Error):
    """The simulation ended because `stop` said so."""


class LawError(Error):
    """A result breaks its own law (parts that do not sum to the whole): a fault of fanlight."""

    code = 2


class BugError(Error):
    """An assertion of fanlight broke. The process lives on; please report it with the call."""

    code = 70


class LibraryError(ImportError):
    """libfanlight cannot be loaded, or does not fit this package."""


def of(code, text):
    """The exception for a code and the text that came with it."""
    if text.strip() == "stopped":
        return Stopped(text)
    return {2: LawError, 70: BugError}.get(code, InputError)(text)
