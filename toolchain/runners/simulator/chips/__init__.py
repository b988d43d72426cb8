"""Chips that the simulator knows: one file each, data only, found by listing this folder; each defines ``CHIP``.

A chip is what its firmware's start needs: a UART, and clock registers whose ready flags follow their enable bits. All
other registers keep what is written to them.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from toolchain.errors import TargetError
from toolchain.runners.simulator.registers import Chip


@cache
def names() -> tuple[str, ...]:
    """Return the chips' names, sorted."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__)))


def load(name: str) -> Chip:
    """Return the chip of this name; TargetError when there is none."""
    if name not in names():
        raise TargetError(f"the simulator has no chip '{name}'", [("it has", ", ".join(names()))],
                          f"toolchain/runners/simulator/chips/{name}.py")
    chip: Chip = importlib.import_module(f"{__name__}.{name}").CHIP
    return chip
