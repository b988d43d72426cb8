"""Build-time side of the add kernels for Arm64: their headers say what each field holds.

The sum of two int8 codes has only 65,536 results. Where one 32-bit sum (a * A + b * B + C) >> shift gives all of them,
by either rounding rule, it takes the place of three requantisations.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.numerics import INT8_MAX, INT8_MIN, Rounding, requantize
from toolchain.ops import _add_mve
from toolchain.ops._binary import same_shape, walk
from toolchain.ops._neon import ALSO
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.add import AddParams

#: The sum keeps below this, so that an int32 holds it with the constant.
MOST = 1 << 30
#: Multipliers around the ideal ones that are tried, and shifts below the largest.
NEAR, SHIFTS = (0, 1, -1, 2, -2), 3


@dataclass(frozen=True)
class AddNeonParams(Params):
    """The C twin is tc_add_neon_params."""

    count: int
    major_index: int
    minor_zero_point: int
    minor_multiplier: int
    minor_exponent: int
    major_zero_point: int
    output_multiplier: int
    output_exponent: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int


@dataclass(frozen=True)
class AddSumNeonParams(Params):
    """The C twin is tc_add_sum_neon_params."""

    count: int
    multiplier0: int
    multiplier1: int
    constant: int
    shift: int
    clamp_min: int
    clamp_max: int


def pack(p: AddParams) -> AddNeonParams:
    """Return the params with the operand of the larger scale told apart, as for MVE."""
    packed = _add_mve.pack(p)
    zero_points = (p.input0_zero_point, p.input1_zero_point)
    names = [f.name for f in dataclasses.fields(AddNeonParams) if hasattr(packed, f.name)]
    return AddNeonParams(**{n: getattr(packed, n) for n in names},
                         major_zero_point=zero_points[packed.major_index],
                         minor_zero_point=zero_points[1 - packed.major_index])


@dataclass(frozen=True)
class _Scaling:
    """What the codes of a sum depend on: zero points, (multiplier, exponent) of both operands and of the output."""

    zero_points: tuple[int, int, int]
    scales: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]

    def codes(self, rounding: Rounding) -> Array:
        """Return [256, 256]: the result for all pairs of codes, before it is limited to int8."""
        terms = [requantize((np.arange(INT8_MIN, INT8_MAX + 1) - zero_point) << 20, *scale, rounding)
                 for zero_point, scale in zip(self.zero_points, self.scales, strict=False)]
        sums: Array = terms[0][:, None] + terms[1]
        return requantize(sums, *self.scales[2], rounding) + self.zero_points[2]

    def ratios(self) -> list[float]:
        """Return by how much the output changes with each operand."""
        real = [m * 2.0 ** (e - 31) for m, e in self.scales]
        return [r * real[2] * 2**20 for r in real[:2]]


@cache
def _sum(scaling: _Scaling) -> tuple[int, int, int, int] | None:
    """Return (A, B, C, shift) that give the codes of all pairs, limited to int8; None without such."""
    codes, others = (scaling.codes(rounding).clip(INT8_MIN, INT8_MAX) for rounding in Rounding)
    ratios = scaling.ratios()
    if not np.array_equal(codes, others) or max(ratios) == 0:
        return None
    x = np.arange(INT8_MIN, INT8_MAX + 1)
    largest = math.floor(math.log2(MOST / (128 * sum(ratios) + 256)))
    for shift, *near in itertools.product(range(largest, largest - SHIFTS, -1), NEAR, NEAR):
        a, b = (round(ratio * 2**shift) + n for ratio, n in zip(ratios, near, strict=True))
        sums = a * x[:, None] + b * x
        lowest = ((codes << shift) - sums)[codes > INT8_MIN].max(initial=-MOST)
        highest = (((codes + 1) << shift) - 1 - sums)[codes < INT8_MAX].min(initial=MOST)
        if lowest <= highest:
            return a, b, int(lowest + highest) // 2, shift
    return None


def _scaling(p: AddParams) -> _Scaling:
    return _Scaling((p.input0_zero_point, p.input1_zero_point, p.output_zero_point),
                    ((p.multiplier0, p.exponent0), (p.multiplier1, p.exponent1),
                     (p.output_multiplier, p.output_exponent)))


def pack_sum(p: AddParams) -> AddSumNeonParams:
    """Return the params of the one sum."""
    found = _sum(_scaling(p))
    assert found is not None
    return AddSumNeonParams(math.prod(p.sizes), *found, clamp_min=p.clamp_min, clamp_max=p.clamp_max)


def supports_sum(p: AddParams) -> str | None:
    """Return why the kernel with one sum cannot take the layer, or None."""
    if why := same_shape(p):
        return why
    return None if _sum(_scaling(p)) is not None else "no 32-bit sum that has the same results for all codes"


KERNELS = (
    Kernel("tc_add_s8_sum_neon", "neon", supports_sum, pack_sum, in_place=(0, 1), params_type="tc_add_sum_neon_params",
           walk=walk, also=ALSO),
    Kernel("tc_add_s8_neon", "neon", _add_mve.supports, pack, in_place=(0, 1), params_type="tc_add_neon_params",
           walk=walk, also=ALSO),
)
