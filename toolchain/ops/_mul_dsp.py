"""Build-time side of the mul kernels for the DSP extension: tc_mul_dsp.h says what each field holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.ir import Array
from toolchain.ops._binary import gate, gate_walk, one_per_channel, same_shape, walk
from toolchain.ops._rescale_dsp import rounder, unsupported_shift
from toolchain.ops._walk import Walk
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.mul import MulParams


@dataclass(frozen=True)
class MulDspParams(Params):
    """The C twin is tc_mul_dsp_params."""

    rows: int
    channels: int
    operand: Array
    twice_x_zero_point: int
    y_zero_point: int
    multiplier: int
    rounder: int
    shift: int
    clamp_min: int
    clamp_max: int


def pack(p: MulParams) -> MulDspParams:
    """Return the params; a constant operand is y, whichever input it was."""
    x, y = p.input0_zero_point, p.input1_zero_point
    if p.operand_index == 0:
        x, y = y, x
    return MulDspParams(
        rows=p.sizes[2], channels=p.sizes[3], operand=p.operand.reshape(-1), twice_x_zero_point=2 * x, y_zero_point=y,
        multiplier=p.multiplier, rounder=rounder(p.output_zero_point, -p.exponent), shift=-p.exponent,
        clamp_min=p.clamp_min, clamp_max=p.clamp_max)


def _kernel(case: str, shapes: Callable[[MulParams], str | None], in_place: tuple[int, ...],
            walk: Callable[[MulParams], Walk] = walk) -> Kernel:
    def supports(p: MulParams) -> str | None:
        return shapes(p) or unsupported_shift(p.multiplier, p.exponent)

    return Kernel(f"tc_mul_s8_{case}dsp", "dsp", supports, pack, in_place=in_place, params_type="tc_mul_dsp_params",
                  walk=walk)


KERNELS = (_kernel("", same_shape, (0, 1)), _kernel("gate_", gate, (0,), gate_walk),
           _kernel("channel_constant_", one_per_channel, (0,)))
