"""The operators, one file each; found by listing this folder."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from toolchain.ops._storage import keeping, readers
from toolchain.ops._strip import Strip
from toolchain.ops._walk import Walk
from toolchain.ops.base import Channels, Cost, Kernel, Op, OutputQuantization, Params

_SUPPORT = {"base", "execute"}


@cache
def registry() -> dict[str, Op]:
    """Return every operator by name, sorted."""
    ops: dict[str, Op] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        if module in _SUPPORT or module.startswith("_"):
            continue
        op: Op = importlib.import_module(f"{__name__}.{module}").OP
        if op.name != module:
            raise AssertionError(f"toolchain/ops/{module}.py defines operator {op.name}")
        ops[op.name] = op
    return ops


def get(name: str) -> Op:
    """Return the operator of this name; KeyError for a name that no file defines."""
    return registry()[name]


__all__ = ["Channels", "Cost", "Kernel", "Op", "OutputQuantization", "Params", "Strip", "Walk", "get",
           "keeping", "readers", "registry"]
