"""Build-time side of the add kernels for Arm64: their headers say what each field holds."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.ops import _add_mve, _add_sum
from toolchain.ops._binary import walk
from toolchain.ops._neon import ALSO
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.add import AddParams

#: The sum keeps below this, so that an int32 holds it with the constant.
MOST = 1 << 30
#: Shifts that are tried.
SHIFTS = 3


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


def _shifts(p: AddParams) -> tuple[int, ...]:
    """Return the shifts that are tried: the largest for which the sum keeps below ``MOST``, and some less."""
    most = sum(_add_sum.ratios(p))
    largest = math.floor(math.log2(MOST / (128 * most + 256)))
    return tuple(range(largest, largest - SHIFTS, -1)) if most > 0 else ()


def pack_sum(p: AddParams) -> AddSumNeonParams:
    """Return the params of the one sum."""
    found = _add_sum.search(p, _shifts(p))
    assert found is not None
    return AddSumNeonParams(math.prod(p.sizes), *found, clamp_min=p.clamp_min, clamp_max=p.clamp_max)


def supports_sum(p: AddParams) -> str | None:
    """Return why the kernel with one sum cannot take the layer, or None."""
    return _add_sum.supports(p, _shifts(p))


KERNELS = (
    Kernel("tc_add_s8_sum_neon", "neon", supports_sum, pack_sum, in_place=(0, 1), params_type="tc_add_sum_neon_params",
           walk=walk, also=ALSO),
    Kernel("tc_add_s8_neon", "neon", _add_mve.supports, pack, in_place=(0, 1), params_type="tc_add_neon_params",
           walk=walk, also=ALSO),
)
