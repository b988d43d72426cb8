"""Build-time side of the add kernels for the DSP extension: tc_add_dsp.h says what each field holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.ir import Array
from toolchain.ops import _add_sum
from toolchain.ops._binary import one_per_channel, same_shape, walk
from toolchain.ops._rescale_dsp import rounder, unsupported_shift
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.add import AddParams

#: Beyond this shift the minor term is 0, because it is below 2^28 before it.
MAX_MINOR_SHIFT = 30


@dataclass(frozen=True)
class AddDspParams(Params):
    """The C twin is tc_add_dsp_params."""

    rows: int
    channels: int
    operand: Array
    major_index: int
    operand_index: int
    major_offset: int
    minor_offset: int
    minor_multiplier: int
    minor_rounder: int
    minor_shift: int
    output_multiplier: int
    output_rounder: int
    output_shift: int
    clamp_min: int
    clamp_max: int


def pack(p: AddParams) -> AddDspParams:
    """Return the params with the operand of the larger scale told apart: its multiplier is exactly 1/2."""
    scaled = ((p.multiplier0, p.exponent0, p.input0_zero_point), (p.multiplier1, p.exponent1, p.input1_zero_point))
    major_index = 0 if scaled[0][:2] == (1 << 30, 0) else 1
    assert scaled[major_index][:2] == (1 << 30, 0)
    multiplier, exponent, minor_zero_point = scaled[1 - major_index]
    if multiplier == 0:
        multiplier, exponent = 1 << 30, -MAX_MINOR_SHIFT
    elif exponent == 0:  # also 1/2: (2^31 - 1) / 2^32 gives the same for multiples of 2^20
        multiplier, exponent = (1 << 31) - 1, -1
    shift = min(-exponent, MAX_MINOR_SHIFT)
    return AddDspParams(
        rows=p.sizes[2], channels=p.sizes[3], operand=p.operand.reshape(-1), major_index=major_index,
        operand_index=p.operand_index, major_offset=-(scaled[major_index][2] << 20),
        minor_offset=minor_zero_point << 21, minor_multiplier=multiplier,
        minor_rounder=rounder(0, shift), minor_shift=shift,
        output_multiplier=p.output_multiplier, output_rounder=rounder(p.output_zero_point, -p.output_exponent),
        output_shift=-p.output_exponent, clamp_min=p.clamp_min, clamp_max=p.clamp_max)


def _kernel(case: str, shapes: Callable[[AddParams], str | None], in_place: tuple[int, ...]) -> Kernel:
    def supports(p: AddParams) -> str | None:
        return shapes(p) or unsupported_shift(p.output_multiplier, p.output_exponent)

    return Kernel(f"tc_add_s8_{case}dsp", "dsp", supports, pack, in_place=in_place, params_type="tc_add_dsp_params",
                  walk=walk)


KERNELS = (_add_sum.kernel("dsp"), _kernel("", same_shape, (0, 1)), _kernel("channel_constant_", one_per_channel, (0,)))
