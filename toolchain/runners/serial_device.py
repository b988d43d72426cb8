"""Runner ``serial``: a board on a serial port, or anything else that pyserial has a URL for, named by ``--port``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from toolchain.artifacts import Firmware
from toolchain.errors import UsageError
from toolchain.runners.base import Runner
from toolchain.targets import Target


@contextlib.contextmanager
def _open(firmware: Firmware, target: Target) -> Iterator[str]:
    raise UsageError(f"board {target.board.name} needs its serial port", hints="--port /dev/ttyACM0")
    yield  # a generator, as every runner's


RUNNER = Runner("serial", "a board on a serial port (--port)", _open, lambda target: ("measured", ""))
