"""Build-time side of the mul kernel for MVE: tc_mul_s8_mve.h says what each field holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.ops._binary import same_shape, walk
from toolchain.ops._mve import unsupported_exponent
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.mul import MulParams


@dataclass(frozen=True)
class MulMveParams(Params):
    """The C twin is tc_mul_mve_params."""

    count: int
    input0_zero_point: int
    input1_zero_point: int
    multiplier: int
    exponent: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int


def pack(p: MulParams) -> MulMveParams:
    """Return the params of the flat loop."""
    return MulMveParams(
        count=math.prod(p.sizes), input0_zero_point=p.input0_zero_point, input1_zero_point=p.input1_zero_point,
        multiplier=p.multiplier, exponent=p.exponent, output_zero_point=p.output_zero_point, clamp_min=p.clamp_min,
        clamp_max=p.clamp_max)


def supports(p: MulParams) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    return same_shape(p) or unsupported_exponent(p.multiplier, p.exponent)


KERNELS = (Kernel("tc_mul_s8_mve", "mve", supports, pack, in_place=(0, 1), params_type="tc_mul_mve_params", walk=walk),)
