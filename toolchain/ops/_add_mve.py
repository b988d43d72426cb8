"""Build-time side of the add kernel for MVE: tc_add_s8_mve.h says what each field holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.ops._binary import same_shape, walk
from toolchain.ops._mve import unsupported_exponent
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.add import AddParams

#: Beyond this shift the minor term is 0, because it is below 2^28 before it.
MAX_MINOR_SHIFT = 30


@dataclass(frozen=True)
class AddMveParams(Params):
    """The C twin is tc_add_mve_params."""

    count: int
    major_index: int
    minor_offset: int
    minor_multiplier: int
    minor_exponent: int
    major_offset: int
    output_multiplier: int
    output_exponent: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int


def pack(p: AddParams) -> AddMveParams:
    """Return the params with the operand of the larger scale told apart: its multiplier is exactly 1/2."""
    scaled = ((p.multiplier0, p.exponent0, p.input0_zero_point), (p.multiplier1, p.exponent1, p.input1_zero_point))
    major_index = 0 if scaled[0][:2] == (1 << 30, 0) else 1
    assert scaled[major_index][:2] == (1 << 30, 0)
    multiplier, exponent, minor_zero_point = scaled[1 - major_index]
    if multiplier == 0:
        multiplier, exponent = 1 << 30, -MAX_MINOR_SHIFT
    elif exponent == 0:  # also 1/2: (2^31 - 1) / 2^32 gives the same for multiples of 2^20
        multiplier, exponent = (1 << 31) - 1, -1
    return AddMveParams(
        count=math.prod(p.sizes), major_index=major_index, minor_offset=-(minor_zero_point << 20),
        minor_multiplier=multiplier, minor_exponent=max(exponent, -MAX_MINOR_SHIFT),
        major_offset=-(scaled[major_index][2] << 19), output_multiplier=p.output_multiplier,
        output_exponent=p.output_exponent, output_zero_point=p.output_zero_point, clamp_min=p.clamp_min,
        clamp_max=p.clamp_max)


def supports(p: AddParams) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    return same_shape(p) or unsupported_exponent(p.output_multiplier, p.output_exponent)


KERNELS = (Kernel("tc_add_s8_mve", "mve", supports, pack, in_place=(0, 1), params_type="tc_add_mve_params", walk=walk),)
