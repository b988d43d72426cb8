"""Runner ``host``: the model as a program on this machine, built with address and undefined-behaviour sanitizers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from toolchain.artifacts import Firmware
from toolchain.runners.base import Runner
from toolchain.targets import Target


@contextlib.contextmanager
def _open(firmware: Firmware, target: Target) -> Iterator[str]:
    yield f"process://{firmware.elf}"


RUNNER = Runner("host", "a program on this computer", _open, lambda target: ("measured", ""))
