"""``qemu://HOST:PORT?FILE``: the socket of a QEMU that counts instructions into FILE (qemu_plugin.py)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from serial.urlhandler import protocol_socket

from toolchain.runners.qemu_plugin import Counts


class Serial(protocol_socket.Serial):  # type: ignore[misc]
    """A socket, and the instructions of the layers that were run inside ``counting``."""

    counts_cycles = False

    def from_url(self, url: str) -> tuple[str, int]:
        """Return host and port."""
        parts = urlsplit(url)
        self._counts, self._first = Counts(Path(unquote(parts.query))), 0
        assert parts.hostname is not None and parts.port is not None
        return parts.hostname, parts.port

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Count the layers that are run inside the block."""
        self._first = self._counts.calls()
        yield

    def layer_counts(self) -> dict[int, tuple[None, int]]:
        """Return (no cycles, instructions) by layer of the first inference inside ``counting``."""
        return {layer: (None, count) for layer, count in enumerate(self._counts.since(self._first))}
