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
    return {name: _load(name) for name in sorted(_names())}


def get(name: str) -> Op:
    """Return the operator of this name; KeyError for a name that no file defines."""
    if name not in _names():
        raise KeyError(name)
    return _load(name)


@cache
def _names() -> frozenset[str]:
    modules = (m.name for m in pkgutil.iter_modules(__path__))
    return frozenset(m for m in modules if m not in _SUPPORT and not m.startswith("_"))


@cache
def _load(name: str) -> Op:
    """Return the operator that a file defines; only what a model uses is imported, so that verify starts fast."""
    op: Op = importlib.import_module(f"{__name__}.{name}").OP
    if op.name != name:
        raise AssertionError(f"toolchain/ops/{name}.py defines operator {op.name}")
    return op


__all__ = ["Channels", "Cost", "Kernel", "Op", "OutputQuantization", "Params", "Strip", "Walk", "get",
           "keeping", "readers", "registry"]
