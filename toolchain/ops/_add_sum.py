"""add as one sum of both operands, of int8: the search for it, and the kernels of Cortex-M (tc_add_sum.h).

The sum of two int8 codes has only 65,536 results. Where (a * A + b * B + C) >> shift gives all of them, by either
rounding rule, it takes the place of three requantisations.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.numerics import INT8_MAX, INT8_MIN, Rounding, requantize
from toolchain.ops._binary import same_shape, walk
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.add import AddParams

#: The kernels of Cortex-M shift by this.
SHIFTS = (21,)
#: Multipliers around the ideal ones that are tried.
NEAR = (0, 1, -1, 2, -2)


@dataclass(frozen=True)
class AddSumParams(Params):
    """The C twin is tc_add_sum_params."""

    count: int
    multiplier0: int
    multiplier1: int
    constant: int
    clamp_min: int
    clamp_max: int


@dataclass(frozen=True)
class _Scaling:
    """What the codes of a sum depend on: zero points, (multiplier, exponent) of both operands and of the output."""

    zero_points: tuple[int, int, int]
    scales: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]

    def codes(self, rounding: Rounding) -> Array:
        """Return [256, 256]: the codes for all pairs."""
        terms = [requantize((np.arange(INT8_MIN, INT8_MAX + 1) - zero_point) << 20, *scale, rounding)
                 for zero_point, scale in zip(self.zero_points, self.scales, strict=False)]
        sums = requantize(terms[0][:, None] + terms[1], *self.scales[2], rounding) + self.zero_points[2]
        return sums.clip(INT8_MIN, INT8_MAX)

    def ratios(self) -> list[float]:
        """Return by how much the output changes with each operand."""
        real = [m * 2.0 ** (e - 31) for m, e in self.scales]
        return [r * real[2] * 2**20 for r in real[:2]]


@cache
def _search(scaling: _Scaling, shifts: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    codes, others = (scaling.codes(rounding) for rounding in Rounding)
    if not np.array_equal(codes, others):
        return None
    ratios, limit, x = scaling.ratios(), 1 << 31, np.arange(INT8_MIN, INT8_MAX + 1)
    for shift, *near in itertools.product(shifts, NEAR, NEAR):
        a, b = (round(ratio * 2**shift) + n for ratio, n in zip(ratios, near, strict=True))
        if 128 * (a + b) >= limit:
            continue
        sums = a * x[:, None] + b * x
        lowest = ((codes << shift) - sums)[codes > INT8_MIN].max(initial=-limit)
        highest = (((codes + 1) << shift) - 1 - sums)[codes < INT8_MAX].min(initial=limit)
        constant = int(lowest + highest) // 2
        if lowest <= highest and 128 * (a + b) + abs(constant) < limit:
            return a, b, constant, shift
    return None


def ratios(p: AddParams) -> list[float]:
    """Return by how much the output changes with each operand."""
    return _scaling(p).ratios()


def search(p: AddParams, shifts: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """Return (A, B, C, shift), the first shift for which a sum of 32 bits gives all codes; None without such."""
    return _search(_scaling(p), shifts)


def _scaling(p: AddParams) -> _Scaling:
    return _Scaling((p.input0_zero_point, p.input1_zero_point, p.output_zero_point),
                    ((p.multiplier0, p.exponent0), (p.multiplier1, p.exponent1),
                     (p.output_multiplier, p.output_exponent)))


def pack(p: AddParams) -> AddSumParams:
    """Return the params of the one sum."""
    found = search(p, SHIFTS)
    assert found is not None
    return AddSumParams(math.prod(p.sizes), *found[:3], clamp_min=p.clamp_min, clamp_max=p.clamp_max)


def supports(p: AddParams, shifts: tuple[int, ...] = SHIFTS) -> str | None:
    """Return why a kernel with one sum cannot take the layer, or None."""
    if why := same_shape(p):
        return why
    return None if search(p, shifts) is not None else "no sum of 32 bits has the same results for all codes"


def kernel(isa: str) -> Kernel:
    """Return the kernel of an instruction set."""
    return Kernel(f"tc_add_s8_sum_{isa}", isa, supports, pack, in_place=(0, 1), params_type="tc_add_sum_params",
                  walk=walk)
