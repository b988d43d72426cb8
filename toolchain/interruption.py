"""Interruptions that a library swallowed.

An exception that a signal handler raises inside a callback from C (the simulator's) is printed and dropped there, and
the work would go on. So the signal is noted too, and raised again by ``check`` between two pieces of work.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

Check = Callable[[], None]


@contextlib.contextmanager
def watched() -> Iterator[Check]:
    """Yield ``check``, which raises what a signal's handler raised since, and keep quiet about what was dropped.

    The handlers of SIGINT and SIGTERM are called as before, and are as they were afterwards.
    """
    seen: list[Check] = []
    if threading.current_thread() is not threading.main_thread():  # signals go to the main thread
        yield lambda: None
        return
    unraisable = sys.unraisablehook
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def check() -> None:
        if seen:
            seen[0]()

    try:
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, _noting(handler, seen))
        sys.unraisablehook = lambda report: None if seen else unraisable(report)
        yield check
    finally:
        sys.unraisablehook = unraisable
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, handler)


def _noting(
    handler: Callable[[int, FrameType | None], Any], seen: list[Check]
) -> Callable[[int, FrameType | None], Any]:
    def handle(number: int, frame: FrameType | None) -> Any:
        seen.append(lambda: handler(number, None))
        return handler(number, frame)

    return handle
