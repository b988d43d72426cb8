"""Where a solver's own prints go: HiGHS prints a line now and then whatever it is told, and stdout carries results."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def on_stderr() -> Iterator[None]:
    """Send what C code prints inside to stderr. Not on Windows, whose C library cannot be told to flush from here."""
    if os.name != "posix":
        yield
        return
    flush = ctypes.CDLL(None).fflush
    flush(None)
    stdout = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        flush(None)
        os.dup2(stdout, 1)
        os.close(stdout)
