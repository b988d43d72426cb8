"""Static cost of a program, known before anything is compiled: MACs and bytes of constants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from toolchain.ir import Array, Program, Value
from toolchain.ops import Params


@dataclass(frozen=True)
class StaticCost:
    """MACs of one inference, those whose weight is not zero, and bytes of constants (equal arrays counted once)."""

    macs: int
    live_macs: int
    weights_bytes: int


def arrays(values: Iterable[Value]) -> list[Array]:
    """Return the arrays among the fields of a parameter struct."""
    return [v for v in values if not isinstance(v, (int, float, tuple))]


def weights_bytes(params: Params) -> int:
    """Return the bytes of all arrays that a call reads from flash."""
    return sum(array.nbytes for array in arrays(params.fields().values()))


def estimate(program: Program) -> StaticCost:
    """Return the static cost of a program."""
    distinct = {(a.dtype.str, a.tobytes()): a.nbytes for step in program.steps
                for params in (step.stream.params if step.stream else (step.params,)) for a in arrays(params.values())}
    return StaticCost(macs=sum(s.macs for s in program.steps), live_macs=sum(s.live_macs for s in program.steps),
                      weights_bytes=sum(distinct.values()))
