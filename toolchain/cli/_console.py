"""What the verbs print with: results on stdout, progress on stderr."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from toolchain.errors import format_error
from toolchain.progress import Progress

if TYPE_CHECKING:
    from toolchain.runners.protocol import Client


def color(stream: Any = None) -> bool:
    """Return whether a stream takes ANSI styles: a terminal, and NO_COLOR is not set."""
    return bool((stream or sys.stdout).isatty()) and not os.environ.get("NO_COLOR")


def width() -> int:
    """Return the columns of the terminal; 100 where there is none."""
    return max(80, shutil.get_terminal_size((100, 40)).columns) if sys.stdout.isatty() else 100


def print_json(value: Any) -> None:
    """Print JSON on stdout."""
    print(json.dumps(value, indent=2))


def print_rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print aligned columns on stdout, the last one ragged."""
    table = [header, *rows]
    widths = [max(len(str(row[i])) for row in table) for i in range(len(header))]
    for index, row in enumerate(table):
        line = "  ".join(f"{cell:<{w}}" for cell, w in zip(map(str, row), widths, strict=True)).rstrip()
        print(f"\033[1m{line}\033[0m" if index == 0 and color() else line)


def warn_of_fault(client: Client) -> None:
    """Print on stderr the fault that the device remembers from before this conversation; it then forgets it."""
    if (fault := client.earlier_fault()) is not None:
        print(format_error(fault, "warning"), file=sys.stderr)


class TerminalProgress(Progress):
    """One line a stage on stderr; on a terminal the running stage has a line that is rewritten."""

    def __init__(self, verbose: bool) -> None:
        self.live = sys.stderr.isatty()
        self.verbose = verbose
        self.stage = ""
        self.what, self.since, self.first, self.done = "", 0.0, 0, 0

    def begin(self, stage: str) -> None:
        self.stage, self.what = stage, ""
        self._rewrite(stage)

    def step(self, what: str, done: int, total: int) -> None:
        if what != self.what or done <= self.done:  # begins; or the first is over: the others take as long
            self.what, self.since, self.first = what, time.monotonic(), done
        self.done = done
        filled = 24 * done // max(1, total)
        bar = f"{'#' * filled}{'.' * (24 - filled)}"
        self._rewrite(f"{self.stage:<13} {bar} {what} {done}/{total}{self._left(done, total)}")

    def _left(self, done: int, total: int) -> str:
        """Return the time that the rest takes at this pace, when that is worth saying."""
        if done <= self.first or done >= total:
            return ""
        seconds = (time.monotonic() - self.since) / (done - self.first) * (total - done)
        return "" if seconds < 3 else f", {seconds:.0f} s left" if seconds < 120 else f", {seconds / 60:.0f} min left"

    def end(self, stage: str, seconds: float) -> None:
        if self.live:
            sys.stderr.write("\r\033[K")
        if self.live or self.verbose:
            sys.stderr.write(f"{stage:<13} {seconds:6.1f} s\n")
        sys.stderr.flush()

    def note(self, text: str) -> None:
        sys.stderr.write(f"note: {text}\n")

    def _rewrite(self, text: str) -> None:
        if self.live:
            columns = shutil.get_terminal_size((80, 24)).columns
            sys.stderr.write(f"\r\033[K{text[: columns - 1]}")
            sys.stderr.flush()
