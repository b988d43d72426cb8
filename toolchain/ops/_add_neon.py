"""Build-time side of the add kernel for Arm64: tc_add_s8_neon.h says what each field holds."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.ops import _add_mve
from toolchain.ops._binary import walk
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.add import AddParams


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


def pack(p: AddParams) -> AddNeonParams:
    """Return the params with the operand of the larger scale told apart, as for MVE."""
    packed = _add_mve.pack(p)
    zero_points = (p.input0_zero_point, p.input1_zero_point)
    names = [f.name for f in dataclasses.fields(AddNeonParams) if hasattr(packed, f.name)]
    return AddNeonParams(**{n: getattr(packed, n) for n in names},
                         major_zero_point=zero_points[packed.major_index],
                         minor_zero_point=zero_points[1 - packed.major_index])


KERNELS = (Kernel("tc_add_s8_neon", "neon", _add_mve.supports, pack, in_place=(0, 1), params_type="tc_add_neon_params",
                  walk=walk),)
