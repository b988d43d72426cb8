"""Runner ``simulator``: the firmware on Unicorn, in this process, with cycles from the cycle model."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from urllib.parse import quote

from toolchain.artifacts import Firmware
from toolchain.runners.base import Runner
from toolchain.targets import Target


@contextlib.contextmanager
def _open(firmware: Firmware, target: Target) -> Iterator[str]:
    yield f"simulator://{firmware.elf}?board={quote(target.board.name)}"


def _source(target: Target) -> tuple[str, str]:
    timing = target.core.timing
    if timing is None or (target.board.simulator is not None and not target.board.simulator.validated):
        return "estimated", ""
    return ("simulated" if timing.validated else "estimated"), timing.error_band


RUNNER = Runner("simulator", "Cortex-M simulator with a cycle model, in this process", _open, _source)
