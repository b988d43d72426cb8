"""``qemu_user://PATH?program=...&cpu=...[&plugin=...&counts=FILE]``: a process below QEMU's user mode.

With a plugin it counts the instructions of each layer into FILE (qemu_plugin.py).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

from toolchain.artifacts import Block
from toolchain.runners.ports import protocol_process
from toolchain.runners.qemu_plugin import Counts


class Serial(protocol_process.Serial):
    """The program's standard input and output, and the instructions of the layers that were run in ``counting``."""

    counts_cycles = False  # nanoseconds of an emulator say nothing
    _first = 0

    def command(self) -> list[str]:
        """Return QEMU's command line."""
        path, options = self._parts()
        plugin = ["-plugin", options["plugin"]] if "plugin" in options else []
        return [options["program"], "-cpu", options["cpu"], *plugin, path]

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Count the layers that are run inside the block."""
        counts = self._counts()
        self._first = 0 if counts is None else counts.calls()
        yield

    def layer_counts(self) -> dict[int, tuple[int, int, tuple[Block, ...]]]:
        """Return (cycles, instructions, blocks) by layer of the first inference inside ``counting``.

        The cycles are an estimate to keep a budget by: one for each instruction.
        """
        counts = self._counts()
        if counts is None:
            return {}
        blocks = counts.blocks(self._first)
        return {i: (n, n, blocks.get(self._first + i, ())) for i, n in enumerate(counts.since(self._first))}

    def _counts(self) -> Counts | None:
        _, options = self._parts()
        return Counts(Path(options["counts"])) if "counts" in options else None

    def _parts(self) -> tuple[str, dict[str, str]]:
        path, _, query = self.port.removeprefix("qemu_user://").partition("?")
        return path, {name: values[0] for name, values in parse_qs(query).items()}
