"""Build-time side of the add kernel for cores without the DSP extension: tc_add_s8_thumb.h has the fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.ops import _add_mve, _add_sum
from toolchain.ops._binary import same_shape, walk
from toolchain.ops._rescale_dsp import unsupported_shift
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.add import AddParams


@dataclass(frozen=True)
class AddThumbParams(Params):
    """The C twin is tc_add_thumb_params."""

    count: int
    major_index: int
    minor_zero_point: int
    minor_multiplier: int
    minor_shift: int
    major_offset: int
    output_multiplier: int
    output_shift: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int


def pack(p: AddParams) -> AddThumbParams:
    """Return the params with the operand of the larger scale told apart."""
    m = _add_mve.pack(p)
    return AddThumbParams(
        count=m.count, major_index=m.major_index, minor_zero_point=-m.minor_offset >> 20,
        minor_multiplier=m.minor_multiplier, minor_shift=-m.minor_exponent, major_offset=m.major_offset,
        output_multiplier=m.output_multiplier, output_shift=-m.output_exponent, output_zero_point=m.output_zero_point,
        clamp_min=m.clamp_min, clamp_max=m.clamp_max)


def supports(p: AddParams) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    return same_shape(p) or unsupported_shift(p.output_multiplier, p.output_exponent)


KERNELS = (_add_sum.kernel("thumb"),
           Kernel("tc_add_s8_thumb", "thumb", supports, pack, in_place=(0, 1), params_type="tc_add_thumb_params",
                  walk=walk))
